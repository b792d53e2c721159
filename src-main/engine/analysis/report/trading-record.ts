/**
 * Reports: what a trading run left behind, the figures that are computed from it, and the page that shows them. A
 * backtest, a replay and the live paper account all leave the same record, so that they are all judged alike.
 */
import { horizonSchema } from '@shared/contract/calibration'
import { symbolSchema, timeframeSchema, timeMsSchema } from '@shared/contract/candle'
import { servedBySchema, slotSchema } from '@shared/contract/model'
import { decimalText } from '@shared/contract/money'
import { orderReasonSchema } from '@shared/contract/order'
import { z } from 'zod'

const share = z.number().min(0).max(1)
const count = z.int().nonnegative()

/**
 * The account's equity at the start, at every UTC midnight in between and at the end: three lists of one length, times
 * rising. A midnight without a candle (an outage) carries the equity before it forward. Floats, for statistics.
 */
export const equityCurveSchema = z.strictObject({
  atMs: z.array(timeMsSchema),
  /** In the quote asset. */
  equity: z.array(z.number()),
  /** Value of the open positions over the equity. */
  exposure: z.array(z.number()),
})

export type EquityCurve = Readonly<z.infer<typeof equityCurveSchema>>

/** The deepest fall of the equity from a peak, followed at every candle's close; all null in a run that never fell. */
export const drawdownSchema = z.strictObject({
  /** Share of the peak's equity: 0.2 is 20 %. */
  depth: z.number().nonnegative(),
  peakAtMs: timeMsSchema.nullable(),
  troughAtMs: timeMsSchema.nullable(),
  /** When the peak was reached again; null where it never was. */
  recoveredAtMs: timeMsSchema.nullable(),
  /** The longest time between a peak and its recovery (or the end), which need not belong to the deepest fall. */
  longestUnderwaterMs: count,
})

export type Drawdown = Readonly<z.infer<typeof drawdownSchema>>

/** One position from flat to flat, however many fills it took. Amounts in the quote asset. */
export const closedTradeSchema = z.strictObject({
  symbol: symbolSchema,
  entryAtMs: timeMsSchema,
  exitAtMs: timeMsSchema,
  /** Mean prices over the fills, before fees. */
  entryPriceQuote: decimalText,
  exitPriceQuote: decimalText,
  /** What was bought, before the fee in the base asset. */
  qtyBase: decimalText,
  costQuote: decimalText,
  /** What came back, after fees. */
  proceedsQuote: decimalText,
  feesQuote: decimalText,
  /** What fills were worse than their reference price, half the spread included; never negative in sum. */
  slippageQuote: decimalText,
  /** Net of all fees and slippage. */
  realizedQuote: decimalText,
  equityAtEntryQuote: decimalText,
  exitReason: orderReasonSchema,
  /** Candles of the run's timeframe between entry and exit, counted by time. */
  holdingCandles: count,
  stopLoss: decimalText.nullable(),
  takeProfit: decimalText.nullable(),
  /** Worst and best price while held, over the entry price, less 1; null where only closes are known. */
  maxAdverse: z.number().nullable(),
  maxFavourable: z.number().nullable(),
  /** Of the decision that opened it; null where no model decided. */
  confidence: share.nullable(),
  calibratedConfidence: share.nullable(),
  routedTo: slotSchema.nullable(),
  /** Place in `models` of who decided; null where nobody did. */
  model: count.nullable(),
})

export type ClosedTrade = Readonly<z.infer<typeof closedTradeSchema>>

export const openPositionSchema = z.strictObject({
  symbol: symbolSchema,
  openedAtMs: timeMsSchema,
  qtyBase: decimalText,
  costQuote: decimalText,
  valueQuote: decimalText,
  unrealizedQuote: decimalText,
})

/** Who answered, a model or a policy. A model's knowledge cutoff splits the results: what lies before it, the model may remember. */
export const recordedModelSchema = z.strictObject({
  servedBy: servedBySchema,
  /** As people know it; falls back to `servedBy`. */
  name: z.string(),
  modelHash: z.string(),
  promptVersion: z.string(),
  knowledgeCutoffMs: timeMsSchema.nullable(),
  decisions: count,
})

export type RecordedModel = Readonly<z.infer<typeof recordedModelSchema>>

/** The model's own probability of its action, or what a calibration map made of it. */
const confidenceKindSchema = z.enum(['raw', 'calibrated'])
export type ConfidenceKind = z.infer<typeof confidenceKindSchema>

