import { z } from 'zod'
import { mostContextTokens } from './inference'
import { slotSchema } from './model'
import { decimalText } from './money'
import { newsSettingsSchema } from './news'

const fraction = z.number().min(0).max(1)

/** Thresholds of the four routing rules (design: hasPosition and volume, volatility, sentiment, otherwise). */
export const routingSettingsSchema = z.strictObject({
  highVolumeRatio: z.number().positive().default(1.5),
  highVolatility: fraction.default(0.8),
  clearSentiment: fraction.default(0.6),
  /** Overrides the rules for every decision that does not name its own preference. */
  modelPreference: slotSchema.nullable().default(null),
})

/** How large an entry is. Whatever the method says, `maxPositionPct` and every other limit stand above it. */
export const sizingSettingsSchema = z.strictObject({
  /**
   * `fixed_fraction`: so much of the equity. `fixed_risk`: so much that the stop would lose `riskPct`.
   * `volatility_target`: so much that one average true range moves the equity by `volatilityPct`. `kelly`:
   * `kellyFraction` of what Kelly's formula bets on the calibrated confidence.
   */
  method: z.enum(['fixed_fraction', 'fixed_risk', 'volatility_target', 'kelly']).default('fixed_fraction'),
  /** Share of the equity of a fixed-fraction entry; null means as much as `maxPositionPct` allows. */
  fractionPct: fraction.nullable().default(null),
  riskPct: fraction.default(0.005),
  volatilityPct: fraction.default(0.001),
  kellyFraction: fraction.default(0.25),
})

const lockMs = z.int().positive()
const windowMs = z.int().positive()
/** As many trades as risk remembers. */
const mostTrades = 500
const hourMs = 3_600_000
const dayMs = 24 * hourMs

export const riskSettingsSchema = z.strictObject({
  /** Largest value of one position over the account's equity. */
  maxPositionPct: fraction.default(0.02),
  /** Largest value of all positions and pending entries over the account's equity. */
  maxTotalExposurePct: fraction.default(1),
  /** Largest entry in the quote asset; null for none. */
  maxOrderNotional: decimalText.nullable().default(null),
  /** An entry needs at least this confidence (MIN_LLM_CONFIDENCE); exits always work. */
  minConfidence: fraction.default(0.7),
  minConfidenceBySlot: z.partialRecord(slotSchema, fraction).default({}),
  maxOpenPositions: z.int().positive().default(5),
  /** Entries stop for the rest of the UTC day once the day's loss reaches this share of the day's first equity. */
  maxDailyLossPct: fraction.default(0.05),
  /** Entries stop once equity is this share below its peak, until the trader resumes, or for `drawdownLockMs`. */
  maxDrawdownPct: fraction.default(0.5),
  drawdownLockMs: lockMs.nullable().default(null),
  /** What an entry must promise at its target for each unit it risks at its stop, after spread, slippage and fees. */
  minRiskReward: z.number().nonnegative().nullable().default(null),
  /** So many losing stops within the window hold back entries of the desk or of the symbol; null switches it off. */
  stopLossGuard: z
    .strictObject({
      stops: z.int().min(1).max(mostTrades).nullable().default(null),
      windowMs: windowMs.default(dayMs),
      lockMs: lockMs.default(12 * hourMs),
      scope: z.enum(['desk', 'symbol']).default('desk'),
    })
    .prefault({}),
  /** So many losing trades in a row hold back the desk's entries; null switches it off. */
  consecutiveLosses: z
    .strictObject({
      losses: z.int().min(1).max(mostTrades).nullable().default(null),
      lockMs: lockMs.default(dayMs),
    })
    .prefault({}),
  /** A symbol that was closed is not bought again for so long; 0 switches it off. */
  cooldownMs: z.int().nonnegative().default(0),
  /** A symbol whose last trades within the window together realised less than this; null switches it off. */
  lowProfit: z
    .strictObject({
      trades: z.int().min(1).max(mostTrades).nullable().default(null),
      windowMs: windowMs.default(7 * dayMs),
      /** In the quote asset. */
      minRealized: z.number().default(0),
      lockMs: lockMs.default(dayMs),
    })
    .prefault({}),
  /** Most orders, exits counted too; null switches one off. */
  orderRate: z
    .strictObject({
      perMinute: z.int().min(1).max(1000).nullable().default(100),
      perDay: z.int().min(1).max(1000).nullable().default(1000),
    })
    .prefault({}),
  /** A live candle that closed more than so many candle lengths before it is decided on opens nothing. */
  staleAfterCandles: z.number().positive().default(1),
  /** `flatten` sells what is held, `freeze` leaves it with its stops; both cancel entries and halt the desk. */
  killSwitch: z.enum(['flatten', 'freeze']).default('flatten'),
  sizing: sizingSettingsSchema.prefault({}),
  /** Distances used where the model is not asked for them. */
  stopAtr: z.number().positive().default(2),
  takeProfitAtr: z.number().positive().default(3),
})

