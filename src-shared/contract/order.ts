import { z } from 'zod'
import { symbolSchema, timeMsSchema } from './candle'
import { decimalText } from './money'

export const sideSchema = z.enum(['buy', 'sell'])

export type Side = z.infer<typeof sideSchema>

/**
 * Why an order exists: the desk's decision, a stop or take-profit of a position that was reached, the kill switch, or
 * the trader's own hand.
 */
export const orderReasonSchema = z.enum(['decision', 'stop_loss', 'take_profit', 'kill_switch', 'manual'])

/**
 * Order types in Binance's sense (https://developers.binance.com/docs/binance-spot-api-docs/enums). `stop_loss` and
 * `take_profit` become market orders at their trigger, their `_limit` forms limit orders; `limit_maker` never takes.
 */
export const orderTypeSchema = z.enum([
  'market',
  'limit',
  'limit_maker',
  'stop_loss',
  'stop_loss_limit',
  'take_profit',
  'take_profit_limit',
])

export type OrderType = z.infer<typeof orderTypeSchema>

/** Good till cancelled; immediate or cancel (the rest expires); fill or kill (all at once, or nothing). */
export const timeInForceSchema = z.enum(['GTC', 'IOC', 'FOK'])

export type TimeInForce = z.infer<typeof timeInForceSchema>

/** What beyond side and quantity an order may say. */
export const orderTermsSchema = z.object({
  type: orderTypeSchema,
  /** The limit, in the quote asset. */
  priceQuote: decimalText.nullable().optional(),
  /** The trigger of a stop or take-profit; of a trailing one, where it begins to trail (null: at once). */
  stopPriceQuote: decimalText.nullable().optional(),
  /** Basis points between the best price since and the trigger of a trailing order. */
  trailingDeltaBps: z.int().positive().nullable().optional(),
  timeInForce: timeInForceSchema.optional(),
  /** Only ever makes a position smaller: it reserves nothing, and shrinks and ends with the position. */
  reduceOnly: z.boolean().optional(),
  /** Two orders of one list are an OCO: the first to fill or to be triggered ends the other. */
  listId: z.string().nullable().optional(),
  /** The visible part of an iceberg order; it fills like any other. */
  icebergQtyBase: decimalText.nullable().optional(),
})

export type OrderTerms = Readonly<z.infer<typeof orderTermsSchema>>

/** An order that the paper exchange accepted. Quantities are in the base asset. */
export const orderSchema = orderTermsSchema.extend({
  orderId: z.string(),
  runId: z.string(),
  decisionId: z.string().nullable(),
  symbol: symbolSchema,
  side: sideSchema,
  qtyBase: decimalText,
  reason: orderReasonSchema,
  /** Exits that the position takes over when this order opens it. */
  stopLoss: decimalText.nullable(),
  takeProfit: decimalText.nullable(),
  /** Why an entry is as large as it is, in words. */
  sizedBy: z.string().optional(),
  placedAtMs: timeMsSchema,
})

export type Order = Readonly<z.infer<typeof orderSchema>>

/**
 * An order as a trader writes it down. With `stop`, it is an OCO: the order itself is the limit, and `stop` the order that
 * waits below it (or above, when buying); the first to fill or to be triggered ends the other.
 */
export const orderTicketSchema = z.strictObject({
  symbol: symbolSchema,
  side: sideSchema,
  qtyBase: decimalText,
  type: orderTypeSchema.default('market'),
  priceQuote: decimalText.nullable().optional(),
  stopPriceQuote: decimalText.nullable().optional(),
  trailingDeltaBps: z.int().positive().nullable().optional(),
  timeInForce: timeInForceSchema.optional(),
  reduceOnly: z.boolean().optional(),
  icebergQtyBase: decimalText.nullable().optional(),
  stop: z
    .strictObject({
      type: z.enum(['stop_loss', 'stop_loss_limit']).default('stop_loss'),
      stopPriceQuote: decimalText.nullable().optional(),
      priceQuote: decimalText.nullable().optional(),
      trailingDeltaBps: z.int().positive().nullable().optional(),
    })
    .optional(),
  /** The trader's own name for the order: the same ticket sent twice is one order. */
  clientOrderId: z.string().min(1).max(64),
})

export type OrderTicket = Readonly<z.infer<typeof orderTicketSchema>>

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
  /** The exchange takes no order that small, and nothing else would close what is held: it is no position. */
  leavesDust: z.literal(true).optional(),
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
  /** The fee in the quote asset (at the fill's price, or at BNB's), so that fees can be added up. */
  feeQuote: decimalText,
  /** Profit realised by a sell, net of both fees; "0" for a buy. */
  realizedQuote: decimalText,
  /** The candle price the fill started from, before spread and slippage: what a reader checks against the candles. */
  referencePriceQuote: decimalText,
  reason: orderReasonSchema,
  filledAtMs: timeMsSchema,
  /** `maker` rested on the book before, `taker` came to it. Absent in fills of an older Quartet, which all took. */
  role: z.enum(['maker', 'taker']).optional(),
  /** What of the order is still open after this fill; absent means that the fill ended it. */
  leavesQtyBase: decimalText.optional(),
  /** A sell that leaves a position open; absent means that it closed it. */
  leavesPosition: z.literal(true).optional(),
})

export type Fill = Readonly<z.infer<typeof fillSchema>>

/** The answer to a trader's order ticket. */
export const ticketAnswerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('accepted'), orders: z.array(orderSchema) }),
  /** By the exchange's rules, with Binance's code and message. */
  z.object({ kind: z.literal('refused'), refusal: refusalSchema }),
  /** The same ticket came before; nothing has changed. */
  z.object({ kind: z.literal('repeated') }),
  /** It never reached the exchange. */
  z.object({ kind: z.literal('failed'), code: z.string(), message: z.string() }),
])

export type TicketAnswer = Readonly<z.infer<typeof ticketAnswerSchema>>

export const cancelAnswerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('cancelled'), orderId: z.string() }),
  /** Filled, ended or never known: cancelling it changes nothing. */
  z.object({ kind: z.literal('not_open'), orderId: z.string() }),
  z.object({ kind: z.literal('failed'), code: z.string(), message: z.string() }),
])

export type CancelAnswer = Readonly<z.infer<typeof cancelAnswerSchema>>

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
