import { z } from 'zod'
import { symbolSchema, timeframeSchema, timeMsSchema } from './candle'
import { marketContextSchema } from './context'
import { hopSchema, modelIdentitySchema, servedBySchema, slotSchema } from './model'
import { decimalText } from './money'

export const actionSchema = z.enum(['buy', 'sell', 'hold'])

export type Action = z.infer<typeof actionSchema>

/** A distribution over the three actions: each in [0, 1], together 1 (rounded to four digits, so within 0.001). */
export const probabilitiesSchema = z
  .object({
    buy: z.number().min(0).max(1),
    sell: z.number().min(0).max(1),
    hold: z.number().min(0).max(1),
  })
  .refine((p) => Math.abs(p.buy + p.sell + p.hold - 1) <= 0.001, 'probabilities must add up to 1')

export type Probabilities = Readonly<z.infer<typeof probabilitiesSchema>>

/** The most probable action. A tie goes to the one that risks less: hold before sell, sell before buy. */
export function likeliestAction({ buy, sell, hold }: Probabilities): Action {
  if (hold >= buy && hold >= sell) return 'hold'
  return sell >= buy ? 'sell' : 'buy'
}

export const tokenUsageSchema = z.object({ input: z.int().nonnegative(), output: z.int().nonnegative() })

export type TokenUsage = Readonly<z.infer<typeof tokenUsageSchema>>

/** Who chose the stop and take-profit distances: the model was asked, or the desk's rule was used. */
export const exitSourceSchema = z.enum(['model', 'rule', 'none'])

/**
 * One decision, complete: what was known, who was asked and why, what was answered, and all that is needed to ask
 * again. Nothing measured (latency, wall time) is in here: the hash chain covers this record, and the same input must
 * give the same chain. Fields that came later are optional: what an older Quartet wrote stays as it was written.
 */
export const decisionSchema = z.object({
  decisionId: z.string(),
  runId: z.string(),
  symbol: symbolSchema,
  timeframe: timeframeSchema,
  candleOpenMs: timeMsSchema,
  /** The market's clock: the close of the candle. */
  decidedAtMs: timeMsSchema,
  action: actionSchema,
  /** Probability of the chosen action: how sure the model is, not how likely a profit. */
  confidence: z.number().min(0).max(1),
  probabilities: probabilitiesSchema,
  /** How much the order of the options changed one probability; null when one order was asked. */
  orderBias: z.number().min(0).max(1).nullable().optional(),
  /** How clearly the figures speak, 0 to 1, by the model's own word; null when it was not asked. */
  conviction: z.number().min(0).max(1).nullable().optional(),
  /** The confidence after the model's calibration map; null where too few outcomes are known, and the raw one counts. */
  calibrated: z
    .object({ confidence: z.number().min(0).max(1), method: z.string(), samples: z.int().positive() })
    .nullable()
    .optional(),
  rationale: z.string(),
  /** Exit prices in the quote asset, on the tick; null when the action opens nothing. */
  stopLoss: decimalText.nullable(),
  takeProfit: decimalText.nullable(),
  stopAtr: z.number().positive().nullable(),
  takeProfitAtr: z.number().positive().nullable(),
  exitSource: exitSourceSchema,
  routedTo: slotSchema,
  servedBy: servedBySchema,
  routeReason: z.string(),
  hops: z.array(hopSchema),
  model: modelIdentitySchema,
  /** SHA-256 of the context as canonical JSON. */
  contextHash: z.string(),
  context: marketContextSchema,
  tokens: tokenUsageSchema,
})

export type Decision = Readonly<z.infer<typeof decisionSchema>>

/** What was measured while deciding; stored beside the decision, outside the hash chain. */
export const decisionMeasurementSchema = z.object({
  decisionId: z.string(),
  wallAtMs: timeMsSchema,
  latencyMs: z.number().nonnegative(),
  rationaleMs: z.number().nonnegative(),
})

export type DecisionMeasurement = Readonly<z.infer<typeof decisionMeasurementSchema>>
