import type { Outcome, Problem } from '@shared/contract/outcome'
import type { LiveVenue } from '../../src-main/engine/market/binance/live-venue'
import { type BinanceOptions, openBinanceVenue } from '../../src-main/engine/market/binance-venue'
import { writeCandleFile } from '../../src-main/engine/market/candle-store/write-candle-file'
import type { MarketProblemCode } from '../../src-main/engine/market/venue'
import type { PracticeExchange, PracticeExchangeOptions } from '../../src-main/practice/practice-exchange'
import { openPracticeExchange } from './practice-client'
import { recordedMinutes } from './recorded-candles'
import { temporaryFolder } from './temporary-folder'
import { type TickingClock, tickingClock } from './ticking-clock'

const minuteMs = 60_000
/** Market time that passes at once; the exchange looks at its clock about as often. */
const tickMs = 1000
/** Of every question that the exchange does not answer well. */
export const attempts = 3
/** What is recorded around the start: enough for warm-ups and sessions, and quickly read. */
const minutesBefore = 60
const minutesRecorded = 180

/** A practice exchange and the live markets opened on it, in one process and on one ticking clock. */
export interface LiveStage {
  readonly clock: TickingClock
  readonly exchange: () => PracticeExchange
  /** What the venues told of their feeds, in order. */
  readonly told: readonly Problem<MarketProblemCode>[]
  /** BTC/USDT and ETH/USDT by the minute from `startMs` on, with five candles of warm-up, unless said otherwise. */
  open(options?: Partial<BinanceOptions>): Promise<Outcome<LiveVenue, MarketProblemCode>>
  opened(options?: Partial<BinanceOptions>): Promise<LiveVenue>
  /** The exchange goes, and comes back at the same address after `afterMs` of market time. */
  restartExchange(afterMs: number): Promise<void>
  close(): Promise<void>
}

export async function stageLiveMarket(
  startMs: number,
  options: Pick<PracticeExchangeOptions, 'faults'> = {},
): Promise<LiveStage> {
  const candlesDir = temporaryFolder('recording')
  const firstMs = Math.floor(startMs / minuteMs) * minuteMs - minutesBefore * minuteMs
  for (const pair of ['BTCUSDT', 'ETHUSDT'] as const) {
    const written = writeCandleFile(candlesDir, `${pair}-1m`, recordedMinutes(pair, firstMs, minutesRecorded))
    if (!written.ok) throw new Error(written.problem.message)
  }
  const clock = tickingClock(startMs, tickMs)
  const told: Problem<MarketProblemCode>[] = []
  const venues: LiveVenue[] = []
  const practice = (port: number): Promise<PracticeExchange> =>
    openPracticeExchange({
      ...{ candlesDir, startMs: clock.nowMs(), speed: 1, steadyMs: clock.steadyMs, beatMs: 1, port },
      ...options,
    })
  let exchange = await practice(0)

  async function open(asked: Partial<BinanceOptions> = {}): Promise<Outcome<LiveVenue, MarketProblemCode>> {
    const venue = await openBinanceVenue({
      symbols: ['BTC/USDT', 'ETH/USDT'],
      timeframe: '1m',
      fromMs: Math.floor(startMs / minuteMs) * minuteMs,
      toMs: null,
      warmUpCandles: 5,
      clock,
      random: () => 0,
      baseUrl: exchange.url,
      retryPauseMs: 1,
      attempts,
      tell: (problem) => problem !== null && told.push(problem),
      ...asked,
    })
    if (venue.ok) venues.push(venue.value)
    return venue
  }

  return {
    clock,
    exchange: () => exchange,
    told,
    open,
    async opened(asked) {
      const venue = await open(asked)
      if (!venue.ok) throw new Error(venue.problem.message)
      return venue.value
    },
    async restartExchange(afterMs) {
      const { port } = exchange
      await exchange.close()
      clock.leapMs(afterMs)
      exchange = await practice(port)
    },
    async close() {
      for (const venue of venues) await venue.close()
      await exchange.close()
      clock.stop()
    },
  }
}
