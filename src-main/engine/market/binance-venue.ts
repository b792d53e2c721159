import {
  type Candle,
  type MarketAnomaly,
  type MarketSymbol,
  type Timeframe,
  timeframeMs,
} from '@shared/contract/candle'
import type { MarketUpdate } from '@shared/contract/market-data'
import { failure, type Outcome, type Problem, success } from '@shared/contract/outcome'
import { type BinanceClient, type BinanceProblemCode, connectBinance, klinesPerPage } from './binance-client'
import type { WallClock } from './clock'
import { gapBetween, nextOpenMs } from './continuity'
import { defaultWarmUpCandles, type MarketProblemCode, type TrailingAnomaly, type Venue } from './venue'

export interface BinanceOptions {
  readonly symbols: readonly MarketSymbol[]
  readonly timeframe: Timeframe
  /** Updates begin with the candle that opens here; null means with the one that is open now. */
  readonly fromMs: number | null
  /** No candle that opens here or later; null means on and on. */
  readonly toMs: number | null
  readonly warmUpCandles?: number
  readonly clock: WallClock
  /** In [0, 1): spreads retries. */
  readonly random: () => number
  readonly baseUrl?: string
  readonly timeoutMs?: number
  readonly attempts?: number
  readonly retryPauseMs?: number
  /** Called when the feed turns bad, and with null when it is sound again. */
  readonly tell?: (problem: Problem<MarketProblemCode> | null) => void
}

export const binanceBaseUrl = 'https://api.binance.com'

/** Binance publishes a closed candle within about a second of its close. */
const publishDelayMs = 1500
/** Pause before asking again for a candle that is due, or after a failure. */
const askAgainMs = 3000
/**
 * A symbol whose candle is still missing this long after its close is passed by, so that one halted pair does not stop
 * the desk. Should the candle come later, it is told as a gap.
 */
const holdMs = 30_000
/** Without a new candle for this many timeframes beyond its due time the feed counts as stale. */
const staleTimeframes = 2

/**
 * Binance spot over REST: closed candles only, judged by the exchange's own clock, which is read before the candles
 * are. A network failure after the start does not end the feed: it is told as a problem, and what was missed is caught
 * up in order.
 */
export async function openBinanceVenue(options: BinanceOptions): Promise<Outcome<Venue, MarketProblemCode>> {
  const { timeframe, toMs } = options
  const stepMs = timeframeMs[timeframe]
  const symbols = [...new Set(options.symbols)].sort()
  const client = await connectBinance(symbols, {
    baseUrl: options.baseUrl ?? binanceBaseUrl,
    timeoutMs: options.timeoutMs ?? 10_000,
    attempts: options.attempts ?? 5,
    retryPauseMs: options.retryPauseMs ?? 500,
    random: options.random,
    clock: options.clock,
  })
  if (!client.ok) return client
  const serverTime = await client.value.serverTimeMs()
  if (!serverTime.ok) return serverTime
  const openNowMs = closedEnd(serverTime.value, stepMs)
  const fromMs = nextOpenMs(options.fromMs ?? openNowMs, timeframe)
  if (toMs !== null && fromMs >= toMs) {
    return failure('window_empty', 'The start is not before the end. Swap or widen them.')
  }
  const warmUps = new Map<MarketSymbol, readonly Candle[]>()
  for (const symbol of symbols) {
    const sinceMs = fromMs - (options.warmUpCandles ?? defaultWarmUpCandles) * stepMs
    const warmUp = await readRange(client.value, symbol, timeframe, sinceMs, Math.min(fromMs, openNowMs))
    if (!warmUp.ok) return warmUp
    warmUps.set(symbol, warmUp.value)
  }
  return success(createFeed(client.value, symbols, warmUps, fromMs, options))
}

/** Candles that open before this were closed at `serverMs`. */
function closedEnd(serverMs: number, stepMs: number): number {
  return Math.floor(serverMs / stepMs) * stepMs
}

/** All candles that open in [sinceMs, untilMs), page by page. */
async function readRange(
  client: BinanceClient,
  symbol: MarketSymbol,
  timeframe: Timeframe,
  sinceMs: number,
  untilMs: number,
): Promise<Outcome<readonly Candle[], BinanceProblemCode>> {
  const candles: Candle[] = []
  for (let nextMs = Math.max(0, sinceMs); nextMs < untilMs; ) {
    const page = await client.candles(symbol, timeframe, nextMs)
    if (!page.ok) return page
    const last = page.value.at(-1)
    if (last === undefined || last.openTimeMs < nextMs) break
    candles.push(...page.value.filter((candle) => candle.openTimeMs >= nextMs && candle.openTimeMs < untilMs))
    nextMs = last.openTimeMs + timeframeMs[timeframe]
  }
  return success(candles)
}

/** What is known of one symbol: everything that opens before `knownThroughMs`, of which `waiting` was not handed out. */
interface SymbolFeed {
  readonly symbol: MarketSymbol
  waiting: Candle[]
  knownThroughMs: number
  /** The last page was full: there is more to be had at once. */
  hasMore: boolean
  /** The candle that should come next. */
  expectedMs: number
}

