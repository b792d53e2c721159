import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { flag, int32s, metadataEntries, text, texts, uint32 } from './gguf-bytes'

/** A model's tokenizer as GGUF metadata, without a chat template. */
export interface Vocabulary {
  readonly metadata: readonly Buffer[]
  readonly size: number
}

/**
 * Three control tokens, one token per byte in GPT-2's printable spelling, and one merge, since a list must not be
 * empty: enough for any text, one token a byte. `lacking`: characters that it has no token for.
 */
export function byteVocabulary(lacking = ''): Vocabulary {
  const control = ['<|endoftext|>', '<|im_start|>', '<|im_end|>']
  let unprintable = 0
  const bytes = Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
    return String.fromCodePoint(printable ? byte : 256 + unprintable++)
  })
  const tokens = [...control, ...bytes.filter((character) => !lacking.includes(character)), 'th']
  const controlType = 3
  const normalType = 1
  return {
    size: tokens.length,
    metadata: [
      text('tokenizer.ggml.model', 'gpt2'),
      text('tokenizer.ggml.pre', 'starcoder'),
      texts('tokenizer.ggml.tokens', tokens),
      int32s(
        'tokenizer.ggml.token_type',
        tokens.map((_, index) => (index < control.length ? controlType : normalType)),
      ),
      texts('tokenizer.ggml.merges', ['t h']),
      uint32('tokenizer.ggml.bos_token_id', 0),
      uint32('tokenizer.ggml.padding_token_id', 0),
      uint32('tokenizer.ggml.eos_token_id', 2),
      flag('tokenizer.ggml.add_bos_token', false),
      flag('tokenizer.ggml.add_eos_token', false),
      flag('tokenizer.ggml.add_space_prefix', false),
    ],
  }
}

/** Vocabularies of real models that llama.cpp keeps for its own tokenizer tests. */
export type RealVocabulary = 'llama-spm' | 'qwen2' | 'phi-3' | 'deepseek-coder'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const bundle = join(root, 'node_modules', 'node-llama-cpp', 'llama', 'gitRelease.bundle')
/** Named after the bundle's size, so that a new release is unpacked anew. */
const unpackedDir = (): string => join(root, '.cache', `llama-cpp-${statSync(bundle).size}`)

/** The real tokenizer, read from llama.cpp's repository as node-llama-cpp carries it. */
export function realVocabulary(name: RealVocabulary): Vocabulary {
  const entries = metadataEntries(llamaCppFile(`models/ggml-vocab-${name}.gguf`)).filter(
    ({ key }) => key.startsWith('tokenizer.') && key !== 'tokenizer.chat_template',
  )
  const tokens = entries.find(({ key }) => key === 'tokenizer.ggml.tokens')
  if (tokens === undefined) throw new Error(`The vocabulary ${name} has no tokens`)
  const countAt = 8 + tokens.key.length + 4 + 4
  return { metadata: entries.map(({ bytes }) => bytes), size: Number(tokens.bytes.readBigUInt64LE(countAt)) }
}

/** Texts and their tokens, as llama.cpp's own tokenizer tests have them. */
export function tokenizerCases(name: RealVocabulary): { readonly text: string; readonly tokens: readonly number[] }[] {
  const inputs = llamaCppFile(`models/ggml-vocab-${name}.gguf.inp`).toString('utf8').split('\n__ggml_vocab_test__\n')
  const outputs = llamaCppFile(`models/ggml-vocab-${name}.gguf.out`).toString('utf8').split('\n')
  return inputs.map((input, index) => ({
    text: input,
    tokens: (outputs[index] ?? '').split(' ').filter(Boolean).map(Number),
  }))
}

/** A file of llama.cpp's repository at the release that node-llama-cpp is built from. */
export function llamaCppFile(path: string): Buffer {
  const dir = unpackedDir()
  if (!existsSync(dir)) {
    const unfinished = `${dir}.${process.pid}`
    execFileSync('git', ['clone', '--quiet', '--bare', bundle, unfinished], { stdio: ['ignore', 'ignore', 'pipe'] })
    try {
      renameSync(unfinished, dir)
    } catch (error) {
      // Another test file was faster.
      if (!existsSync(dir)) throw error
    }
  }
  const copy = join(dir, `copy-of-${path.replaceAll('/', '-')}`)
  if (existsSync(copy)) return readFileSync(copy)
  const bytes = execFileSync('git', ['--git-dir', dir, 'show', `HEAD:${path}`], { maxBuffer: 64 * 1024 * 1024 })
  mkdirSync(dir, { recursive: true })
  writeFileSync(`${copy}.${process.pid}`, bytes)
  renameSync(`${copy}.${process.pid}`, copy)
  return bytes
}
