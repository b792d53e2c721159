import { type Candle, type MarketSymbol, type Timeframe, timeframeMs } from '@shared/contract/candle'
import type { Problem } from '@shared/contract/outcome'
import { type BinanceClient, type BinanceProblemCode, klinesPerPage } from '../binance-client'
import type { WallClock } from '../clock'
import type { CandleFeed } from './candle-feed'
import type { ExchangeClock } from './exchange-clock'
import { inParallel } from './in-parallel'

export interface CatchUpOptions {
  readonly client: BinanceClient
  readonly exchangeClock: ExchangeClock<BinanceProblemCode>
  readonly clock: Pick<WallClock, 'steadyMs'>
  readonly feeds: readonly CandleFeed[]
  readonly timeframe: Timeframe
  /** No candle that opens here or later. */
  readonly toMs: number | null
  isStreamed(symbol: MarketSymbol): boolean
  /** What REST said, and the stretch that it speaks for. */
  keep(symbol: MarketSymbol, candles: readonly Candle[], answeredMs: [number, number], exchangeTimeMs: number): void
}

/** REST as the authority on closed candles: what to ask, what the answers mean, and when to give a candle up. */
export interface CatchUp {
  /** Feeds that REST must be asked about now. */
  toAsk(): CandleFeed[]
  /** Asks for what has closed and did not come; answers with the first failure, or null. */
  refresh(behind: readonly CandleFeed[]): Promise<Problem<BinanceProblemCode> | null>
  /** Something is known to be missing: the next look asks for it, grace or not. */
  askNow(symbol: MarketSymbol): void
  /** The stream is silent from now on: what is corrected meanwhile is compared once the symbol is heard again. */
  lost(symbol: MarketSymbol): void
  /** Gives up on candles that REST does not have and nobody waits for any longer. */
  passBy(): void
  /** Until there is something to ask, in milliseconds. */
  pauseMs(): number
}

/** Binance publishes a closed candle within about a second of its close. */
const publishDelayMs = 1500
/** So long after the close REST is asked for a candle that the stream did not bring. */
const streamGraceMs = 3000
/** Pause before asking again for a candle that is due. */
const askAgainMs = 3000
/**
 * A symbol whose candle is still missing this long after its close is passed by, so that one halted pair does not stop
 * the desk. Should the candle come later, it is told as a gap. The next time nobody waits for it so long.
 */
const holdMs = 30_000
const holdForQuietMs = 5000
/** Candles before the missing one that are asked for again, to see whether they were corrected. */
const comparedCandles = 2
const requestsAtOnce = 8

export function createCatchUp({
  client,
  exchangeClock,
  clock,
  feeds,
  timeframe,
  toMs,
  isStreamed,
  keep,
}: CatchUpOptions): CatchUp {
  const stepMs = timeframeMs[timeframe]
  const askAfterMs = new Map<MarketSymbol, number>()
  /** Up to where REST has answered for each symbol: what it did not show by then, it does not have. */
  const answeredMs = new Map<MarketSymbol, number>()
  /** From where a symbol's candles may have been corrected while nobody listened: compared once it is heard again. */
  const unheardFromMs = new Map<MarketSymbol, number>()

  function closedEndMs(): number {
    const endMs = Math.floor(exchangeClock.nowMs() / stepMs) * stepMs
    return toMs === null ? endMs : Math.min(endMs, toMs)
  }

  return {
    toAsk() {
      const endMs = closedEndMs()
      const isGraceOver = exchangeClock.nowMs() >= endMs + streamGraceMs
      return feeds.filter((feed) => {
        if (feed.hasMore()) return true
        const afterMs = askAfterMs.get(feed.symbol)
        if (afterMs !== undefined && clock.steadyMs() < afterMs) return false
        if (feed.knownThroughMs() >= endMs) return unheardFromMs.has(feed.symbol) && isStreamed(feed.symbol)
        return isGraceOver || afterMs === Number.NEGATIVE_INFINITY || !isStreamed(feed.symbol)
      })
    },
    async refresh(behind) {
      const serverTime = await exchangeClock.measure()
      if (!serverTime.ok) return serverTime.problem
      const askedAtMs = exchangeClock.nowMs()
      const endMs = Math.floor(askedAtMs / stepMs) * stepMs
      const answers = await inParallel(requestsAtOnce, behind, async (feed) => {
        askAfterMs.set(feed.symbol, clock.steadyMs() + askAgainMs)
        const isHeard = isStreamed(feed.symbol)
        const comparedFromMs = Math.min(
          feed.knownThroughMs(),
          unheardFromMs.get(feed.symbol) ?? Number.POSITIVE_INFINITY,
        )
        const sinceMs = Math.max(0, comparedFromMs - comparedCandles * stepMs)
        const page = await client.candles(feed.symbol, timeframe, sinceMs)
        if (!page.ok) {
          if (page.problem.code !== 'unknown_symbol') return page.problem
          // That is an answer too: the pair is gone. Nobody waits for its candles, and its silence is told as stale.
          answeredMs.set(feed.symbol, endMs)
          return null
        }
        if (isHeard && page.value.length < klinesPerPage) unheardFromMs.delete(feed.symbol)
        feed.page(page.value, page.value.length >= klinesPerPage, endMs)
        answeredMs.set(feed.symbol, endMs)
        const last = page.value.at(-1)
        const throughMs = last === undefined ? sinceMs : Math.min(last.openTimeMs + stepMs, endMs)
        keep(feed.symbol, page.value, [sinceMs, throughMs], askedAtMs)
        return null
      })
      return answers.find((answer) => answer !== null) ?? null
    },
    askNow(symbol) {
      askAfterMs.set(symbol, Number.NEGATIVE_INFINITY)
    },
    lost(symbol) {
      const feed = feeds.find((known) => known.symbol === symbol)
      if (feed !== undefined && !unheardFromMs.has(symbol)) unheardFromMs.set(symbol, feed.knownThroughMs())
    },
    passBy() {
      const endMs = closedEndMs()
      const overdueMs = exchangeClock.nowMs() - endMs
      for (const feed of feeds) {
        // Not being able to ask is no reason to give a candle up.
        const wasAsked = (answeredMs.get(feed.symbol) ?? Number.NEGATIVE_INFINITY) >= endMs
        const isOver = overdueMs >= Math.min(feed.isQuiet() ? holdForQuietMs : holdMs, stepMs / 2)
        if (wasAsked && isOver) feed.passBy(endMs)
      }
    },
    pauseMs() {
      if (feeds.some((feed) => feed.hasMore())) return 0
      const nowMs = exchangeClock.nowMs()
      const endMs = closedEndMs()
      const delayMs = feeds.every((feed) => isStreamed(feed.symbol)) ? streamGraceMs : publishDelayMs
      const isBehind = feeds.some((feed) => feed.knownThroughMs() < endMs)
      const nextMs = isBehind ? Math.max(endMs + delayMs - nowMs, askAgainMs) : endMs + stepMs + delayMs - nowMs
      return Math.max(0, nextMs)
    },
  }
}
