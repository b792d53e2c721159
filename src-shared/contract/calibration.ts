import { z } from 'zod'
import { timeframeSchema, timeMsSchema } from './candle'

/** Groups of pairs that share a calibration map, see `symbol-class.ts`. */
export const symbolClassSchema = z.enum(['majors', 'alts'])

export type SymbolClass = z.infer<typeof symbolClassSchema>

/** How long after the entry an outcome is looked at, with the length in milliseconds. */
export const horizonMs = { '1h': 3_600_000, '4h': 14_400_000, '24h': 86_400_000 } as const

export const horizonSchema = z.enum(['1h', '4h', '24h'])

export type Horizon = z.infer<typeof horizonSchema>

const share = z.number().min(0).max(1)

/** A point of a rising curve: at this probability, this share of the answers was right. */
const knotSchema = z.tuple([share, share])

const curveSchema = z.discriminatedUnion('method', [
  z.strictObject({
    method: z.literal('isotonic'),
    /** In rising order; between two knots the curve is straight, outside them it is flat. */
    knots: z.array(knotSchema).min(1).refine(isRising, 'the knots must rise in probability and never fall in value'),
  }),
  z.strictObject({
    method: z.literal('platt'),
    /** The value is 1 / (1 + exp(-(slope * logit(probability) + intercept))). */
    slope: z.number().nonnegative(),
    intercept: z.number(),
  }),
])

/** The curve alone: what turns a model's probability into the share of such answers that were right. */
export type CalibrationCurve = Readonly<z.infer<typeof curveSchema>>

const provenanceShape = {
  /** Outcomes that the curve was fitted on. */
  samples: z.int().positive(),
  /** The time span of the decisions it was fitted on: first and last candle's close. */
  fromMs: timeMsSchema,
  toMs: timeMsSchema,
}

const keyShape = {
  modelHash: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex'),
  promptVersion: z.string().min(1),
  symbolClass: symbolClassSchema,
  timeframe: timeframeSchema,
}

/**
 * One map, valid for exactly one model file, prompt and candle length in one class of pairs. It was fitted on decisions
 * to buy or to sell; `right` means that the decision paid at this horizon, net of costs (`outcome-labels.ts`).
 */
export const calibrationMapSchema = z.strictObject({
  ...keyShape,
  horizon: horizonSchema,
  ...provenanceShape,
  curve: curveSchema,
})

export type CalibrationMap = Readonly<z.infer<typeof calibrationMapSchema>>

export type CalibrationKey = Pick<CalibrationMap, 'modelHash' | 'promptVersion' | 'symbolClass' | 'timeframe'>

/** `calibration.json` in the data folder. */
export const calibrationFileSchema = z.strictObject({
  version: z.literal(1),
  maps: z.array(calibrationMapSchema),
})

export type CalibrationFile = Readonly<z.infer<typeof calibrationFileSchema>>

function isRising(knots: readonly (readonly [number, number])[]): boolean {
  return knots.every(([probability, value], index) => {
    const before = knots[index - 1]
    return before === undefined || (probability > before[0] && value >= before[1])
  })
}
