import { z } from 'zod'
import {
  type Candle,
  type MarketAnomaly,
  type MarketSymbol,
  symbolSchema,
  type Timeframe,
  timeMsSchema,
} from './candle'
import { sideSchema } from './order'

/**
 * One trade that the exchange reported. Price in the quote asset, quantity in the base asset; floats for the reason
 * given at `candleSchema`. `aggressor` is the side that took: a seller's trade fills resting buys.
 */
export const tradeSchema = z.object({
  tradeId: z.int().nonnegative(),
  symbol: symbolSchema,
  timeMs: timeMsSchema,
  price: z.number().positive(),
  qtyBase: z.number().positive(),
  aggressor: sideSchema,
})

export type Trade = Readonly<z.infer<typeof tradeSchema>>

/** One price level: [price in the quote asset, quantity in the base asset]. */
export type BookLevel = readonly [price: number, qtyBase: number]

/** An order book as it stood at one moment, the best level of each side first; without any level, it is not known then. */
export interface OrderBook {
  readonly symbol: MarketSymbol
  readonly atMs: number
  readonly bids: readonly BookLevel[]
  readonly asks: readonly BookLevel[]
}

/** What fills orders where candles are recorded: the candles, the trades inside them, or the order books. */
export const fillSourceSchema = z.enum(['candles', 'trades', 'book'])

export type FillSource = z.infer<typeof fillSourceSchema>

/** What happened inside a closed candle, where more is recorded than the candle: it replaces the intrabar rules. */
export type InsideCandle =
  /**
   * Its trades and order books, in the order of their times. `isWhole`: the trades make up all of the candle's volume;
   * otherwise only books are told, and what traded is known from the candle's own prices.
   */
  | { readonly kind: 'ticks'; readonly ticks: readonly MarketTick[]; readonly isWhole: boolean }
  | { readonly kind: 'candles'; readonly timeframe: Timeframe; readonly candles: readonly Candle[] }

/** What a live venue tells between two closed candles. */
export type MarketTick =
  | { readonly kind: 'trade'; readonly trade: Trade }
  | { readonly kind: 'book'; readonly book: OrderBook }

/** What a venue delivers: a closed candle with everything odd that was seen since the one before it. */
export interface MarketUpdate {
  readonly symbol: MarketSymbol
  readonly timeframe: Timeframe
  readonly candle: Candle
  readonly anomalies: readonly MarketAnomaly[]
  readonly inside?: InsideCandle
}

/**
 * How a live market is heard: `late` where candles or messages that should have come do not, or the connection that
 * brings them is down; `lost` where the exchange does not answer or refuses.
 */
export const marketFeedSchema = z.object({
  state: z.enum(['sound', 'late', 'lost']),
  /** Since when it is so, by the exchange's clock. */
  sinceMs: timeMsSchema,
  /** Why, and what follows, in words; empty while it is sound. */
  reason: z.string(),
  /** Pairs that nothing new is heard of, or that have no connection. */
  lateSymbols: z.array(symbolSchema),
})

export type MarketFeed = Readonly<z.infer<typeof marketFeedSchema>>