export const brokerSettingsSchema = z.strictObject({
  startingCash: decimalText.default('10000'),
  quoteAsset: z.string().default('USDT'),
  /** Basis points (1 bps is 0.01 %). Binance spot's regular rate is 10 for maker and taker. */
  takerFeeBps: z.number().nonnegative().default(10),
  makerFeeBps: z.number().nonnegative().default(10),
  /** Rates from a traded value on, over the last 30 days, in the quote asset; below the first the rates above hold. */
  feeTiers: z
    .array(
      z.strictObject({
        fromVolumeQuote: decimalText,
        makerFeeBps: z.number().nonnegative(),
        takerFeeBps: z.number().nonnegative(),
      }),
    )
    .default([]),
  /** Fees are taken in BNB at a discount, as long as there is enough of it and its price is known. */
  payFeesInBnb: z.boolean().default(false),
  bnbDiscountPct: fraction.default(0.25),
  startingBnb: decimalText.default('0'),
  /** What BNB is reckoned at where its own pair is not watched; null: fees are then taken from what is received. */
  bnbPriceQuote: decimalText.nullable().default(null),
  /** Between the decision and the order's arrival; where only candles are known, the slippage stands for it. */
  latencyMs: z.int().nonnegative().default(0),
  /** A resting limit order first waits for what stood at its price before it, where trades and a book are known. */
  queueAhead: z.boolean().default(false),
  /** Entries as market orders, or as limit orders `entryOffsetBps` below the close that wait `entryCandles` at most. */
  entryOrder: z.enum(['market', 'limit']).default('market'),
  entryOffsetBps: z.number().nonnegative().default(0),
  entryCandles: z.int().positive().default(1),
  /** With candles only, a market order pays half the spread and a slippage on top of the next open. */
  halfSpreadBps: z.number().nonnegative().default(1),
  slippageBps: z.number().nonnegative().default(1),
  /**
   * Where only candles are known, at most this share of a candle's volume is ours; the rest of an order waits for the next
   * (as `volume_limit` of Zipline's VolumeShareSlippage, 0.025 there, and `perc` of Backtrader's FixedBarPerc). Null: no limit.
   */
  maxCandleVolumePct: z.number().positive().max(1).nullable().default(null),
})

export const inferenceSettingsSchema = z.strictObject({
  /** GGUF file per slot; a slot without one is served by the starter model. */
  modelFiles: z.partialRecord(slotSchema, z.string()).default({}),
  /** Threads per model; null means physical cores less one. */
  threads: z.int().positive().nullable().default(null),
  gpu: z.enum(['auto', 'off']).default('auto'),
  /** LoRA adapter (GGUF) per slot, put over the slot's model. */
  adapterFiles: z.partialRecord(slotSchema, z.string()).default({}),
  /** How a slot's model is addressed: by its chat template, or in FinGPT's own form, which its base needs. */
  promptForms: z.partialRecord(slotSchema, z.enum(['template', 'instruction'])).default({ fingpt: 'instruction' }),
  /** Tokens of context per question; a slot that is not named takes its default. */
  contextTokens: z.partialRecord(slotSchema, z.int().min(256).max(mostContextTokens)).default({}),
  /** Most questions at one time; a slot that is not named takes its default, less what the memory does not hold. */
  sequences: z.partialRecord(slotSchema, z.int().positive()).default({}),
  /** 2: the options of the action are read in both orders and averaged. */
  optionOrders: z.union([z.literal(1), z.literal(2)]).default(2),
  /** `before`: the model reasons, then decides; `after`: it decides, then explains; `off` saves the time of words. */
  rationale: z.enum(['before', 'after', 'off']).default('after'),
  /** A model that nobody asked for so long leaves the memory; null keeps it. */
  unloadAfterMs: z.int().positive().nullable().default(600_000),
  rationaleMaxTokens: z.int().positive().default(96),
  seed: z.int().nonnegative().default(7),
  timeoutMs: z.int().positive().default(60_000),
})

/** Of the model library. They never change what a run decides, so they are no part of `Settings` and of a run. */
export const librarySettingsSchema = z.strictObject({
  /** Where downloads go; null for `models` in the data folder. */
  folder: z.string().min(1).nullable().default(null),
  /** A transfer that brings no byte for this long is taken up anew. */
  stallMs: z.int().min(1000).max(600_000).default(30_000),
  /** What must stay free on the disk after a download. */
  reserveBytes: z.int().nonnegative().default(2_000_000_000),
})

/**
 * Of the answers that models have given before. Like the library's settings they are no part of a run: a run is the same
 * whether its models are asked or have been asked before.
 */
export const answerSettingsSchema = z.strictObject({
  /** `replay`: over recorded history a model is asked nothing twice, a live market is always asked about. */
  cache: z.enum(['off', 'replay', 'always']).default('replay'),
  /** Of `answers.db`; what was not used for longest leaves first. */
  mostBytes: z.int().positive().default(1_000_000_000),
})

/** All settings of the desk. A settings file may hold any part of them; the rest takes these defaults. */
export const settingsSchema = z.strictObject({
  routing: routingSettingsSchema.prefault({}),
  risk: riskSettingsSchema.prefault({}),
  broker: brokerSettingsSchema.prefault({}),
  inference: inferenceSettingsSchema.prefault({}),
  news: newsSettingsSchema.prefault({}),
})

/**
 * Settings as a run wrote them into the journal. An older Quartet knew fewer, and the hash chain covers what it wrote:
 * they are checked, and neither completed nor reordered.
 */
export const writtenSettingsSchema = z
  .record(z.string(), z.unknown())
  .refine((written) => settingsSchema.safeParse(written).success, 'must be settings of the desk')

/** What `settings.json` may hold. */
export const settingsFileSchema = settingsSchema.extend({
  models: librarySettingsSchema.prefault({}),
  answers: answerSettingsSchema.prefault({}),
})

export type Settings = Readonly<z.infer<typeof settingsSchema>>
export type RoutingSettings = Settings['routing']
export type RiskSettings = Settings['risk']
export type SizingSettings = RiskSettings['sizing']
export type BrokerSettings = Settings['broker']
export type InferenceSettings = Settings['inference']
export type AnswerSettings = Readonly<z.infer<typeof answerSettingsSchema>>
export type LibrarySettings = Readonly<z.infer<typeof librarySettingsSchema>>
