import { writeFileSync } from 'node:fs'

/**
 * A llama-architecture GGUF file with random weights and a byte-level vocabulary: real enough for llama.cpp to load
 * and run, small enough to write in every test, and deaf to sense. Format: ggml/docs/gguf.md of llama.cpp.
 */
export interface TinyModel {
  readonly embedding: number
  readonly layers: number
  readonly heads: number
  readonly feedForward: number
  readonly contextTokens: number
  readonly seed: number
}

const tinyModel: TinyModel = {
  embedding: 32,
  layers: 2,
  heads: 2,
  feedForward: 64,
  contextTokens: 8192,
  seed: 1,
}

/** Writes the file and returns its path. */
export function writeTinyGguf(path: string, changes: Partial<TinyModel> = {}): string {
  writeFileSync(path, tinyGguf(changes))
  return path
}

export function tinyGguf(changes: Partial<TinyModel> = {}): Buffer {
  const model = { ...tinyModel, ...changes }
  const { tokens, types, merges } = byteVocabulary()
  const metadata = [
    text('general.architecture', 'llama'),
    text('general.name', 'Quartet test model'),
    uint32('general.file_type', fileTypeF32),
    uint32('llama.context_length', model.contextTokens),
    uint32('llama.embedding_length', model.embedding),
    uint32('llama.block_count', model.layers),
    uint32('llama.feed_forward_length', model.feedForward),
    uint32('llama.attention.head_count', model.heads),
    uint32('llama.attention.head_count_kv', model.heads),
    float32('llama.attention.layer_norm_rms_epsilon', 1e-5),
    text('tokenizer.ggml.model', 'gpt2'),
    text('tokenizer.ggml.pre', 'starcoder'),
    texts('tokenizer.ggml.tokens', tokens),
    int32s('tokenizer.ggml.token_type', types),
    texts('tokenizer.ggml.merges', merges),
    uint32('tokenizer.ggml.bos_token_id', 0),
    uint32('tokenizer.ggml.padding_token_id', 0),
    uint32('tokenizer.ggml.eos_token_id', 2),
    flag('tokenizer.ggml.add_bos_token', false),
    flag('tokenizer.ggml.add_eos_token', false),
    flag('tokenizer.ggml.add_space_prefix', false),
    text('tokenizer.chat_template', chatMl),
  ]
  const tensors = tensorsOf(model, tokens.length)
  let offset = 0
  const infos: Buffer[] = []
  const data: Buffer[] = []
  const random = mulberry32(model.seed)
  for (const { name, shape } of tensors) {
    const size = shape.reduce((product, length) => product * length, 1)
    const values = Float32Array.from({ length: size }, () => (shape.length === 1 ? 1 : (random() - 0.5) * weightSpread))
    const bytes = padded(Buffer.from(values.buffer))
    infos.push(Buffer.concat([ggufString(name), u32(shape.length), ...shape.map(u64), u32(typeF32), u64(offset)]))
    data.push(bytes)
    offset += bytes.length
  }
  const header = Buffer.concat([Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(metadata.length)])
  return Buffer.concat([padded(Buffer.concat([header, ...metadata, ...infos])), ...data])
}

const fileTypeF32 = 0
const typeF32 = 0
const alignment = 32
const weightSpread = 0.5

const chatMl =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"

function tensorsOf(model: TinyModel, vocabulary: number): { name: string; shape: number[] }[] {
  const { embedding, feedForward } = model
  const layers = Array.from({ length: model.layers }, (_, layer) => [
    { name: `blk.${layer}.attn_norm.weight`, shape: [embedding] },
    { name: `blk.${layer}.attn_q.weight`, shape: [embedding, embedding] },
    { name: `blk.${layer}.attn_k.weight`, shape: [embedding, embedding] },
    { name: `blk.${layer}.attn_v.weight`, shape: [embedding, embedding] },
    { name: `blk.${layer}.attn_output.weight`, shape: [embedding, embedding] },
    { name: `blk.${layer}.ffn_norm.weight`, shape: [embedding] },
    { name: `blk.${layer}.ffn_gate.weight`, shape: [embedding, feedForward] },
    { name: `blk.${layer}.ffn_up.weight`, shape: [embedding, feedForward] },
    { name: `blk.${layer}.ffn_down.weight`, shape: [feedForward, embedding] },
  ])
  return [
    { name: 'token_embd.weight', shape: [embedding, vocabulary] },
    { name: 'output_norm.weight', shape: [embedding] },
    ...layers.flat(),
  ]
}

/** Three control tokens, one token per byte in GPT-2's printable spelling, and one merge, since a list must not be empty. */
function byteVocabulary(): { tokens: string[]; types: number[]; merges: string[] } {
  const control = ['<|endoftext|>', '<|im_start|>', '<|im_end|>']
  let unprintable = 0
  const bytes = Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
    return String.fromCodePoint(printable ? byte : 256 + unprintable++)
  })
  const tokens = [...control, ...bytes, 'th']
  const controlType = 3
  const normalType = 1
  return {
    tokens,
    types: tokens.map((_, index) => (index < control.length ? controlType : normalType)),
    merges: ['t h'],
  }
}

/** A small seeded generator (mulberry32), so that the same seed gives the same file. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((alignment - (bytes.length % alignment)) % alignment)])
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function ggufString(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([u64(bytes.length), bytes])
}

const entry = (key: string, type: number, ...value: Buffer[]): Buffer =>
  Buffer.concat([ggufString(key), u32(type), ...value])
const uint32 = (key: string, value: number): Buffer => entry(key, 4, u32(value))
const text = (key: string, value: string): Buffer => entry(key, 8, ggufString(value))
const flag = (key: string, value: boolean): Buffer => entry(key, 7, Buffer.from([value ? 1 : 0]))
const texts = (key: string, values: string[]): Buffer =>
  entry(key, 9, u32(8), u64(values.length), ...values.map(ggufString))
const int32s = (key: string, values: number[]): Buffer => entry(key, 9, u32(5), u64(values.length), ...values.map(u32))

function float32(key: string, value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return entry(key, 6, bytes)
}
