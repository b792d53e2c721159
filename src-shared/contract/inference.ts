import { z } from 'zod'
import { actionSchema, probabilitiesSchema, tokenUsageSchema } from './decision'

/**
 * The calls between the engine and an inference child. One child serves one model file; the engine is the caller,
 * the child only answers. Frames travel over the child's IPC channel.
 */
export const loadModelSchema = z.strictObject({
  path: z.string(),
  threads: z.int().positive(),
  gpu: z.enum(['auto', 'off']),
  contextTokens: z.int().positive(),
})

export type LoadModel = Readonly<z.infer<typeof loadModelSchema>>

export const loadedModelSchema = z.object({
  modelHash: z.string(),
  sizeBytes: z.int().positive(),
  architecture: z.string(),
  quantization: z.string(),
  trainContextTokens: z.int().positive(),
  llamaCppRelease: z.string(),
  /** `false` for the CPU, otherwise the GPU interface in use ("cuda", "vulkan", "metal"). */
  gpu: z.union([z.literal(false), z.string()]),
  deviceNames: z.array(z.string()),
  loadMs: z.number().nonnegative(),
})

export type LoadedModel = Readonly<z.infer<typeof loadedModelSchema>>

export const askModelSchema = z.strictObject({
  /** The market, as text. */
  document: z.string(),
  instruction: z.string(),
  /** One line per option, in the order in which the model reads them. */
  options: z.array(z.strictObject({ action: actionSchema, criterion: z.string() })).length(3),
  /** What to ask for after the action is known, per action; null asks for no rationale. */
  rationale: z
    .strictObject({
      /** The user message per action. */
      prompts: z.strictObject({ buy: z.string(), sell: z.string(), hold: z.string() }),
      maxTokens: z.int().positive(),
    })
    .nullable(),
  seed: z.int().nonnegative(),
  temperature: z.number().nonnegative(),
})

export type AskModel = Readonly<z.infer<typeof askModelSchema>>

export const modelAnswerSchema = z.object({
  probabilities: probabilitiesSchema,
  /** The model's text as it came, placeholders included; empty when none was asked for. */
  rationale: z.string(),
  tokens: tokenUsageSchema,
  decisionMs: z.number().nonnegative(),
  rationaleMs: z.number().nonnegative(),
})

export type ModelAnswer = Readonly<z.infer<typeof modelAnswerSchema>>

/** Stable codes of what can go wrong with a model. */
export const modelProblemCodeSchema = z.enum([
  'model_missing',
  'not_a_gguf',
  'model_broken',
  'out_of_memory',
  'prompt_too_long',
  'inference_exited',
  'timeout',
  'queue_full',
  'answer_invalid',
  'backend_suspended',
])

export type ModelProblemCode = z.infer<typeof modelProblemCodeSchema>

/** One message on a child's IPC channel: a birpc request or response, stamped with the child it belongs to. */
export const inferenceFrameSchema = z.strictObject({
  /** Counts the children of one backend; a frame of an earlier child is dropped. */
  generation: z.int().positive(),
  message: z.discriminatedUnion('t', [
    z.object({ t: z.literal('q'), m: z.string(), a: z.array(z.unknown()), i: z.string().optional() }),
    z.object({ t: z.literal('s'), i: z.string(), r: z.unknown().optional(), e: z.unknown().optional() }),
  ]),
})

export type InferenceFrame = z.infer<typeof inferenceFrameSchema>

const requestIdSchema = z.int().nonnegative()

/** What the child is asked; it checks every argument before it acts. */
export const inferenceCallArguments = {
  /** Once per child, before the first question. */
  load: z.tuple([loadModelSchema]),
  /** Questions are answered one after the other. */
  ask: z.tuple([z.strictObject({ requestId: requestIdSchema, question: askModelSchema })]),
  /** The question ends with `timeout`, whether it waits or is being answered. */
  cancel: z.tuple([requestIdSchema]),
  /** Frees the model and ends the process. */
  stop: z.tuple([]),
}

const modelProblemSchema = z.object({
  ok: z.literal(false),
  problem: z.object({ code: modelProblemCodeSchema, message: z.string() }),
})

/** What the child answers; the engine checks every answer before it believes it. */
export const inferenceCallAnswers = {
  load: z.discriminatedUnion('ok', [z.object({ ok: z.literal(true), value: loadedModelSchema }), modelProblemSchema]),
  ask: z.discriminatedUnion('ok', [z.object({ ok: z.literal(true), value: modelAnswerSchema }), modelProblemSchema]),
}

export type InferenceCalls = {
  [Name in keyof typeof inferenceCallArguments]: (
    ...args: z.infer<(typeof inferenceCallArguments)[Name]>
  ) => Promise<unknown>
}
