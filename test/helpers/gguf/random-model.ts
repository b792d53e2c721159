import { closeSync, openSync, writeSync } from 'node:fs'
import { flag, float32, type GgufTensor, ggufParts, text, uint32 } from './gguf-bytes'
import { realVocabulary, type Vocabulary } from './vocabulary'
import { fileTypeOf, randomTensor, seededRandom, type WeightType } from './weights'

/**
 * Models of the desk's four architectures with random weights and real tokenizers: they load, tokenize, template,
 * decide and write like the real ones, and what they say is nonsense.
 */
export type Architecture = 'llama' | 'qwen2' | 'phi3' | 'deepseek2' | 'deepseek2-mla'

export interface RandomModel {
  readonly architecture: Architecture
  readonly weights: WeightType
  readonly embedding?: number
  readonly layers?: number
  readonly heads?: number
  readonly feedForward?: number
  readonly contextTokens?: number
  readonly seed?: number
  /** Width of the range of weights; NaN makes a model of nothing but NaN. */
  readonly spread?: number
  readonly vocabulary?: Vocabulary
  /** Null leaves the template out, as base models do. */
  readonly chatTemplate?: string | null
  /** Entries that overwrite nothing and come last: for headers that tell tales. */
  readonly extraMetadata?: readonly Buffer[]
}

interface Shape {
  readonly embedding: number
  readonly layers: number
  readonly heads: number
  readonly feedForward: number
}

/** Writes the file and returns its path. */
export function writeRandomModel(path: string, model: RandomModel): string {
  const file = openSync(path, 'w')
  try {
    for (const part of randomModelParts(model)) writeSync(file, part)
  } finally {
    closeSync(file)
  }
  return path
}

/** The file's parts in order. */
export function randomModelParts(model: RandomModel): Buffer[] {
  const plan = plans[model.architecture]
  const vocabulary = model.vocabulary ?? realVocabulary(plan.vocabulary)
  const shape = {
    embedding: model.embedding ?? 64,
    layers: model.layers ?? plan.layers,
    heads: model.heads ?? 2,
    feedForward: model.feedForward ?? 96,
  }
  const template = model.chatTemplate === undefined ? plan.chatTemplate : model.chatTemplate
  const metadata = [
    text('general.architecture', plan.architecture),
    text('general.name', `Quartet test model (${model.architecture})`),
    uint32('general.file_type', fileTypeOf[model.weights]),
    ...shared(plan.architecture, shape, model.contextTokens ?? 8192, vocabulary.size),
    ...plan.metadata(shape),
    ...vocabulary.metadata,
    ...(template === null ? [] : [text('tokenizer.chat_template', template)]),
    ...(model.extraMetadata ?? []),
  ]
  const random = seededRandom(model.seed ?? 1)
  const tensors: GgufTensor[] = [
    { name: 'token_embd.weight', shape: [shape.embedding, vocabulary.size] },
    { name: 'output_norm.weight', shape: [shape.embedding] },
    ...Array.from({ length: shape.layers }, (_, layer) =>
      plan.layer(shape, layer).map(({ name, shape: lengths }) => ({ name: `blk.${layer}.${name}`, shape: lengths })),
    ).flat(),
  ].map(({ name, shape: lengths }) => {
    const weights = alwaysFloats.test(name) ? 'F32' : model.weights
    return randomTensor(name, lengths, weights, model.spread ?? weightSpread, random)
  })
  return ggufParts(metadata, tensors)
}

/**
 * llama.cpp aborts on these where the processor has AMX and they are stored in a type that AMX takes: it places them
 * there, and then multiplies with a matrix that is not contiguous (ggml-cpu/amx/amx.cpp, seen with llama.cpp v0.5.0).
 */
const alwaysFloats = /attn_[kv]_b[.]weight$/

/** Wide enough that the options differ, narrow enough that nothing overflows in F16. */
const weightSpread = 0.25

