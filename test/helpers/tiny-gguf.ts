import { writeFileSync } from 'node:fs'
import { chatMl, type RandomModel, randomModelParts } from './gguf/random-model'
import { byteVocabulary } from './gguf/vocabulary'

/** What a test may change about the tiny model. */
export type TinyModel = Omit<RandomModel, 'architecture' | 'weights' | 'vocabulary'>

/** Writes the file and returns its path. */
export function writeTinyGguf(path: string, changes: TinyModel = {}): string {
  writeFileSync(path, tinyGguf(changes))
  return path
}

/**
 * A llama-architecture GGUF file with random weights and a byte-level vocabulary: real enough for llama.cpp to load
 * and run, small enough to write in every test, and deaf to sense.
 */
export function tinyGguf(changes: TinyModel = {}): Buffer {
  const model = { architecture: 'llama', weights: 'F32', embedding: 32, feedForward: 64, chatTemplate: chatMl } as const
  return Buffer.concat(randomModelParts({ ...model, vocabulary: byteVocabulary(), ...changes }))
}
