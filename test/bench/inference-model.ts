import { join } from 'node:path'
import { writeRandomModel } from '../helpers/gguf/random-model'

/**
 * A Phi-3 of about 250 million random weights in 4 bits: what it says is nonsense, what it costs is not. Its tokenizer
 * is the real one, so that prompts have their real lengths.
 */
export function writeBenchModel(dir: string): string {
  return writeRandomModel(join(dir, 'bench.gguf'), {
    architecture: 'phi3',
    weights: 'Q4_0',
    embedding: 1024,
    layers: 17,
    heads: 16,
    feedForward: 2816,
    contextTokens: 4096,
    seed: 3,
  })
}
