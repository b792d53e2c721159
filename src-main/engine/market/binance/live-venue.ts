import { type Candle, closeTimeMs, type MarketSymbol, timeframeMs } from '@shared/contract/candle'
import type { MarketTick, MarketUpdate, OrderBook } from '@shared/contract/market-data'
import type { Problem } from '@shared/contract/outcome'
import type { BinanceClient, BinanceProblemCode } from '../binance-client'
import type { BinanceOptions } from '../binance-venue'
import type { CandleStore } from '../candle-store/candle-store'
import type { MarketProblemCode, TrailingAnomaly, Venue } from '../venue'
import { createCandleFeed, takeDue } from './candle-feed'
import { createCatchUp } from './catch-up'
import type { ExchangeClock } from './exchange-clock'
import { createLiveBooks } from './live-books'
import { createLiveness, type Pulse } from './liveness'
import { type MarketStreams, openMarketStreams } from './market-streams'
import type { StreamMessage } from './stream-message'

/** A market that is being made just now. */
export interface LiveVenue extends Venue {
  readonly rules: NonNullable<Venue['rules']>
  readonly notices: readonly string[]
  readonly ticks: NonNullable<Venue['ticks']>
  readonly book: NonNullable<Venue['book']>
  readonly nowMs: NonNullable<Venue['nowMs']>
  readonly staleSymbols: NonNullable<Venue['staleSymbols']>
  readonly unlinkedSymbols: NonNullable<Venue['unlinkedSymbols']>
  pulse(symbol: MarketSymbol): Pulse
  /** Times that an order book was fetched anew because changes were missing. */
  bookResyncs(): number
}

/** What a live market stands on. */
export interface LiveMarket {
  readonly client: BinanceClient
  readonly exchangeClock: ExchangeClock<BinanceProblemCode>
  readonly store: CandleStore
  readonly source: string
  readonly streamUrl: string
}

/** Where it begins. */
export interface LiveStart {
  readonly symbols: readonly MarketSymbol[]
  readonly warmUps: ReadonlyMap<MarketSymbol, readonly Candle[]>
  readonly fromMs: number
  readonly notices: readonly string[]
}

/** Pause before asking again after a failure. */
const askAgainMs = 3000
/** How often a stream that brings nothing is looked at. */
const lookEveryMs = 15_000

