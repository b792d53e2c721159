/**
 * Binance spot as a market: closed candles, trades and order books over WebSocket, with REST as the authority on every
 * candle that did not come. Whether a candle has closed is judged by the exchange: by its own word in the stream, or by
 * its clock, read before the candles are. A failure after the start does not end the feed: it is told as a problem, and
 * what was missed is caught up in order. Where no WebSocket can be opened, REST alone carries the candles.
 */
import { type Candle, closeTimeMs, type MarketSymbol, type Timeframe, timeframeMs } from '@shared/contract/candle'
import type { MarketTick, MarketUpdate } from '@shared/contract/market-data'
import { failure, type Outcome, type Problem, success } from '@shared/contract/outcome'
import { binanceBaseUrl, exchangeAddress } from './binance/address'
import { type CandleFeed, createCandleFeed, takeDue } from './binance/candle-feed'
import { createExchangeClock, type ExchangeClock } from './binance/exchange-clock'
import { inParallel } from './binance/in-parallel'
import { createLiveBooks } from './binance/live-books'
import { createLiveness, type Pulse } from './binance/liveness'
import { type MarketStreams, openMarketStreams } from './binance/market-streams'
import { readListing } from './binance/read-listing'
import type { StreamMessage } from './binance/stream-message'
import { type BinanceClient, type BinanceProblemCode, connectBinance, klinesPerPage } from './binance-client'
import { type CandleStore, inMemoryStore, type Series } from './candle-store/candle-store'
import { fillStore } from './candle-store/fill-store'
import type { WallClock } from './clock'
import { nextOpenMs } from './continuity'
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
  /** In [0, 1): spreads retries and reconnects. */
  readonly random: () => number
  /** Another server that speaks Binance's formats. */
  readonly baseUrl?: string
  /** Where closed candles and rules are kept; in memory without one. */
  readonly store?: CandleStore
  /** `candles`: closed candles only. `off`: REST alone. */
  readonly streaming?: 'everything' | 'candles' | 'off'
  readonly timeoutMs?: number
  readonly attempts?: number
  readonly retryPauseMs?: number
  /** Called when the feed turns bad, and with null when it is sound again. */
  readonly tell?: (problem: Problem<MarketProblemCode> | null) => void
}

/** A market that is being made just now. */
export interface LiveVenue extends Venue {
  readonly rules: NonNullable<Venue['rules']>
  readonly notices: readonly string[]
  readonly ticks: NonNullable<Venue['ticks']>
  readonly book: NonNullable<Venue['book']>
  readonly nowMs: NonNullable<Venue['nowMs']>
  readonly staleSymbols: NonNullable<Venue['staleSymbols']>
  pulse(symbol: MarketSymbol): Pulse
  /** Times that an order book was fetched anew because changes were missing. */
  bookResyncs(): number
}

/** Binance publishes a closed candle within about a second of its close. */
const publishDelayMs = 1500
/** So long after the close REST is asked for a candle that the stream did not bring. */
const streamGraceMs = 3000
/** Pause before asking again for a candle that is due, or after a failure. */
const askAgainMs = 3000
/** How often a stream that brings nothing is looked at. */
const lookEveryMs = 15_000
/**
 * A symbol whose candle is still missing this long after its close is passed by, so that one halted pair does not stop
 * the desk. Should the candle come later, it is told as a gap. The next time nobody waits for it so long.
 */
const holdMs = 30_000
const holdForQuietMs = 5000
/** Candles before the missing one that are asked for again, to see whether they were corrected. */
const comparedCandles = 2
const requestsAtOnce = 8