function shared(architecture: string, shape: Shape, contextTokens: number, vocabularySize: number): Buffer[] {
  return [
    uint32(`${architecture}.context_length`, contextTokens),
    uint32(`${architecture}.embedding_length`, shape.embedding),
    uint32(`${architecture}.block_count`, shape.layers),
    uint32(`${architecture}.feed_forward_length`, shape.feedForward),
    uint32(`${architecture}.attention.head_count`, shape.heads),
    float32(`${architecture}.attention.layer_norm_rms_epsilon`, 1e-5),
    uint32(`${architecture}.vocab_size`, vocabularySize),
  ]
}

interface TensorShape {
  readonly name: string
  readonly shape: readonly number[]
}

interface Plan {
  readonly architecture: string
  readonly vocabulary: Parameters<typeof realVocabulary>[0]
  readonly layers: number
  readonly chatTemplate: string | null
  metadata(shape: Shape): Buffer[]
  /** Weights of one layer (src/models/*.cpp of llama.cpp). */
  layer(shape: Shape, layer: number): TensorShape[]
}

const attention = ({ embedding }: Shape): TensorShape[] => [
  { name: 'attn_norm.weight', shape: [embedding] },
  { name: 'attn_q.weight', shape: [embedding, embedding] },
  { name: 'attn_k.weight', shape: [embedding, embedding] },
  { name: 'attn_v.weight', shape: [embedding, embedding] },
  { name: 'attn_output.weight', shape: [embedding, embedding] },
]

const gatedFeedForward = ({ embedding, feedForward }: Shape): TensorShape[] => [
  { name: 'ffn_norm.weight', shape: [embedding] },
  { name: 'ffn_gate.weight', shape: [embedding, feedForward] },
  { name: 'ffn_up.weight', shape: [embedding, feedForward] },
  { name: 'ffn_down.weight', shape: [feedForward, embedding] },
]

export const chatMl =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"

/** The published forms of the models' templates, in few words. */
const phi3Template =
  "{% for message in messages %}{{'<|' + message['role'] + '|>\\n' + message['content'] + '<|end|>\\n'}}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}"
const deepseekTemplate =
  "{% for message in messages %}{% if message['role'] == 'user' %}{{ 'User: ' + message['content'] + '\\n\\n' }}" +
  "{% elif message['role'] == 'assistant' %}{{ 'Assistant: ' + message['content'] + eos_token }}" +
  "{% elif message['role'] == 'system' %}{{ message['content'] + '\\n\\n' }}{% endif %}{% endfor %}" +
  "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"

/** DeepSeek-V2-Lite: no low rank for queries, one dense layer, then experts; llama.cpp knows it by its 27 layers. */
const deepseek = { layers: 27, rope: 32, nope: 32, value: 32, keyValueRank: 64, experts: 4, expertsUsed: 2, expert: 32 }

