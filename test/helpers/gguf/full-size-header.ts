import { truncateSync, writeFileSync } from 'node:fs'
import { float32, text, u64, uint32 } from './gguf-bytes'
import { realVocabulary } from './vocabulary'

/**
 * The header of a model of full size, with the dimensions that its makers publish and the real vocabulary; the weights
 * behind it are a hole in the file. It cannot be loaded, but everything that is known from a header is as in the real one.
 */
export function writeFullSizeHeader(path: string, name: FullSizeModel): string {
  const { architecture, vocabulary, layers, embedding, feedForward, heads, keyValueHeads, contextTokens } = models[name]
  const words = realVocabulary(vocabulary)
  const keyValue = (embedding / heads) * keyValueHeads
  const key = (last: string): string => `${architecture}.${last}`
  const metadata = [
    text('general.architecture', architecture),
    text('general.name', name),
    uint32('general.file_type', mostlyQ4KM),
    uint32(key('context_length'), contextTokens),
    uint32(key('embedding_length'), embedding),
    uint32(key('block_count'), layers),
    uint32(key('feed_forward_length'), feedForward),
    uint32(key('attention.head_count'), heads),
    uint32(key('attention.head_count_kv'), keyValueHeads),
    uint32(key('rope.dimension_count'), embedding / heads),
    float32(key('attention.layer_norm_rms_epsilon'), 1e-5),
    ...words.metadata,
  ]
  const attention: Shape[] =
    architecture === 'phi3'
      ? [['attn_qkv', embedding, embedding + 2 * keyValue]]
      : [
          ['attn_q', embedding, embedding],
          ['attn_k', embedding, keyValue],
          ['attn_v', embedding, keyValue],
        ]
  const feed: Shape[] =
    architecture === 'phi3'
      ? [['ffn_up', embedding, 2 * feedForward]]
      : [
          ['ffn_gate', embedding, feedForward],
          ['ffn_up', embedding, feedForward],
        ]
  const layer: Shape[] = [
    ['attn_norm', embedding],
    ['ffn_norm', embedding],
    ...attention,
    ['attn_output', embedding, embedding],
    ...feed,
    ['ffn_down', feedForward, embedding],
  ]
  const biases: Shape[] =
    architecture === 'qwen2'
      ? [
          ['attn_q', embedding],
          ['attn_k', keyValue],
          ['attn_v', keyValue],
        ]
      : []
  const tensors = [
    ...named('', [
      ['token_embd', embedding, words.size],
      ['output_norm', embedding],
      ['output', embedding, words.size],
    ]),
    ...Array.from({ length: layers }, (_, at) => [
      ...named(`blk.${at}.`, layer),
      ...named(`blk.${at}.`, biases, 'bias'),
    ]).flat(),
  ]
  let offset = 0
  const infos = tensors.map(({ name: tensor, lengths, type, bytes }) => {
    const info = Buffer.concat([string(tensor), u32(lengths.length), ...lengths.map(u64), u32(type), u64(offset)])
    offset += aligned(bytes)
    return info
  })
  const counts = [u64(tensors.length), u64(metadata.length)]
  const header = Buffer.concat([Buffer.from('GGUF'), u32(3), ...counts, ...metadata, ...infos])
  writeFileSync(path, header)
  truncateSync(path, aligned(header.length) + offset)
  return path
}

export type FullSizeModel = keyof typeof models

/** `config.json` of each model. */
const models = {
  'Llama-2-7B': {
    architecture: 'llama',
    vocabulary: 'llama-spm',
    layers: 32,
    embedding: 4096,
    feedForward: 11_008,
    heads: 32,
    keyValueHeads: 32,
    contextTokens: 4096,
  },
  'Qwen2.5-Coder-7B': {
    architecture: 'qwen2',
    vocabulary: 'qwen2',
    layers: 28,
    embedding: 3584,
    feedForward: 18_944,
    heads: 28,
    keyValueHeads: 4,
    contextTokens: 32_768,
  },
  'Phi-3-mini': {
    architecture: 'phi3',
    vocabulary: 'phi-3',
    layers: 32,
    embedding: 3072,
    feedForward: 8192,
    heads: 32,
    keyValueHeads: 32,
    contextTokens: 131_072,
  },
} as const

const mostlyQ4KM = 15
const f32 = { type: 0, weights: 1, bytes: 4 }
const q4K = { type: 12, weights: 256, bytes: 144 }
const alignment = 32

type Shape = readonly [name: string, ...lengths: number[]]

function named(prefix: string, shapes: readonly Shape[], end = 'weight') {
  return shapes.map(([name, ...lengths]) => {
    const stored = lengths.length === 1 ? f32 : q4K
    const elements = lengths.reduce((product, length) => product * length, 1)
    const bytes = (elements / stored.weights) * stored.bytes
    return { name: `${prefix}${name}.${end}`, lengths, type: stored.type, bytes }
  })
}

function aligned(length: number): number {
  return Math.ceil(length / alignment) * alignment
}

function u32(value: number): Buffer {
  return Buffer.from(Uint32Array.of(value).buffer)
}

function string(value: string): Buffer {
  return Buffer.concat([u64(value.length), Buffer.from(value)])
}