export async function openBinanceVenue(options: BinanceOptions): Promise<Outcome<LiveVenue, MarketProblemCode>> {
  const { timeframe, toMs, clock } = options
  const stepMs = timeframeMs[timeframe]
  const symbols = [...new Set(options.symbols)].sort()
  const address = exchangeAddress(options.baseUrl ?? binanceBaseUrl)
  if (!address.ok) return address
  const client = await connectBinance(symbols, {
    baseUrl: address.value.restUrl,
    timeoutMs: options.timeoutMs ?? 10_000,
    attempts: options.attempts ?? 5,
    retryPauseMs: options.retryPauseMs ?? 500,
    random: options.random,
    clock,
  })
  if (!client.ok) return client
  const store = options.store ?? inMemoryStore()
  const { source } = address.value
  const listing = readListing(client.value.rules, symbols, store, source, clock.nowMs())
  if (!listing.ok) return listing
  const exchangeClock = createExchangeClock(clock, client.value.serverTimeMs)
  const serverTime = await exchangeClock.measure()
  if (!serverTime.ok) return serverTime
  const openNowMs = Math.floor(serverTime.value / stepMs) * stepMs
  const fromMs = nextOpenMs(options.fromMs ?? openNowMs, timeframe)
  if (toMs !== null && fromMs >= toMs) {
    return failure('window_empty', 'The start is not before the end. Swap or widen them.')
  }
  const sinceMs = Math.max(0, fromMs - (options.warmUpCandles ?? defaultWarmUpCandles) * stepMs)
  const warmUpStretch = { fromMs: sinceMs, toMs: Math.min(fromMs, openNowMs) }
  const warmUps = new Map<MarketSymbol, readonly Candle[]>()
  const filled = await inParallel(requestsAtOnce, symbols, async (symbol) => {
    const series = { source, symbol, timeframe }
    const warmUp = await fillStore({ store, source: client.value, series, asked: warmUpStretch })
    if (warmUp.ok) warmUps.set(symbol, [...store.read(series, warmUpStretch)])
    return warmUp
  })
  const failed = filled.find((warmUp) => !warmUp.ok)
  if (failed !== undefined && !failed.ok) return failed
  const market = { client: client.value, exchangeClock, store, source, streamUrl: address.value.streamUrl }
  return success(createLive(market, { symbols, warmUps, fromMs, notices: listing.value }, options))
}

interface LiveMarket {
  readonly client: BinanceClient
  readonly exchangeClock: ExchangeClock<BinanceProblemCode>
  readonly store: CandleStore
  readonly source: string
  readonly streamUrl: string
}

interface LiveStart {
  readonly symbols: readonly MarketSymbol[]
  readonly warmUps: ReadonlyMap<MarketSymbol, readonly Candle[]>
  readonly fromMs: number
  readonly notices: readonly string[]
}

