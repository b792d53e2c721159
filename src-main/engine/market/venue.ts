/**
 * The market room: where candles come from. Recorded history (`replay-venue.ts`) and Binance (`binance-venue.ts`)
 * look alike from outside, so that what was tested is what trades. Only closed candles leave this room, and nothing
 * odd about them is hidden: a gap, an empty candle, a bad row or a feed gone quiet is told.
 */
import type { Candle, MarketAnomaly, MarketSymbol, Timeframe } from '@shared/contract/candle'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { MarketTick, MarketUpdate, OrderBook } from '@shared/contract/market-data'
import type { Problem } from '@shared/contract/outcome'
import type { BinanceProblemCode } from './binance-client'
import type { CandleFileProblemCode } from './candle-file'
import type { CandleFolderProblemCode } from './candle-folder'
import type { CacheProblemCode } from './candle-store/cache-problem'

/** Candles handed out before the first decision when the caller does not say: EMA 200 needs about three times 200. */
export const defaultWarmUpCandles = 600

/** `max`, or market seconds per wall second: at 60 an hourly candle closes every minute. */
export type ReplaySpeed = 'max' | number

/** Stable codes of what can stand between the desk and a market. */
export type MarketProblemCode =
  | CandleFileProblemCode
  | CandleFolderProblemCode
  /** No candle is recorded for the dates asked for. */
  | 'dates_outside_data'
  /** The start is not before the end, or no candle opens between them. */
  | 'window_empty'
  /** Orders were to be filled by trades or books, and none are recorded. */
  | 'ticks_missing'
  | BinanceProblemCode
  | CacheProblemCode
  | 'exchange_url_invalid'
  /** Listed, but not traded (any more). */
  | 'symbol_not_trading'
  /** Candles that should have closed do not come. */
  | 'feed_stale'

/** Something odd that no later candle of the symbol was there to carry. */
export interface TrailingAnomaly {
  readonly symbol: MarketSymbol
  readonly timeframe: Timeframe
  readonly anomaly: MarketAnomaly
}

export interface Venue {
  /** In code-unit order. */
  readonly symbols: readonly MarketSymbol[]
  readonly timeframe: Timeframe
  /** SHA-256 over all recorded candles that the venue hands out; null for a market that is still being made. */
  readonly dataHash: string | null
  /** Closed candles before the first update, oldest first; empty when there are none. */
  warmUp(symbol: MarketSymbol): readonly Candle[]
  /**
   * Every closed candle once, ordered by (close time, symbol). Ends at the end of the window, when `signal` aborts, or
   * early with a `problem()`. To be read once. Candles that close by `decidedUntilMs` go out at once whatever the speed:
   * a continued run has decided on them already.
   */
  updates(signal: AbortSignal, decidedUntilMs?: number | null): AsyncIterable<MarketUpdate>
  /**
   * Trades and order books as they come in between two closed candles; returns what ends the telling. Absent where the
   * market is recorded: there, what happened inside a candle travels with it.
   */
  readonly ticks?: (listener: (tick: MarketTick) => void) => () => void
  /** The order book as it stands now; null while none is known. Absent where no book is recorded. */
  readonly book?: (symbol: MarketSymbol) => OrderBook | null
  /** The exchange's clock, UTC milliseconds. Absent where the market is recorded. */
  readonly nowMs?: () => number
  /** What the exchange demands of orders, as it was read at the start; null for an unknown symbol. Absent where nothing is known. */
  readonly rules?: (symbol: MarketSymbol) => SymbolRules | null
  /** What a trader should know before the first candle, in words (rules that changed since the last start). */
  readonly notices?: readonly string[]
  /** Symbols that nothing is heard of: no position should be opened in them. Absent where the market is recorded. */
  readonly staleSymbols?: () => readonly MarketSymbol[]
  /**
   * Symbols whose connection is down for longer than a moment: closed candles are asked for over REST, trades and books
   * do not come. Absent where the market is recorded.
   */
  readonly unlinkedSymbols?: () => readonly MarketSymbol[]
  /** What is wrong with the feed just now; null while it is sound. After `updates` ended: why it ended early, or null. */
  problem(): Problem<MarketProblemCode> | null
  /** What was odd after the last candles, complete once `updates` has ended (history that stops before the window). */
  trailing(): readonly TrailingAnomaly[]
  close(): Promise<void>
}
