import type { Candle, MarketSymbol, Timeframe } from '@shared/contract/candle'
import type { MarketTick } from '@shared/contract/market-data'
import type { LiveVenue } from '../../engine/market/binance/live-venue'
import { openBinanceVenue } from '../../engine/market/binance-venue'
import { openCandleStore } from '../../engine/market/candle-store/candle-store'
import { systemClock } from '../../engine/market/clock'
import type { Places } from '../../engine/places'
import { type ExitCode, exitCode, failWith } from '../exit'
import { watchInterruption } from '../interruption'
import { note, print, table, utc } from '../output'

export interface WatchOptions {
  readonly symbols: readonly MarketSymbol[]
  readonly timeframe: Timeframe
  /** Milliseconds. */
  readonly for?: number
  readonly exchangeUrl?: string
  readonly json: boolean
}

/** What was last heard of one symbol. */
interface Watched {
  readonly symbol: MarketSymbol
  price: number | null
  bid: number | null
  ask: number | null
  trades: number
  closed: Candle | null
  closedCandles: number
}

const lineEveryMs = 2000

/** Watches until Ctrl-C or for as long as asked. What is worth knowing goes to stderr as it comes; the answer at the end. */
export async function watchMarket(places: Places, options: WatchOptions): Promise<ExitCode> {
  const { symbols, timeframe, exchangeUrl } = options
  const interruption = watchInterruption('Ending the watch.')
  const opened = openCandleStore(places.dataDir, Date.now())
  if (!opened.ok) return failWith(opened.problem)
  const venue = await openBinanceVenue({
    symbols,
    timeframe,
    fromMs: null,
    toMs: null,
    warmUpCandles: 1,
    clock: systemClock,
    random: Math.random,
    store: opened.value,
    tell: (problem) => note(problem === null ? 'The feed is sound again.' : problem.message),
    ...(exchangeUrl === undefined ? {} : { baseUrl: exchangeUrl }),
  })
  if (!venue.ok) return failWith(venue.problem)
  const live = venue.value
  for (const notice of live.notices) note(notice)
  const watched = new Map(symbols.map((symbol) => [symbol, begin(symbol, live)]))
  const stop = options.for === undefined ? interruption.signal : until(interruption.signal, options.for)
  live.ticks((tick) => hear(watched, tick))
  const telling = setInterval(() => {
    for (const line of lines(live, watched)) note(line)
  }, lineEveryMs)
  try {
    for await (const { symbol, candle, anomalies } of live.updates(stop)) {
      const state = watched.get(symbol)
      if (state !== undefined) {
        state.closed = candle
        state.closedCandles++
      }
      note(
        `${symbol} ${timeframe} closed at ${candle.close} (opened ${utc(candle.openTimeMs)}, volume ${candle.volume})`,
      )
      for (const anomaly of anomalies) note(`${symbol} ${timeframe}: ${JSON.stringify(anomaly)}`)
    }
    const document = {
      timeframe,
      problem: live.problem(),
      symbols: [...watched.values()].map((state) => ({ ...state, ...live.pulse(state.symbol) })),
    }
    print(options.json, document, () => lines(live, watched))
    return interruption.exitCode() ?? exitCode.done
  } finally {
    clearInterval(telling)
    await live.close()
    opened.value.close()
  }
}

function begin(symbol: MarketSymbol, live: LiveVenue): Watched {
  const closed = live.warmUp(symbol).at(-1) ?? null
  return { symbol, price: closed?.close ?? null, bid: null, ask: null, trades: 0, closed, closedCandles: 0 }
}

function hear(watched: ReadonlyMap<MarketSymbol, Watched>, tick: MarketTick): void {
  const state = watched.get(tick.kind === 'trade' ? tick.trade.symbol : tick.book.symbol)
  if (state === undefined) return
  if (tick.kind === 'trade') {
    state.price = tick.trade.price
    state.trades++
  } else {
    state.bid = tick.book.bids[0]?.[0] ?? null
    state.ask = tick.book.asks[0]?.[0] ?? null
  }
}

function lines(live: LiveVenue, watched: ReadonlyMap<MarketSymbol, Watched>): string[] {
  const stale = new Set(live.staleSymbols())
  return table([
    ['symbol', 'last', 'bid', 'ask', 'spread', 'trades', 'lag', 'feed'],
    ...[...watched.values()].map(({ symbol, price, bid, ask, trades }) => {
      const { isLinked, lagMs } = live.pulse(symbol)
      const feed = stale.has(symbol) ? 'stale' : isLinked ? 'live' : 'asking'
      return [symbol, shown(price), shown(bid), shown(ask), spread(bid, ask), String(trades), milliseconds(lagMs), feed]
    }),
  ])
}

function shown(figure: number | null): string {
  return figure === null ? '-' : String(figure)
}

/** In basis points of the middle: 1 bp is 0.01 %. */
function spread(bid: number | null, ask: number | null): string {
  if (bid === null || ask === null) return '-'
  return `${((2e4 * (ask - bid)) / (ask + bid)).toFixed(2)} bp`
}

function milliseconds(lagMs: number | null): string {
  return lagMs === null ? '-' : `${Math.round(lagMs)} ms`
}

function until(signal: AbortSignal, durationMs: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(durationMs)])
}