function createLive(
  { client, exchangeClock, store, source, streamUrl }: LiveMarket,
  { symbols, warmUps, fromMs, notices }: LiveStart,
  { timeframe, toMs, clock, random, tell, streaming = 'everything' }: BinanceOptions,
): LiveVenue {
  const stepMs = timeframeMs[timeframe]
  const closing = new AbortController()
  const listeners = new Set<(tick: MarketTick) => void>()
  const feeds = symbols.map((symbol) => createCandleFeed(symbol, timeframe, fromMs, warmUps.get(symbol)?.at(-1)))
  const feedOf = new Map(feeds.map((feed) => [feed.symbol, feed]))
  const askAfterMs = new Map<MarketSymbol, number>()
  /** Up to where REST has answered for each symbol: what it did not show by then, it does not have. */
  const answeredMs = new Map<MarketSymbol, number>()
  /** From where a symbol's candles may have been corrected while nobody listened: compared once it is heard again. */
  const unheardFromMs = new Map<MarketSymbol, number>()
  const books = createLiveBooks({ symbols, snapshot: client.depth, clock, signal: closing.signal })
  const liveness = createLiveness(symbols, { stepMs, expectsTicks: streaming === 'everything' })
  let streams: MarketStreams | null = null
  let problem: Problem<MarketProblemCode> | null = null
  let trailing: readonly TrailingAnomaly[] = []
  let wake: (() => void) | null = null
  let isAwake = false

  function report(next: Problem<MarketProblemCode> | null): void {
    const isNews = next?.code !== problem?.code
    problem = next
    if (isNews) tell?.(next)
  }

  function rouse(): void {
    isAwake = true
    wake?.()
  }

  function seriesOf(symbol: MarketSymbol): Series {
    return { source, symbol, timeframe }
  }

  /** A store that cannot be written takes nothing from the market: it is told, and fetched again another day. */
  function keep(symbol: MarketSymbol, candles: readonly Candle[], answeredMs: [number, number], timeMs: number): void {
    if (closing.signal.aborted) return
    const [from, to] = answeredMs
    const kept = store.add(seriesOf(symbol), { candles, answered: { fromMs: from, toMs: to }, exchangeTimeMs: timeMs })
    if (!kept.ok) tell?.(kept.problem)
  }

  function hear(symbol: MarketSymbol, message: StreamMessage): void {
    const nowMs = exchangeClock.nowMs()
    exchangeClock.heard(message.eventMs)
    liveness.heard(symbol, message.eventMs, nowMs)
    switch (message.kind) {
      case 'trade': {
        if (listeners.size === 0) return
        const { tradeId, timeMs, price, qtyBase, aggressor } = message
        const trade = { tradeId, symbol, timeMs, price, qtyBase, aggressor }
        for (const listener of listeners) listener({ kind: 'trade', trade })
        return
      }
      case 'depth': {
        const book = books.hear(symbol, message)
        if (book !== null) for (const listener of listeners) listener({ kind: 'book', book })
        return
      }
      case 'candle':
        if (message.isClosed && message.interval === timeframe) hearClosed(symbol, message.candle, nowMs)
    }
  }

  function hearClosed(symbol: MarketSymbol, candle: Candle, nowMs: number): void {
    const feed = feedOf.get(symbol)
    if (feed === undefined || candle.openTimeMs % stepMs !== 0) return
    const closedAtMs = closeTimeMs(candle, timeframe)
    // The exchange itself says that it has closed, whatever our reckoning of its clock.
    keep(symbol, [candle], [candle.openTimeMs, closedAtMs], Math.max(nowMs, closedAtMs))
    if (!feed.closed(candle)) askAfterMs.set(symbol, Number.NEGATIVE_INFINITY)
    rouse()
  }

  function linked(group: readonly MarketSymbol[]): void {
    const nowMs = exchangeClock.nowMs()
    for (const symbol of group) {
      const outage = liveness.linked(symbol, nowMs)
      if (outage !== null) feedOf.get(symbol)?.notice(outage)
      askAfterMs.set(symbol, Number.NEGATIVE_INFINITY)
    }
    rouse()
  }

  function lost(group: readonly MarketSymbol[], reason: string): void {
    for (const symbol of group) {
      liveness.lost(symbol, exchangeClock.nowMs(), reason)
      const knownMs = feedOf.get(symbol)?.knownThroughMs()
      if (knownMs !== undefined && !unheardFromMs.has(symbol)) unheardFromMs.set(symbol, knownMs)
    }
    books.forget(group)
    rouse()
  }

  /** Asks for what has closed and did not come; answers with the first failure, or null. */
  async function refresh(behind: readonly CandleFeed[]): Promise<Problem<MarketProblemCode> | null> {
    const serverTime = await exchangeClock.measure()
    if (!serverTime.ok) return serverTime.problem
    const askedAtMs = exchangeClock.nowMs()
    const endMs = Math.floor(askedAtMs / stepMs) * stepMs
    const answers = await inParallel(requestsAtOnce, behind, async (feed) => {
      askAfterMs.set(feed.symbol, clock.steadyMs() + askAgainMs)
      const isHeard = isLinked(feed)
      const comparedFromMs = Math.min(feed.knownThroughMs(), unheardFromMs.get(feed.symbol) ?? Number.POSITIVE_INFINITY)
      const sinceMs = Math.max(0, comparedFromMs - comparedCandles * stepMs)
      const page = await client.candles(feed.symbol, timeframe, sinceMs)
      if (!page.ok) return page.problem
      if (isHeard && page.value.length < klinesPerPage) unheardFromMs.delete(feed.symbol)
      feed.page(page.value, page.value.length >= klinesPerPage, endMs)
      answeredMs.set(feed.symbol, endMs)
      const last = page.value.at(-1)
      const throughMs = last === undefined ? sinceMs : Math.min(last.openTimeMs + stepMs, endMs)
      keep(feed.symbol, page.value, [sinceMs, throughMs], askedAtMs)
      return null
    })
    return answers.find((answer) => answer !== null) ?? null
  }

  function closedEndMs(): number {
    const endMs = Math.floor(exchangeClock.nowMs() / stepMs) * stepMs
    return toMs === null ? endMs : Math.min(endMs, toMs)
  }

  function isLinked({ symbol }: CandleFeed): boolean {
    return streams?.isLinked(symbol) ?? false
  }

  /** Feeds that REST must be asked about now. */
  function toAsk(): CandleFeed[] {
    const endMs = closedEndMs()
    const isGraceOver = exchangeClock.nowMs() >= endMs + streamGraceMs
    return feeds.filter((feed) => {
      if (feed.hasMore()) return true
      const afterMs = askAfterMs.get(feed.symbol)
      if (afterMs !== undefined && clock.steadyMs() < afterMs) return false
      if (feed.knownThroughMs() >= endMs) return unheardFromMs.has(feed.symbol) && isLinked(feed)
      return isGraceOver || afterMs === Number.NEGATIVE_INFINITY || !isLinked(feed)
    })
  }

  function passBy(): void {
    const endMs = closedEndMs()
    const overdueMs = exchangeClock.nowMs() - endMs
    for (const feed of feeds) {
      // Not being able to ask is no reason to give a candle up.
      const wasAsked = (answeredMs.get(feed.symbol) ?? Number.NEGATIVE_INFINITY) >= endMs
      const isOver = overdueMs >= Math.min(feed.isQuiet() ? holdForQuietMs : holdMs, stepMs / 2)
      if (wasAsked && isOver) feed.passBy(endMs)
    }
  }

  function staleness(): Problem<MarketProblemCode> | null {
    const stale = liveness.stale(feeds, exchangeClock.nowMs())
    for (const { symbol, anomaly } of stale.recovered) feedOf.get(symbol)?.notice(anomaly)
    if (stale.symbols.length === 0) return null
    const message = `Binance sends nothing new of ${stale.symbols.join(', ')}. No new positions are opened there.`
    return { code: 'feed_stale', message }
  }

  function noticeJump(): void {
    const byMs = Math.round(exchangeClock.jumpedMs())
    if (byMs !== 0) feeds[0]?.notice({ kind: 'clock_jump', atMs: Math.max(0, Math.round(exchangeClock.nowMs())), byMs })
  }

  async function* updates(signal: AbortSignal): AsyncGenerator<MarketUpdate> {
    const stop = AbortSignal.any([signal, closing.signal])
    if (streaming !== 'off') {
      const withTicks = streaming === 'everything'
      streams = await openMarketStreams({ streamUrl, symbols, timeframe, withTicks, random, hear, linked, lost })
      stop.addEventListener('abort', () => streams?.close(), { once: true })
    }
    while (!stop.aborted) {
      isAwake = false
      noticeJump()
      const behind = toAsk()
      const asked = behind.length > 0 || exchangeClock.isDue()
      const failed = asked ? await Promise.race([refresh(behind), aborted(stop)]) : null
      if (stop.aborted) return
      passBy()
      for (const update of takeDue(feeds, toMs ?? Number.POSITIVE_INFINITY)) {
        yield update
        if (stop.aborted) return
      }
      report(failed ?? (asked || problem?.code === 'feed_stale' || problem === null ? staleness() : problem))
      if (failed === null && toMs !== null && feeds.every((feed) => feed.knownThroughMs() >= toMs)) {
        trailing = feeds.flatMap((feed) => feed.trailing(toMs))
        streams?.close()
        return
      }
      await rest(failed === null ? pauseMs() : Math.max(askAgainMs, client.budget.waitMs()), stop)
    }
  }

  /** Sleeps until there is something to do; a candle that comes in ends it. */
  async function rest(durationMs: number, stop: AbortSignal): Promise<void> {
    if (isAwake || stop.aborted) return
    const sleeping = new AbortController()
    const end = (): void => sleeping.abort()
    wake = end
    stop.addEventListener('abort', end, { once: true })
    await clock.sleepMs(durationMs, sleeping.signal)
    stop.removeEventListener('abort', end)
    wake = null
  }

  function pauseMs(): number {
    if (feeds.some((feed) => feed.hasMore())) return 0
    const nowMs = exchangeClock.nowMs()
    const endMs = closedEndMs()
    const isStreamed = feeds.every(isLinked)
    const delayMs = isStreamed ? streamGraceMs : publishDelayMs
    const isBehind = feeds.some((feed) => feed.knownThroughMs() < endMs)
    const nextMs = isBehind ? Math.max(endMs + delayMs - nowMs, askAgainMs) : endMs + stepMs + delayMs - nowMs
    return Math.max(0, streaming === 'off' ? nextMs : Math.min(nextMs, lookEveryMs))
  }

  return {
    symbols,
    timeframe,
    dataHash: null,
    notices,
    rules: (symbol) => client.rules.get(symbol) ?? null,
    warmUp: (symbol) => warmUps.get(symbol) ?? [],
    updates,
    ticks(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    book: books.book,
    problem: () => problem,
    nowMs: () => Math.round(exchangeClock.nowMs()),
    staleSymbols: () => liveness.stale(feeds, exchangeClock.nowMs()).symbols,
    pulse: (symbol) => liveness.pulse(symbol),
    bookResyncs: books.resyncs,
    trailing: () => trailing,
    async close() {
      closing.abort()
      streams?.close()
    },
  }
}

/** Null as soon as the signal aborts: a request under way is not waited for. */
function aborted(signal: AbortSignal): Promise<null> {
  if (signal.aborted) return Promise.resolve(null)
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }))
}
