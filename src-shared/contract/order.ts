import { z } from 'zod'
import { symbolSchema, timeMsSchema } from './candle'
import { decimalText } from './money'

export const sideSchema = z.enum(['buy', 'sell'])

export type Side = z.infer<typeof sideSchema>

/** Why an order exists: the desk's decision, or a stop or take-profit of a position that was reached. */
export const orderReasonSchema = z.enum(['decision', 'stop_loss', 'take_profit', 'kill_switch'])

/** An order that the paper exchange accepted. Quantities are in the base asset. */
export const orderSchema = z.object({
  orderId: z.string(),
  runId: z.string(),
  decisionId: z.string().nullable(),
  symbol: symbolSchema,
  side: sideSchema,
  type: z.literal('market'),
  qtyBase: decimalText,
  reason: orderReasonSchema,
  /** Exits that the position takes over when this order opens it. */
  stopLoss: decimalText.nullable(),
  takeProfit: decimalText.nullable(),
  placedAtMs: timeMsSchema,
})

export type Order = Readonly<z.infer<typeof orderSchema>>

/** An order that did not come to be: refused by our own risk limits, or rejected by an exchange filter. */
export const refusalSchema = z.object({
  refusalId: z.string(),
  runId: z.string(),
  decisionId: z.string().nullable(),
  symbol: symbolSchema,
  side: sideSchema,
  by: z.enum(['risk', 'exchange']),
  /** `below_min_confidence`, `max_position`..., or Binance's code and message ("-1013 Filter failure: LOT_SIZE"). */
  code: z.string(),
  message: z.string(),
  atMs: timeMsSchema,
})

export type Refusal = Readonly<z.infer<typeof refusalSchema>>

/** One fill. The fee is charged on the asset received: base when buying, quote when selling. */
export const fillSchema = z.object({
  fillId: z.string(),
  orderId: z.string(),
  runId: z.string(),
  symbol: symbolSchema,
  side: sideSchema,
  priceQuote: decimalText,
  qtyBase: decimalText,
  notionalQuote: decimalText,
  fee: decimalText,
  feeAsset: z.string(),
  /** The fee in the quote asset at the fill's price, so that fees can be added up. */
  feeQuote: decimalText,
  /** Profit realised by a sell, net of both fees; "0" for a buy. */
  realizedQuote: decimalText,
  /** The candle price the fill started from, before spread and slippage: what a reader checks against the candles. */
  referencePriceQuote: decimalText,
  reason: orderReasonSchema,
  filledAtMs: timeMsSchema,
})

export type Fill = Readonly<z.infer<typeof fillSchema>>

export const positionSchema = z.object({
  symbol: symbolSchema,
  qtyBase: decimalText,
  /** What the whole position cost in the quote asset, fees included. */
  costQuote: decimalText,
  averagePriceQuote: decimalText,
  lastPriceQuote: decimalText,
  valueQuote: decimalText,
  unrealizedQuote: decimalText,
  stopLoss: decimalText.nullable(),
  takeProfit: decimalText.nullable(),
  openedAtMs: timeMsSchema,
})

export type Position = Readonly<z.infer<typeof positionSchema>>

/** The paper account as the screen and the API show it; all amounts in the quote asset. */
export const accountSummarySchema = z.object({
  quoteAsset: z.string(),
  equityStart: decimalText,
  equity: decimalText,
  cash: decimalText,
  realized: decimalText,
  unrealized: decimalText,
  feesPaid: decimalText,
  positions: z.array(positionSchema),
  openOrders: z.array(orderSchema),
})

export type AccountSummary = Readonly<z.infer<typeof accountSummarySchema>>