function deepseekPlan(latentAttention: boolean): Plan {
  const { rope, nope, value, keyValueRank, experts, expert } = deepseek
  return {
    architecture: 'deepseek2',
    vocabulary: 'deepseek-coder',
    layers: deepseek.layers,
    chatTemplate: deepseekTemplate,
    metadata: ({ heads }) => [
      uint32('deepseek2.attention.head_count_kv', latentAttention ? 1 : heads),
      uint32('deepseek2.attention.key_length', latentAttention ? keyValueRank + rope : nope + rope),
      uint32('deepseek2.attention.value_length', latentAttention ? keyValueRank : value),
      ...(latentAttention
        ? [
            uint32('deepseek2.attention.key_length_mla', nope + rope),
            uint32('deepseek2.attention.value_length_mla', value),
          ]
        : []),
      uint32('deepseek2.attention.kv_lora_rank', keyValueRank),
      uint32('deepseek2.rope.dimension_count', rope),
      uint32('deepseek2.leading_dense_block_count', 1),
      uint32('deepseek2.expert_count', experts),
      uint32('deepseek2.expert_used_count', deepseek.expertsUsed),
      uint32('deepseek2.expert_shared_count', 1),
      uint32('deepseek2.expert_feed_forward_length', expert),
      float32('deepseek2.expert_weights_scale', 1),
      flag('deepseek2.expert_weights_norm', false),
    ],
    layer: (shape, layer) => {
      const { embedding, heads } = shape
      const keysAndValues = latentAttention
        ? [
            { name: 'attn_k_b.weight', shape: [nope, keyValueRank, heads] },
            { name: 'attn_v_b.weight', shape: [keyValueRank, value, heads] },
          ]
        : [{ name: 'attn_kv_b.weight', shape: [keyValueRank, heads * (nope + value)] }]
      return [
        { name: 'attn_norm.weight', shape: [embedding] },
        { name: 'attn_kv_a_norm.weight', shape: [keyValueRank] },
        { name: 'attn_q.weight', shape: [embedding, heads * (nope + rope)] },
        { name: 'attn_kv_a_mqa.weight', shape: [embedding, keyValueRank + rope] },
        ...keysAndValues,
        { name: 'attn_output.weight', shape: [heads * value, embedding] },
        ...(layer === 0
          ? gatedFeedForward(shape)
          : [
              { name: 'ffn_norm.weight', shape: [embedding] },
              { name: 'ffn_gate_inp.weight', shape: [embedding, experts] },
              { name: 'ffn_down_exps.weight', shape: [expert, embedding, experts] },
              { name: 'ffn_gate_exps.weight', shape: [embedding, expert, experts] },
              { name: 'ffn_up_exps.weight', shape: [embedding, expert, experts] },
              { name: 'ffn_gate_shexp.weight', shape: [embedding, expert] },
              { name: 'ffn_down_shexp.weight', shape: [expert, embedding] },
              { name: 'ffn_up_shexp.weight', shape: [embedding, expert] },
            ]),
      ]
    },
  }
}

const plans: Readonly<Record<Architecture, Plan>> = {
  llama: {
    architecture: 'llama',
    vocabulary: 'llama-spm',
    layers: 2,
    chatTemplate: null,
    metadata: ({ heads }) => [uint32('llama.attention.head_count_kv', heads)],
    layer: (shape) => [...attention(shape), ...gatedFeedForward(shape)],
  },
  qwen2: {
    architecture: 'qwen2',
    vocabulary: 'qwen2',
    layers: 2,
    chatTemplate: chatMl,
    metadata: ({ heads }) => [uint32('qwen2.attention.head_count_kv', heads)],
    layer: (shape) => [
      ...attention(shape),
      ...['attn_q', 'attn_k', 'attn_v'].map((name) => ({ name: `${name}.bias`, shape: [shape.embedding] })),
      ...gatedFeedForward(shape),
    ],
  },
  phi3: {
    architecture: 'phi3',
    vocabulary: 'phi-3',
    layers: 2,
    chatTemplate: phi3Template,
    metadata: ({ embedding, heads }) => [
      uint32('phi3.attention.head_count_kv', heads),
      uint32('phi3.rope.dimension_count', embedding / heads),
      uint32('phi3.attention.sliding_window', 2047),
    ],
    layer: ({ embedding, feedForward }) => [
      { name: 'attn_norm.weight', shape: [embedding] },
      { name: 'attn_qkv.weight', shape: [embedding, 3 * embedding] },
      { name: 'attn_output.weight', shape: [embedding, embedding] },
      { name: 'ffn_norm.weight', shape: [embedding] },
      { name: 'ffn_up.weight', shape: [embedding, 2 * feedForward] },
      { name: 'ffn_down.weight', shape: [feedForward, embedding] },
    ],
  },
  deepseek2: deepseekPlan(false),
  'deepseek2-mla': deepseekPlan(true),
}
