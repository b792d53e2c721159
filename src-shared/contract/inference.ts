import { z } from 'zod'
import { tokenUsageSchema } from './decision'

/**
 * The calls between the engine and an inference child. One child serves one model file; the engine is the caller,
 * the child only answers. Frames travel over the child's IPC channel.
 */
/** No model of the desk was trained on more. */
export const mostContextTokens = 1_048_576

export const loadModelSchema = z.strictObject({
  path: z.string(),
  /** A LoRA adapter (GGUF) that is put over the model; null for none. */
  adapterPath: z.string().nullable(),
  threads: z.int().positive(),
  gpu: z.enum(['auto', 'off']),
  /** Per sequence. */
  contextTokens: z.int().positive().max(mostContextTokens),
  /** Questions that are answered at one time; fewer where the memory does not hold so many. */
  sequences: z.int().positive(),
  /** How messages are laid out: by the model's own chat template, or as FinGPT's "Instruction, Input, Answer". */
  form: z.enum(['template', 'instruction']),
})

export type LoadModel = Readonly<z.infer<typeof loadModelSchema>>

export const loadedModelSchema = z.object({
  /** SHA-256 of the model file; with an adapter, of the two files' hashes. */
  modelHash: z.string(),
  sizeBytes: z.int().positive(),
  architecture: z.string(),
  quantization: z.string(),
  trainContextTokens: z.int().positive(),
  /** What the memory gave room for. */
  contextTokens: z.int().positive(),
  sequences: z.int().positive(),
  llamaCppRelease: z.string(),
  /** `false` for the CPU, otherwise the GPU interface in use ("cuda", "vulkan", "metal"). */
  gpu: z.union([z.literal(false), z.string()]),
  deviceNames: z.array(z.string()),
  loadMs: z.number().nonnegative(),
})

export type LoadedModel = Readonly<z.infer<typeof loadedModelSchema>>

const mostOptions = 10
const mostChoices = 16

/** One reading of a question: the answer's probabilities right after `stub`. */
export const choiceSchema = z.strictObject({
  /** Choices with one name are readings of one question with its options in another order; they are averaged. */
  question: z.string(),
  /** Put into the model's mouth before its answer ("Answer 2:"); the question itself stands in the fixed part. */
  stub: z.string(),
  /** What each answer means, and its text, of which the first token that tells it from the others is read. */
  options: z
    .array(z.strictObject({ meaning: z.string(), answer: z.string().min(1) }))
    .min(2)
    .max(mostOptions),
})

export type Choice = Readonly<z.infer<typeof choiceSchema>>

export const rationaleRequestSchema = z.discriminatedUnion('when', [
  z.strictObject({
    when: z.literal('after'),
    /** `message`: a second user message asks for it. `continuation`: the model goes on in its own turn, which is faster. */
    as: z.enum(['message', 'continuation']),
    /** The words that ask, per answer of the first question; at a tie the first one listed is the answer. */
    prompts: z.array(z.strictObject({ meaning: z.string(), prompt: z.string() })).min(1),
    maxTokens: z.int().positive(),
  }),
  z.strictObject({
    when: z.literal('before'),
    /** Opens the model's reasoning, which the answers then follow. */
    opening: z.string(),
    maxTokens: z.int().positive(),
  }),
])

export const askModelSchema = z.strictObject({
  /** Instruction, questions and criteria: never changes, comes first, stays in the KV cache. */
  fixed: z.string(),
  /** The market, as text. */
  document: z.string(),
  /** More of it, most important first; what does not fit into the context is left out from the end. */
  extras: z.array(z.string()),
  choices: z
    .array(choiceSchema)
    .min(1)
    .max(mostChoices)
    .refine((all) => all.length === 1 || all.every(({ stub }) => stub !== ''), 'several choices need a stub each'),
  /** Null asks for no rationale. */
  rationale: rationaleRequestSchema.nullable(),
  seed: z.int().nonnegative(),
  temperature: z.number().nonnegative(),
  /** Whoever waits for a live market goes before a backtest. */
  priority: z.enum(['live', 'backtest']),
})

export type AskModel = Readonly<z.infer<typeof askModelSchema>>

export const questionAnswerSchema = z.object({
  question: z.string(),
  /** Per meaning; together 1. */
  probabilities: z.record(z.string(), z.number().min(0).max(1)),
  /** The largest difference that the order of the options made to one probability; null when one order was asked. */
  orderBias: z.number().min(0).max(1).nullable(),
})

export type QuestionAnswer = Readonly<z.infer<typeof questionAnswerSchema>>

export const modelAnswerSchema = z.object({
  /** One per question, in the order in which they were first asked. */
  answers: z.array(questionAnswerSchema).min(1),
  /** The model's text as it came, placeholders included; empty when none was asked for. */
  rationale: z.string(),
  /** Extras that did not fit. */
  leftOut: z.int().nonnegative(),
  tokens: tokenUsageSchema,
  decisionMs: z.number().nonnegative(),
  rationaleMs: z.number().nonnegative(),
  /** Time in line before a sequence was free. */
  waitedMs: z.number().nonnegative(),
})

export type ModelAnswer = Readonly<z.infer<typeof modelAnswerSchema>>

/** Stable codes of what can go wrong with a model. */
export const modelProblemCodeSchema = z.enum([
  'model_missing',
  'not_a_gguf',
  'model_broken',
  'adapter_broken',
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
  /** As many questions as there are sequences are answered at one time, the others wait. */
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
