import { z } from 'zod'
import { repositoryPathSchema, repositorySchema, revisionSchema, sha256Schema } from './catalogue'

/**
 * The calls between the engine and the model-files child: the program that reads, measures and fetches model files, so
 * that neither native code nor gigabytes of hashing run inside the engine. The engine is the caller; the child answers,
 * and tells how a transfer goes.
 */
const bytes = z.number().nonnegative()

/** A place on the hub (Hugging Face, or the mirror that HF_ENDPOINT names). */
export const hubPlaceSchema = z.strictObject({
  repository: repositorySchema,
  revision: revisionSchema,
  file: repositoryPathSchema,
})

export type HubPlace = Readonly<z.infer<typeof hubPlaceSchema>>

export const modelSourceSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('file'), path: z.string() }),
  z.strictObject({ kind: z.literal('hub'), place: hubPlaceSchema }),
])

export type ModelSource = Readonly<z.infer<typeof modelSourceSchema>>

export const memorySchema = z.object({ totalBytes: bytes, freeBytes: bytes })

/** What this machine offers a model. */
export const machineSchema = z.object({
  /** `false` for the CPU, otherwise the GPU interface in use ("cuda", "vulkan", "metal"). */
  gpu: z.union([z.literal(false), z.string()]),
  deviceNames: z.array(z.string()),
  /** All zero without a GPU. `unifiedBytes` of it are the machine's own memory (Apple silicon). */
  vram: memorySchema.extend({ unifiedBytes: bytes }),
  ram: memorySchema,
  cpu: z.object({ name: z.string(), cores: z.int().positive() }),
  llamaCppRelease: z.string(),
})

export type Machine = Readonly<z.infer<typeof machineSchema>>

/** What the header of a GGUF file says. Everything in it was written by a stranger. */
export const ggufHeaderSchema = z.object({
  sizeBytes: bytes,
  architecture: z.string(),
  name: z.string(),
  quantization: z.string(),
  parameters: z.number().nonnegative(),
  layers: z.int().nonnegative(),
  trainContextTokens: z.int().nonnegative(),
  vocabularySize: z.int().nonnegative(),
  hasChatTemplate: z.boolean(),
  licence: z.string(),
})

export type GgufHeader = Readonly<z.infer<typeof ggufHeaderSchema>>

export const fitRequestSchema = z.strictObject({
  source: modelSourceSchema,
  gpu: z.enum(['auto', 'off']),
  contextTokens: z.int().positive(),
  /** The slot's cap; the answer holds what memory allows. */
  maxSequences: z.int().positive(),
  /** Figures of another machine, or null for this one. */
  machine: machineSchema.nullable(),
})

export type FitRequest = Readonly<z.infer<typeof fitRequestSchema>>

/** Whether and how a model fits into a machine: an estimate before anything is loaded. */
export const fitSchema = z.object({
  fits: z.boolean(),
  /** In words: where it runs, or what is missing. */
  reason: z.string(),
  gpuLayers: z.int().nonnegative(),
  totalLayers: z.int().nonnegative(),
  /** Tokens of context of each sequence. */
  contextTokens: z.int().nonnegative(),
  /** Questions that can be answered side by side; zero when the model does not fit. */
  sequences: z.int().nonnegative(),
  /** Of the model and its context with that many sequences. */
  vramBytes: bytes,
  ramBytes: bytes,
  /** node-llama-cpp's own score from 0 to 1. */
  score: z.number(),
  speed: z.object({
    /** Generation, from 0.5 to 0.8 of memory bandwidth over the bytes read per token. An estimate, not a measurement. */
    lowTokensPerSecond: z.number().nonnegative(),
    highTokensPerSecond: z.number().nonnegative(),
    bandwidthGBps: z.number().positive(),
    /** `device`: the known figure of the named device; `assumed`: an ordinary machine's. */
    bandwidthFrom: z.enum(['device', 'assumed']),
    readBytesPerToken: bytes,
  }),
})

export type Fit = Readonly<z.infer<typeof fitSchema>>

export const transferRequestSchema = z.strictObject({
  transferId: z.string().min(1).max(100),
  place: hubPlaceSchema,
  /** Where the whole, checked file will lie. Beside it stand `<path>.partial` and, after a wrong hash, `<path>.refused`. */
  path: z.string(),
  bytes: z.int().positive().nullable(),
  aboutBytes: z.int().positive(),
  sha256: sha256Schema.nullable(),
  /** Another hash than `sha256` that the trader knowingly accepts. */
  acceptSha256: sha256Schema.nullable(),
  /** No byte for this long, and the connection is given up and taken up again. */
  stallMs: z.int().positive(),
  /** Attempts in a row without progress; then the transfer ends and keeps what it has. */
  fruitlessAttempts: z.int().positive(),
  /** First pause after a failed attempt; each further one without progress waits twice as long. */
  backoffMs: z.int().nonnegative(),
  /** What must stay free on the disk. */
  reserveBytes: bytes,
})