function createFeed(
  client: BinanceClient,
  symbols: readonly MarketSymbol[],
  warmUps: ReadonlyMap<MarketSymbol, readonly Candle[]>,
  fromMs: number,
  { timeframe, toMs, clock, tell }: BinanceOptions,
): Venue {
  const stepMs = timeframeMs[timeframe]
  const closing = new AbortController()
  const feeds: SymbolFeed[] = symbols.map((symbol) => {
    const lastMs = warmUps.get(symbol)?.at(-1)?.openTimeMs
    const expectedMs = lastMs === undefined ? fromMs : lastMs + stepMs
    return { symbol, waiting: [], knownThroughMs: fromMs, hasMore: false, expectedMs }
  })
  let problem: Problem<MarketProblemCode> | null = null
  let trailing: readonly TrailingAnomaly[] = []

  function report(next: Problem<MarketProblemCode> | null): void {
    const isNews = next?.code !== problem?.code
    problem = next
    if (isNews) tell?.(next)
  }

  /** Asks for what has closed since; answers with the exchange's time. */
  async function refresh(): Promise<Outcome<number, BinanceProblemCode>> {
    const serverTime = await client.serverTimeMs()
    if (!serverTime.ok) return serverTime
    const endMs = closedEnd(serverTime.value, stepMs)
    for (const feed of feeds) {
      if (feed.knownThroughMs >= endMs) continue
      const page = await client.candles(feed.symbol, timeframe, feed.knownThroughMs)
      if (!page.ok) return page
      accept(feed, page.value, endMs)
    }
    return serverTime
  }

  function accept(feed: SymbolFeed, page: readonly Candle[], endMs: number): void {
    const fresh = page.filter((candle) => candle.openTimeMs >= feed.knownThroughMs && candle.openTimeMs < endMs)
    feed.waiting.push(...fresh)
    feed.hasMore = page.length >= klinesPerPage
    const lastMs = page.at(-1)?.openTimeMs ?? null
    // Where the exchange already shows a later candle, what is missing before it will not come.
    if (!feed.hasMore && lastMs !== null && lastMs >= endMs - stepMs) feed.knownThroughMs = endMs
    else if (lastMs !== null) feed.knownThroughMs = Math.max(feed.knownThroughMs, Math.min(lastMs + stepMs, endMs))
  }

  /** Candles that all symbols are known up to, in order, with the gaps before them. */
  function due(serverMs: number): MarketUpdate[] {
    const endMs = closedEnd(serverMs, stepMs)
    if (serverMs >= endMs + Math.min(holdMs, stepMs / 2)) passBy(endMs)
    const horizonMs = Math.min(...feeds.map((feed) => feed.knownThroughMs), toMs ?? Number.POSITIVE_INFINITY)
    const updates = feeds.flatMap((feed) => {
      const ready = feed.waiting.filter((candle) => candle.openTimeMs < horizonMs)
      feed.waiting = feed.waiting.slice(ready.length)
      return ready.map(
        (candle): MarketUpdate => ({ symbol: feed.symbol, timeframe, candle, anomalies: odd(feed, candle) }),
      )
    })
    // A stable sort: symbols of one close stay in their order.
    return updates.sort((left, right) => left.candle.openTimeMs - right.candle.openTimeMs)
  }

  /** Gives up on candles that nobody waits for any longer; never on pages that are still being caught up. */
  function passBy(endMs: number): void {
    for (const feed of feeds) {
      if (!feed.hasMore) feed.knownThroughMs = Math.max(feed.knownThroughMs, endMs)
    }
  }

  function odd(feed: SymbolFeed, candle: Candle): MarketAnomaly[] {
    const gap = gapBetween(feed.expectedMs, candle.openTimeMs, timeframe)
    feed.expectedMs = candle.openTimeMs + stepMs
    const quiet: MarketAnomaly[] = candle.volume === 0 ? [{ kind: 'zero_volume', openTimeMs: candle.openTimeMs }] : []
    return gap === null ? quiet : [gap, ...quiet]
  }

  function staleness(serverMs: number): Problem<MarketProblemCode> | null {
    const late = feeds.filter((feed) => serverMs - feed.expectedMs > (staleTimeframes + 1) * stepMs)
    if (late.length === 0) return null
    const names = late.map((feed) => feed.symbol).join(', ')
    return { code: 'feed_stale', message: `Binance sends no new ${timeframe} candles of ${names}. The desk waits.` }
  }

  async function* updates(signal: AbortSignal): AsyncGenerator<MarketUpdate> {
    const stop = AbortSignal.any([signal, closing.signal])
    while (!stop.aborted) {
      const serverTime = await Promise.race([refresh(), aborted(stop)])
      if (serverTime === null) return
      if (!serverTime.ok) {
        report(serverTime.problem)
        await clock.sleepUntilMs(clock.nowMs() + askAgainMs, stop)
        continue
      }
      for (const update of due(serverTime.value)) {
        if (stop.aborted) return
        yield update
      }
      report(staleness(serverTime.value))
      if (toMs !== null && feeds.every((feed) => feed.knownThroughMs >= toMs)) {
        trailing = feeds.flatMap((feed) => gapAtEnd(feed, toMs))
        return
      }
      await clock.sleepUntilMs(clock.nowMs() + pauseMs(serverTime.value), stop)
    }
  }

  function gapAtEnd({ symbol, expectedMs }: SymbolFeed, untilMs: number): TrailingAnomaly[] {
    const anomaly = gapBetween(expectedMs, untilMs, timeframe)
    return anomaly === null ? [] : [{ symbol, timeframe, anomaly }]
  }

  function pauseMs(serverMs: number): number {
    if (feeds.some((feed) => feed.hasMore)) return 0
    const endMs = closedEnd(serverMs, stepMs)
    const isBehind = feeds.some((feed) => feed.knownThroughMs < endMs)
    return isBehind ? askAgainMs : endMs + stepMs + publishDelayMs - serverMs
  }

  return {
    symbols,
    timeframe,
    dataHash: null,
    warmUp: (symbol) => warmUps.get(symbol) ?? [],
    updates,
    problem: () => problem,
    trailing: () => trailing,
    close: async () => closing.abort(),
  }
}

/** Null as soon as the signal aborts: a request under way is not waited for. */
function aborted(signal: AbortSignal): Promise<null> {
  if (signal.aborted) return Promise.resolve(null)
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }))
}