/** How often decisions to buy or sell of each confidence paid after a horizon (`rules/reliability.ts`), for one model. */
export const recordedCalibrationSchema = z.strictObject({
  model: count,
  confidence: confidenceKindSchema,
  horizon: horizonSchema,
  bins: z.array(
    z.strictObject({ from: share, to: share, n: count, confidence: share.nullable(), accuracy: share.nullable() }),
  ),
  brier: z.number().nullable(),
})

/**
 * Prices of one symbol over the run, in bars of `barMs` on the UTC grid: as fine as the candles where they are few, in
 * doubled bars where they are many, so that a record stays small. A bar without candles is missing. Without volume:
 * these are for charts and for random entries.
 */
export const priceBarsSchema = z.strictObject({
  symbol: symbolSchema,
  barMs: z.int().positive(),
  /** `closes`: only closing prices were known, and high and low are those of the closes. */
  source: z.enum(['candles', 'closes']),
  openMs: z.array(timeMsSchema),
  open: z.array(z.number()),
  high: z.array(z.number()),
  low: z.array(z.number()),
  close: z.array(z.number()),
})

export type PriceBars = Readonly<z.infer<typeof priceBarsSchema>>

/** What the paper exchange assumed; basis points of the price or of the amount received. */
export const assumptionsSchema = z.strictObject({
  fills: z.enum(['candles', 'trades', 'book']),
  /** What was replayed inside the candles, in words ("1m candles"); null where nothing was. */
  insideCandles: z.string().nullable(),
  takerFeeBps: z.number().nonnegative(),
  makerFeeBps: z.number().nonnegative(),
  halfSpreadBps: z.number().nonnegative(),
  slippageBps: z.number().nonnegative(),
  /** Anything else a reader must know, as whole sentences. */
  notes: z.array(z.string()),
})

export type Assumptions = Readonly<z.infer<typeof assumptionsSchema>>

/** What a trading run left behind. Money is text where it is money, and a float where it is a series for statistics. */
export const tradingRecordSchema = z.strictObject({
  version: z.literal(1),
  /** A name for tables of several runs ("models, 1h"). */
  title: z.string(),
  origin: z.enum(['backtest', 'replay', 'live']),
  runId: z.string().nullable(),
  /** False: the run still goes on, or was cut off. */
  finished: z.boolean(),
  /** `models`, `rules`, `hold`, `random`, or the path of a policy. */
  policy: z.string(),
  symbols: z.array(symbolSchema),
  timeframe: timeframeSchema,
  /** Open of the first decided candle, close of the last. */
  fromMs: timeMsSchema,
  toMs: timeMsSchema,
  quoteAsset: z.string(),
  equityStart: decimalText,
  equityEnd: decimalText,
  feesPaid: decimalText,
  slippagePaid: decimalText,
  /** Sum of the notionals of all fills. */
  turnover: decimalText,
  /** Closes over all symbols. */
  candles: count,
  curve: equityCurveSchema,
  drawdown: drawdownSchema,
  /** Over all moments at which a candle closed: share of them with a position, and mean of value over equity. */
  exposure: z.strictObject({ timeShare: share, mean: z.number() }),
  /** In the order of their exits. */
  trades: z.array(closedTradeSchema),
  openPositions: z.array(openPositionSchema),
  refusals: z.array(z.strictObject({ by: z.enum(['risk', 'exchange']), code: z.string(), count })),
  /** How often each protection began to hold entries back. */
  protections: z.array(z.strictObject({ code: z.string(), count })),
  decisions: z.strictObject({
    total: count,
    byAction: z.strictObject({ buy: count, sell: count, hold: count }),
    unanswered: count,
  }),
  models: z.array(recordedModelSchema),
  calibration: z.array(recordedCalibrationSchema),
  /** The last close known of each symbol at each time of `curve`; null before the first. The first is the price at the start. */
  benchmarks: z.array(z.strictObject({ symbol: symbolSchema, closes: z.array(z.number().positive().nullable()) })),
  bars: z.array(priceBarsSchema),
  anomalies: count,
  assumptions: assumptionsSchema,
  seed: z.int().nonnegative().nullable(),
  dataHash: z.string().nullable(),
})

export type TradingRecord = Readonly<z.infer<typeof tradingRecordSchema>>
export type OpenPositionRecord = Readonly<z.infer<typeof openPositionSchema>>
export type RecordedCalibration = Readonly<z.infer<typeof recordedCalibrationSchema>>

/** The record with more of what a reader must know. */
export function withNotes(record: TradingRecord, notes: readonly string[]): TradingRecord {
  const { assumptions } = record
  return { ...record, assumptions: { ...assumptions, notes: [...assumptions.notes, ...notes] } }
}
