import { z } from 'zod'
import { symbolSchema, timeframeSchema, timeMsSchema } from './candle'
import { slotSchema } from './model'

const figure = z.number().nullable().default(null)

/**
 * The market as a caller of `POST /decide` describes it. Only the price is needed; what is left out is unknown (null),
 * never zero. Keys may be written in camelCase or snake_case (`has_position`); unknown keys are refused.
 */
export const requestContextSchema = z.strictObject({
  price: z.number().positive(),
  volume: z.number().nonnegative().default(0),
  volatility: z.number().min(0).max(1).nullable().default(null),
  volumeRatio: z.number().nonnegative().nullable().default(null),
  sentiment: z.number().min(-1).max(1).nullable().default(null),
  hasPosition: z.boolean().default(false),
  positionPct: z.number().nonnegative().default(0),
  unrealizedPct: figure,
  positionAgeCandles: z.int().nonnegative().nullable().default(null),
  return1: figure,
  return4: figure,
  return24: figure,
  rsi14: z.number().min(0).max(100).nullable().default(null),
  ema20: figure,
  ema50: figure,
  ema200: figure,
  macd: figure,
  macdSignal: figure,
  macdHistogram: figure,
  atr14: z.number().nonnegative().nullable().default(null),
  bollingerUpper: figure,
  bollingerMiddle: figure,
  bollingerLower: figure,
  candlesSeen: z.int().nonnegative().default(0),
})

/** Body of `POST /decide` and of `decide --context FILE`. Top-level names are those of the system this one succeeds. */
export const decideRequestSchema = z.strictObject({
  symbol: symbolSchema,
  context: requestContextSchema,
  bot_id: z.string().min(1).max(100).default('api'),
  risk_limits: z.strictObject({ max_position_pct: z.number().positive().max(1).optional() }).default({}),
  model_preference: slotSchema.nullable().default(null),
  timeframe: timeframeSchema.default('1h'),
  /** When the described candle closed; the request's own time when left out. */
  as_of_ms: timeMsSchema.optional(),
})

export type DecideRequest = Readonly<z.infer<typeof decideRequestSchema>>

/** `volume_ratio` -> `volumeRatio`, for the keys of one object; values are left alone. */
export function camelCaseKeys(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
      member,
    ]),
  )
}

export interface RequestFault {
  readonly path: string
  readonly message: string
}

/** A body that cannot be used: `invalid_request`, with every fault by its path. */
export interface RefusedRequest {
  readonly ok: false
  readonly problem: { readonly code: 'invalid_request' | 'invalid_json'; readonly message: string }
  readonly faults: readonly RequestFault[]
}

/** Checks a parsed body of `POST /decide`. */
export function checkDecideRequest(
  body: unknown,
): { readonly ok: true; readonly value: DecideRequest } | RefusedRequest {
  const parsed = decideRequestSchema.safeParse(camelCaseContext(body))
  if (parsed.success) return { ok: true, value: parsed.data }
  const faults = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
  const worded = faults.map(({ path, message }) => `${path || 'the body'}: ${message}`).join('; ')
  return { ok: false, problem: { code: 'invalid_request', message: `The request cannot be used: ${worded}.` }, faults }
}

/** The same for a body that is still text. */
export function readDecideRequest(text: string): { readonly ok: true; readonly value: DecideRequest } | RefusedRequest {
  try {
    return checkDecideRequest(JSON.parse(text))
  } catch {
    return { ok: false, problem: { code: 'invalid_json', message: 'The request is not JSON.' }, faults: [] }
  }
}

function camelCaseContext(body: unknown): unknown {
  if (body === null || typeof body !== 'object' || !('context' in body)) return body
  return { ...body, context: camelCaseKeys(body.context) }
}