export type TransferRequest = Readonly<z.infer<typeof transferRequestSchema>>

export const transferProgressSchema = z.object({
  transferId: z.string(),
  phase: z.enum(['asking', 'receiving', 'waiting', 'hashing']),
  receivedBytes: bytes,
  totalBytes: bytes.nullable(),
  bytesPerSecond: bytes,
  secondsLeft: bytes.nullable(),
  /** Why it waits, in words; otherwise empty. */
  note: z.string(),
})

export type TransferProgress = Readonly<z.infer<typeof transferProgressSchema>>

export const fetchedFileSchema = z.object({
  path: z.string(),
  sizeBytes: bytes,
  sha256: sha256Schema,
  /** The commit that the hub named; empty where it named none. */
  commit: z.string(),
  attempts: z.int().nonnegative(),
})

export type FetchedFile = Readonly<z.infer<typeof fetchedFileSchema>>

/** Stable codes of what can go wrong with a model file. */
export const modelFilesProblemCodeSchema = z.enum([
  'model_missing',
  'not_a_gguf',
  'model_broken',
  'token_needed',
  'access_denied',
  'not_found',
  'rate_limited',
  'hub_unusable',
  'network_failed',
  'stalled',
  'size_mismatch',
  'hash_mismatch',
  'disk_full',
  'file_unwritable',
  'transfer_running',
  'cancelled',
  'model_files_exited',
])

export type ModelFilesProblemCode = z.infer<typeof modelFilesProblemCodeSchema>

/** What the child is asked; it checks every argument before it acts. */
export const modelFilesCallArguments = {
  machine: z.tuple([z.strictObject({ gpu: z.enum(['auto', 'off']) })]),
  header: z.tuple([modelSourceSchema]),
  /** Reads the whole file once. */
  hash: z.tuple([z.strictObject({ path: z.string() })]),
  fit: z.tuple([fitRequestSchema]),
  /** A short text of a repository, such as its licence. */
  text: z.tuple([hubPlaceSchema]),
  transfer: z.tuple([transferRequestSchema]),
  /** The transfer ends with `cancelled` and keeps what it has. */
  cancel: z.tuple([z.string()]),
  stop: z.tuple([]),
}

const problemSchema = z.object({
  ok: z.literal(false),
  problem: z.object({ code: modelFilesProblemCodeSchema, message: z.string() }),
})

const successSchema = <Value extends z.ZodType>(value: Value) => z.object({ ok: z.literal(true), value })

/** What the child answers; the engine checks every answer before it believes it. */
export const modelFilesCallAnswers = {
  machine: z.discriminatedUnion('ok', [successSchema(machineSchema), problemSchema]),
  header: z.discriminatedUnion('ok', [successSchema(ggufHeaderSchema), problemSchema]),
  hash: z.discriminatedUnion('ok', [
    successSchema(z.object({ sizeBytes: bytes, mtimeMs: z.number(), sha256: sha256Schema })),
    problemSchema,
  ]),
  /** With the header that it was judged by: a remote one is fetched once. */
  fit: z.discriminatedUnion('ok', [
    successSchema(z.object({ header: ggufHeaderSchema, fit: fitSchema })),
    problemSchema,
  ]),
  text: z.discriminatedUnion('ok', [successSchema(z.object({ text: z.string() })), problemSchema]),
  transfer: z.discriminatedUnion('ok', [successSchema(fetchedFileSchema), problemSchema]),
}

export type ModelFilesCalls = {
  [Name in keyof typeof modelFilesCallArguments]: (
    ...args: z.infer<(typeof modelFilesCallArguments)[Name]>
  ) => Promise<unknown>
}

export interface ModelFilesPushes {
  transferChanged(progress: TransferProgress): void
}

/** One message on the child's IPC channel: a birpc request or response of either side. */
export const modelFilesFrameSchema = z.strictObject({
  message: z.discriminatedUnion('t', [
    z.object({ t: z.literal('q'), m: z.string(), a: z.array(z.unknown()), i: z.string().optional() }),
    z.object({ t: z.literal('s'), i: z.string(), r: z.unknown().optional(), e: z.unknown().optional() }),
  ]),
})
