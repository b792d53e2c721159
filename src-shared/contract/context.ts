import { z } from 'zod'
import { symbolSchema, timeframeSchema, timeMsSchema } from './candle'
import { quotedHeadlineSchema, sentimentScorerSchema } from './news'

const figure = z.number().nullable()

/**
 * Where `sentiment` came from. `price_action` is the desk's own stand-in while no news is read: the balance of volume
 * between rising and falling candles. `request` came with an API call.
 */
export const sentimentSourceSchema = z.enum(['none', 'price_action', 'news', 'request'])

/**
 * All that a model is told about one symbol at the close of one candle. A figure whose warm-up is not complete is
 * null, never zero. Prices are in the quote asset; returns and shares are fractions (0.01 is one percent).
 */
export const marketContextSchema = z.strictObject({
  symbol: symbolSchema,
  timeframe: timeframeSchema,
  /** Open time of the candle that was decided on. */
  candleOpenMs: timeMsSchema,
  /** When it closed; nothing known later is in the context. */
  asOfMs: timeMsSchema,
  /** Closed candles the indicators have really seen. */
  candlesSeen: z.int().nonnegative(),
  /** The last close. */
  price: z.number().positive(),
  /** Volume of the last candle, in the base asset. */
  volume: z.number().nonnegative(),
  return1: figure,
  return4: figure,
  return24: figure,
  rsi14: figure,
  ema20: figure,
  ema50: figure,
  ema200: figure,
  /** MACD 12, 26, 9. */
  macd: figure,
  macdSignal: figure,
  macdHistogram: figure,
  atr14: figure,
  /** Bollinger bands over 20 candles, two standard deviations. */
  bollingerUpper: figure,
  bollingerMiddle: figure,
  bollingerLower: figure,
  /** Percentile rank, 0 to 1, of realised volatility over its trailing window. */
  volatility: z.number().min(0).max(1).nullable(),
  /** Last volume over the mean of the 20 before it. */
  volumeRatio: z.number().nonnegative().nullable(),
  /** -1 (bearish) to 1 (bullish). */
  sentiment: z.number().min(-1).max(1).nullable(),
  sentimentSource: sentimentSourceSchema,
  /** Who scored the headlines that `sentiment` came from: `fingpt` where it scored all of them. Only with `news`. */
  sentimentScorer: sentimentScorerSchema.optional(),
  /** Headlines that the model is shown, weightiest first; present, if empty, whenever news are on. */
  headlines: z.array(quotedHeadlineSchema).optional(),
  hasPosition: z.boolean(),
  /** Position's value over the account's equity. */
  positionPct: z.number().nonnegative(),
  /** Unrealised profit of the open position as a fraction of its cost; null without one. */
  unrealizedPct: figure,
  /** Candles since the position was opened; null without one. */
  positionAgeCandles: z.int().nonnegative().nullable(),
})

export type MarketContext = Readonly<z.infer<typeof marketContextSchema>>

/** What the context takes from the account, as fractions; kept apart from money, which is decimal. */
export interface AccountView {
  readonly hasPosition: boolean
  readonly positionPct: number
  readonly unrealizedPct: number | null
  readonly positionAgeCandles: number | null
}
