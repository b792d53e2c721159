import { type MarketSymbol, type Timeframe, timeframeMs } from '@shared/contract/candle'
import { type Outcome, success } from '@shared/contract/outcome'
import { systemClock, type WallClock } from '../engine/market/clock'
import type { ReplaySpeed } from '../engine/market/venue'
import type { Places } from '../engine/places'
import type { RunRequest } from '../engine/runs'
import {
  type PracticeExchange,
  type PracticeExchangeOptions,
  startPracticeExchange,
} from '../practice/practice-exchange'
import { note, utc } from './output'

export interface PracticeMarketOptions {
  readonly symbols: readonly MarketSymbol[]
  readonly timeframe: Timeframe
  readonly from?: number
  readonly to?: number
  readonly speed?: ReplaySpeed
  readonly candles?: string
}

/** A practice exchange of the desk's own: what a live run over it asks for, and the clock that runs with it. */
export interface PracticeMarket {
  readonly request: Pick<RunRequest, 'venue' | 'fromMs' | 'toMs' | 'exchangeUrl'>
  readonly clock: WallClock
  /** Lets the market's time run; until then it stands, so that the desk misses nothing while it gets ready. */
  begin(): void
  close(): Promise<void>
}

const usualSpeed = 60
/** The address is a part of what a run is about: the same port lets the next start continue it. */
const usualPort = 8377

/** Starts it inside this process; the desk still reaches it over the network interface, as it reaches any exchange. */
export async function openPracticeMarket(
  places: Places,
  { symbols, timeframe, from, to, speed = usualSpeed, candles }: PracticeMarketOptions,
): Promise<Outcome<PracticeMarket>> {
  const started = await startOn(usualPort, {
    candlesDir: candles ?? places.sampleDataDir,
    exchangeInfoPath: places.exchangeInfoPath,
    pairs: symbols.map((symbol) => symbol.replace('/', '')),
    startMs: from ?? null,
    speed: 0,
  })
  if (!started.ok) return started
  const { clock, endMs, url, close } = started.value
  // A live market does not wait for the desk: there is no speed at which it just keeps up.
  const pace = speed === 'max' ? usualSpeed : speed
  note(`The practice exchange is open at ${url}; it is ${utc(clock.nowMs())} there, ${pace} times as fast.`)
  const stepMs = timeframeMs[timeframe]
  const lastMs = Math.floor(endMs / stepMs) * stepMs
  return success({
    request: { venue: 'binance', fromMs: null, toMs: Math.min(to ?? lastMs, lastMs), exchangeUrl: url },
    clock: clockOf(clock, pace),
    begin: () => clock.setSpeed(pace),
    close,
  })
}

/** The exchange's own time: waits for a market that runs as fast shrink with its minutes. */
function clockOf({ nowMs }: PracticeExchange['clock'], pace: number): WallClock {
  const beganMs = nowMs()
  const sleepMs = (durationMs: number, signal: AbortSignal): Promise<void> =>
    systemClock.sleepMs(durationMs / pace, signal)
  return {
    nowMs,
    steadyMs: () => nowMs() - beganMs,
    sleepMs,
    sleepUntilMs: (atMs, signal) => sleepMs(atMs - nowMs(), signal),
  }
}

async function startOn(
  port: number,
  options: Omit<PracticeExchangeOptions, 'port'>,
): Promise<Outcome<PracticeExchange>> {
  const started = await startPracticeExchange({ ...options, port })
  return started.ok || started.problem.code !== 'port_in_use' ? started : startPracticeExchange({ ...options, port: 0 })
}