/** The market from its warm-up on: what the streams tell, what REST fills in, in one order. */
export function createLiveVenue(
  { client, exchangeClock, store, source, streamUrl }: LiveMarket,
  { symbols, warmUps, fromMs, notices }: LiveStart,
  { timeframe, toMs, clock, random, tell, linksChanged, streaming = 'everything' }: BinanceOptions,
): LiveVenue {
  const stepMs = timeframeMs[timeframe]
  const closing = new AbortController()
  const listeners = new Set<(tick: MarketTick) => void>()
  const feeds = symbols.map((symbol) => createCandleFeed(symbol, timeframe, fromMs, warmUps.get(symbol)?.at(-1)))
  const feedOf = new Map(feeds.map((feed) => [feed.symbol, feed]))
  const catchUp = createCatchUp({ client, exchangeClock, clock, feeds, timeframe, toMs, isStreamed, keep })
  const books = createLiveBooks({ symbols, snapshot: client.depth, clock, signal: closing.signal })
  const liveness = createLiveness(symbols, { stepMs, expectsTicks: streaming === 'everything' })
  let streams: MarketStreams | null = null
  let problem: Problem<MarketProblemCode> | null = null
  let trailing: readonly TrailingAnomaly[] = []
  let wake: (() => void) | null = null
  let isAwake = false
  let wasUnlinked = false

  function isStreamed(symbol: MarketSymbol): boolean {
    return streams?.isLinked(symbol) ?? false
  }

  function report(next: Problem<MarketProblemCode> | null): void {
    const isNews = next?.code !== problem?.code
    problem = next
    if (isNews) tell?.(next)
  }

  function rouse(): void {
    isAwake = true
    wake?.()
  }

  /** A store that cannot be written takes nothing from the market: it is told, and fetched again another day. */
  function keep(symbol: MarketSymbol, candles: readonly Candle[], answeredMs: [number, number], timeMs: number): void {
    if (closing.signal.aborted) return
    const [from, to] = answeredMs
    const kept = store.add(
      { source, symbol, timeframe },
      { candles, answered: { fromMs: from, toMs: to }, exchangeTimeMs: timeMs },
    )
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
        const book = books.hear(symbol, message) ?? unknownBook(symbol, message.eventMs)
        for (const listener of listeners) listener({ kind: 'book', book })
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
    if (!feed.closed(candle)) catchUp.askNow(symbol)
    rouse()
  }

  function linked(group: readonly MarketSymbol[]): void {
    const nowMs = exchangeClock.nowMs()
    for (const symbol of group) {
      const outage = liveness.linked(symbol, nowMs)
      if (outage !== null) feedOf.get(symbol)?.notice(outage)
      catchUp.askNow(symbol)
    }
    rouse()
  }

  function lost(group: readonly MarketSymbol[], reason: string): void {
    for (const symbol of group) {
      liveness.lost(symbol, exchangeClock.nowMs(), reason)
      catchUp.lost(symbol)
    }
    books.forget(group)
    const atMs = exchangeClock.nowMs()
    for (const listener of listeners) {
      for (const symbol of group) listener({ kind: 'book', book: unknownBook(symbol, atMs) })
    }
    rouse()
  }

  function staleness(): Problem<MarketProblemCode> | null {
    const nowMs = exchangeClock.nowMs()
    for (const { symbol, anomaly } of liveness.recoveries(feeds, nowMs)) feedOf.get(symbol)?.notice(anomaly)
    const stale = liveness.stale(feeds, nowMs)
    if (stale.length === 0) return null
    const message = `Binance sends nothing new of ${stale.join(', ')}. No new positions are opened there.`
    return { code: 'feed_stale', message }
  }

  function noticeJump(): void {
    const byMs = Math.round(exchangeClock.jumpedMs())
    if (byMs !== 0) feeds[0]?.notice({ kind: 'clock_jump', atMs: Math.max(0, Math.round(exchangeClock.nowMs())), byMs })
  }

  function noticeLinks(): void {
    const isUnlinked = liveness.unlinked(exchangeClock.nowMs()).length > 0
    if (isUnlinked === wasUnlinked) return
    wasUnlinked = isUnlinked
    linksChanged?.()
  }

  async function* updates(signal: AbortSignal): AsyncGenerator<MarketUpdate> {
    const stop = AbortSignal.any([signal, closing.signal])
    if (streaming !== 'off') {
      const withTicks = streaming === 'everything'
      streams = await openMarketStreams({ streamUrl, symbols, timeframe, withTicks, random, clock, hear, linked, lost })
      stop.addEventListener('abort', () => streams?.close(), { once: true })
    }
    while (!stop.aborted) {
      isAwake = false
      noticeJump()
      noticeLinks()
      const behind = catchUp.toAsk()
      const asked = behind.length > 0 || exchangeClock.isDue()
      const failed = asked ? await Promise.race([catchUp.refresh(behind), aborted(stop)]) : null
      if (stop.aborted) return
      catchUp.passBy()
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
      const pauseMs = streaming === 'off' ? catchUp.pauseMs() : Math.min(catchUp.pauseMs(), lookEveryMs)
      await rest(failed === null ? pauseMs : Math.max(askAgainMs, client.budget.waitMs()), stop)
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
    staleSymbols: () => liveness.stale(feeds, exchangeClock.nowMs()),
    unlinkedSymbols: () => liveness.unlinked(exchangeClock.nowMs()),
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

/** Tells that the book is not known now, so that nobody trades on how it once stood. */
function unknownBook(symbol: MarketSymbol, atMs: number): OrderBook {
  return { symbol, atMs, bids: [], asks: [] }
}
