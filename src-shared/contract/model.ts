import { z } from 'zod'

/** The four seats at the desk, in the order in which the fallback chain tries them after DeepSeek. */
export const slotSchema = z.enum(['deepseek', 'qwen', 'fingpt', 'phi3'])

export type Slot = z.infer<typeof slotSchema>

/**
 * Who really answered: a slot's own model, the bundled starter, a backtest's policy that stands in for models, or nobody
 * (HOLD, "no model").
 */
export const servedBySchema = z.enum([...slotSchema.options, 'starter', 'policy', 'none'])

export type ServedBy = z.infer<typeof servedBySchema>

/** One attempt on the way to an answer. Every attempt is recorded, also the one that succeeded. */
export const hopSchema = z.object({
  servedBy: servedBySchema,
  /** `answered`, or the stable code of what went wrong (`model_missing`, `inference_exited`, `timeout`...). */
  outcome: z.string(),
  detail: z.string(),
})

export type Hop = Readonly<z.infer<typeof hopSchema>>

/** What must be known about a model to repeat its answer. */
export const modelIdentitySchema = z.object({
  /** SHA-256 of the model file; empty when no model answered. */
  modelHash: z.string(),
  /** As the file's header says ("Q8_0"). */
  quantization: z.string(),
  backend: z.string(),
  /** Release of llama.cpp inside node-llama-cpp ("b1234"). */
  llamaCppRelease: z.string(),
  promptVersion: z.string(),
  seed: z.int().nonnegative(),
  temperature: z.number().nonnegative(),
})

export type ModelIdentity = Readonly<z.infer<typeof modelIdentitySchema>>

/** State of one slot as the screen, `/status` and `/health` show it. */
export const slotHealthSchema = z.object({
  slot: slotSchema,
  /** A model file of its own is installed. */
  installed: z.boolean(),
  healthy: z.boolean(),
  servedBy: servedBySchema,
  reason: z.string(),
  requests: z.int().nonnegative(),
  errors: z.int().nonnegative(),
  latencyP50Ms: z.number().nonnegative().nullable(),
})

export type SlotHealth = Readonly<z.infer<typeof slotHealthSchema>>
