import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import type { ModelProblemCode } from '@shared/contract/inference'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { GgmlType, GgufFileType, type GgufTensorInfo, readGgufFileInfo } from 'node-llama-cpp'
import { z } from 'zod'
import { checkGgufBounds } from './model-files/gguf-bounds'

/**
 * A model file, checked before llama.cpp sees it: llama.cpp maps the file, and a tensor that reaches past its end is
 * no error there but a dead process.
 */
export interface GgufFile {
  readonly sizeBytes: number
  /** SHA-256 of the whole file, in hex. */
  readonly sha256: string
  readonly architecture: string
  /** `general.file_type` by its usual name ("Q8_0"). */
  readonly quantization: string
  /** Tokens of context the model was trained with. */
  readonly trainContextTokens: number
  /** Up to so many tokens positions are told apart as in the first training; a longer context changes every answer. */
  readonly firstContextTokens: number
  /** Keys and values are kept in a compressed form (DeepSeek's MLA). */
  readonly latentAttention: boolean
}

const magic = 'GGUF'

/** Problems: `model_missing`, `not_a_gguf`, `model_broken`. Reads the whole file once, for its hash. */
export async function checkGgufFile(path: string): Promise<Outcome<GgufFile, ModelProblemCode>> {
  const start = await readStart(path)
  if (!start.ok) return start
  const { sizeBytes, firstBytes } = start.value
  if (sizeBytes < magic.length && magic.startsWith(firstBytes) && sizeBytes > 0) {
    return broken(path, `it ends after ${sizeBytes} bytes`)
  }
  if (firstBytes !== magic) {
    return failure('not_a_gguf', `${path} is not a GGUF model file: it does not start with "${magic}". Choose another.`)
  }
  // node-llama-cpp's reader takes every count on trust and would never end on some of them.
  const bounds = await checkGgufBounds(path)
  if (!bounds.ok) return broken(path, 'its header is cut short, or promises more than any model has')
  try {
    const info = await readGgufFileInfo(path, { sourceType: 'filesystem', spliceSplitFiles: false, logWarnings: false })
    const neededBytes = Math.max(info.infoEndOffset ?? 0, ...(info.tensorInfo ?? []).map(tensorEnd))
    if (!(neededBytes <= sizeBytes)) {
      return broken(path, `its header describes ${neededBytes} bytes, but the file has ${sizeBytes}`)
    }
    const { general } = info.metadata
    if (typeof general?.architecture !== 'string' || (info.tensorInfo ?? []).length === 0) {
      return broken(path, 'its header names no architecture or holds no tensors')
    }
    const trainContextTokens = Number(info.architectureMetadata.context_length ?? 0)
    return success({
      sizeBytes,
      sha256: await sha256OfFile(path),
      architecture: general.architecture,
      quantization: quantizationName(general.file_type),
      trainContextTokens,
      firstContextTokens: Math.min(trainContextTokens, originalContextTokens(info.architectureMetadata)),
      latentAttention: hasLatentAttention(info.architectureMetadata),
    })
  } catch (cause) {
    return broken(path, cause instanceof Error ? cause.message : String(cause))
  }
}

const latentAttentionSchema = z.object({ attention: z.object({ key_length_mla: z.number().positive() }) })

function hasLatentAttention(metadata: unknown): boolean {
  return latentAttentionSchema.safeParse(metadata).success
}

const scaledPositionsSchema = z.object({
  rope: z.object({ scaling: z.object({ original_context_length: z.number().positive() }) }),
})

/** Before the positions were stretched (Phi-3's 128k, DeepSeek's 160k); infinite where they were not. */
function originalContextTokens(metadata: unknown): number {
  const stretched = scaledPositionsSchema.safeParse(metadata)
  return stretched.success ? stretched.data.rope.scaling.original_context_length : Number.POSITIVE_INFINITY
}

function broken(path: string, what: string): Outcome<never, ModelProblemCode> {
  return failure('model_broken', `${path} is cut short or damaged: ${what}. Download or copy it again.`)
}

async function readStart(path: string): Promise<Outcome<{ sizeBytes: number; firstBytes: string }, ModelProblemCode>> {
  try {
    // Before it is opened: a pipe would keep whoever opens it waiting for a writer.
    if (!(await stat(path)).isFile()) {
      return failure('not_a_gguf', `${path} is not a file. Choose a GGUF model file.`)
    }
    const file = await open(path, 'r')
    try {
      const { size } = await file.stat()
      const { buffer, bytesRead } = await file.read(Buffer.alloc(magic.length), 0, magic.length, 0)
      return success({ sizeBytes: size, firstBytes: buffer.toString('latin1', 0, bytesRead) })
    } finally {
      await file.close()
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    return failure('model_missing', `The model file ${path} cannot be read (${why}). Check the path in the settings.`)
  }
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk)
  return hash.digest('hex')
}

function quantizationName(fileType: number | undefined): string {
  const name = fileType === undefined ? undefined : GgufFileType[fileType]
  return name === undefined ? 'unknown' : name.replace(/^(MOSTLY|ALL)_/, '')
}

/**
 * Weights per block and bytes per block of llama.cpp's storage types (ggml-common.h). A type that is not listed is
 * taken at one byte per block of 256 weights, which is less than any type needs: its start is checked, not its end.
 */
const blocks: ReadonlyMap<number, readonly [weights: number, bytes: number]> = new Map([
  [GgmlType.F32, [1, 4]],
  [GgmlType.F16, [1, 2]],
  [GgmlType.BF16, [1, 2]],
  [GgmlType.Q4_0, [32, 18]],
  [GgmlType.Q4_1, [32, 20]],
  [GgmlType.Q5_0, [32, 22]],
  [GgmlType.Q5_1, [32, 24]],
  [GgmlType.Q8_0, [32, 34]],
  [GgmlType.Q8_1, [32, 36]],
  [GgmlType.Q2_K, [256, 84]],
  [GgmlType.Q3_K, [256, 110]],
  [GgmlType.Q4_K, [256, 144]],
  [GgmlType.Q5_K, [256, 176]],
  [GgmlType.Q6_K, [256, 210]],
  [GgmlType.Q8_K, [256, 292]],
  [GgmlType.IQ2_XXS, [256, 66]],
  [GgmlType.IQ2_XS, [256, 74]],
  [GgmlType.IQ2_S, [256, 82]],
  [GgmlType.IQ3_XXS, [256, 98]],
  [GgmlType.IQ3_S, [256, 110]],
  [GgmlType.IQ1_S, [256, 50]],
  [GgmlType.IQ1_M, [256, 56]],
  [GgmlType.IQ4_NL, [32, 18]],
  [GgmlType.IQ4_XS, [256, 136]],
  [GgmlType.I8, [1, 1]],
  [GgmlType.I16, [1, 2]],
  [GgmlType.I32, [1, 4]],
  [GgmlType.I64, [1, 8]],
  [GgmlType.F64, [1, 8]],
])
const leastDense: readonly [number, number] = [256, 1]

/** First byte after the tensor, counted from the start of the file. */
function tensorEnd(tensor: GgufTensorInfo): number {
  const [weights, bytes] = blocks.get(tensor.ggmlType) ?? leastDense
  const elements = tensor.dimensions.reduce<number>((product, size) => product * Number(size), 1)
  return Number(tensor.fileOffset) + Math.ceil(elements / weights) * bytes
}
