import {
  type Candle,
  type MarketAnomaly,
  type MarketSymbol,
  type Timeframe,
  timeframeMs,
} from '@shared/contract/candle'
import type { MarketUpdate } from '@shared/contract/market-data'
import { gapBetween } from '../continuity'
import type { TrailingAnomaly } from '../venue'

/**
 * What is known of one symbol's closed candles, from whichever way they came: everything that opens before
 * `knownThroughMs` is known, and what of it was not handed out yet waits.
 */
export interface CandleFeed {
  readonly symbol: MarketSymbol
  knownThroughMs(): number
  /** The candle that should be handed out next. */
  expectedMs(): number
  /** The last page was full: there is more to be had at once. */
  hasMore(): boolean
  /** Nobody waits long for a symbol that was passed by at its last candle. */
  isQuiet(): boolean
  /** An answer to a question that began at or before `knownThroughMs`; candles that open before `endMs` had closed. */
  page(candles: readonly Candle[], isFull: boolean, endMs: number): void
  /** The exchange told of a candle that it closed. False where candles before it are missing and must be asked for. */
  closed(candle: Candle): boolean
  /** Gives up on what has not come by now. */
  passBy(endMs: number): void
  /** Something odd, to be told with the next candle. */
  notice(anomaly: MarketAnomaly): void
  /** Open time of the first candle that waits; null without any. */
  firstWaitingMs(): number | null
  /** Takes the first waiting candle out, with everything odd since the one before. */
  take(): MarketUpdate | null
  /** What nobody will carry any more, and the gap up to the end. */
  trailing(untilMs: number): TrailingAnomaly[]
}

/** Candles remembered after they were handed out, to tell a repetition from a correction. */
const remembered = 8

export function createCandleFeed(
  symbol: MarketSymbol,
  timeframe: Timeframe,
  fromMs: number,
  lastWarmUp: Candle | undefined,
): CandleFeed {
  const stepMs = timeframeMs[timeframe]
  let waiting: Candle[] = []
  let recent: Candle[] = lastWarmUp === undefined ? [] : [lastWarmUp]
  /** Candles that the exchange told of in the stream, by their open time: the first word is never a repetition. */
  let told: number[] = []
  let noticed: MarketAnomaly[] = []
  let knownThroughMs = fromMs
  let expectedMs = lastWarmUp === undefined ? fromMs : lastWarmUp.openTimeMs + stepMs
  let hasMore = false
  let isQuiet = false

  function accept(candle: Candle): void {
    waiting.push(candle)
    recent = [...recent.slice(-remembered), candle]
    knownThroughMs = candle.openTimeMs + stepMs
    isQuiet = false
  }

  /** A candle before `knownThroughMs`. In a page it is there because we asked for it, which is nothing odd. */
  function compare(candle: Candle, from: 'page' | 'first word' | 'another word'): void {
    const known = recent.find(({ openTimeMs }) => openTimeMs === candle.openTimeMs)
    if (known === undefined) {
      if (from !== 'page') noticed.push({ kind: 'late', openTimeMs: candle.openTimeMs })
    } else if (!isSame(known, candle)) {
      noticed.push({ kind: 'correction', was: known, became: candle })
      const replace = (kept: Candle): Candle => (kept === known ? candle : kept)
      waiting = waiting.map(replace)
      recent = recent.map(replace)
    } else if (from === 'another word') noticed.push({ kind: 'duplicate', openTimeMs: candle.openTimeMs })
  }

  return {
    symbol,
    knownThroughMs: () => knownThroughMs,
    expectedMs: () => expectedMs,
    hasMore: () => hasMore,
    isQuiet: () => isQuiet,
    page(candles, isFull, endMs) {
      for (const candle of candles) {
        if (candle.openTimeMs >= endMs) continue
        if (candle.openTimeMs >= knownThroughMs) accept(candle)
        else compare(candle, 'page')
      }
      hasMore = isFull
      const lastMs = candles.at(-1)?.openTimeMs ?? null
      // Where the exchange already shows a later candle, what is missing before it will not come.
      if (!isFull && lastMs !== null && lastMs >= endMs - stepMs) knownThroughMs = Math.max(knownThroughMs, endMs)
    },
    closed(candle) {
      if (candle.openTimeMs > knownThroughMs) return false
      const word = told.includes(candle.openTimeMs) ? 'another word' : 'first word'
      told = [...told.slice(-remembered), candle.openTimeMs]
      if (candle.openTimeMs === knownThroughMs) accept(candle)
      else compare(candle, word)
      return true
    },
    passBy(endMs) {
      // Never pages that are still being caught up.
      if (hasMore || knownThroughMs >= endMs) return
      knownThroughMs = endMs
      isQuiet = true
    },
    notice: (anomaly) => void noticed.push(anomaly),
    firstWaitingMs: () => waiting[0]?.openTimeMs ?? null,
    take() {
      const candle = waiting.shift()
      if (candle === undefined) return null
      const gap = gapBetween(expectedMs, candle.openTimeMs, timeframe)
      const quiet: MarketAnomaly[] = candle.volume === 0 ? [{ kind: 'zero_volume', openTimeMs: candle.openTimeMs }] : []
      const anomalies = [...(gap === null ? [] : [gap]), ...noticed, ...quiet]
      expectedMs = candle.openTimeMs + stepMs
      noticed = []
      return { symbol, timeframe, candle, anomalies }
    },
    trailing(untilMs) {
      const gap = gapBetween(expectedMs, untilMs, timeframe)
      const anomalies = gap === null ? noticed : [...noticed, gap]
      return anomalies.map((anomaly) => ({ symbol, timeframe, anomaly }))
    },
  }
}

function isSame(one: Candle, other: Candle): boolean {
  return (
    one.open === other.open &&
    one.high === other.high &&
    one.low === other.low &&
    one.close === other.close &&
    one.volume === other.volume
  )
}

/**
 * The candles that can be handed out now, ordered by (close time, symbol): one goes out as soon as nothing that comes
 * before it can still turn up. Feeds stand in the order of their symbols.
 */
export function* takeDue(feeds: readonly CandleFeed[], untilMs: number): Generator<MarketUpdate> {
  for (;;) {
    let next: CandleFeed | null = null
    let nextMs = untilMs
    for (const feed of feeds) {
      const waitingMs = feed.firstWaitingMs()
      // A feed without a waiting candle may still bring the one that opens at `knownThroughMs`.
      const earliestMs = waitingMs ?? feed.knownThroughMs()
      if (earliestMs >= nextMs) continue
      next = waitingMs === null ? null : feed
      nextMs = earliestMs
    }
    const update = next?.take() ?? null
    if (update === null) return
    yield update
  }
}
