import { createHash } from 'node:crypto'
import { canonicalJson } from '@shared/contract/canonical'
import type { MarketContext } from '@shared/contract/context'
import type { AskModel } from '@shared/contract/inference'
import type { BackendIdentity } from '../backends/backend'

/** All that an answer depends on. */
export interface AskedOf {
  readonly identity: BackendIdentity
  readonly question: AskModel
  readonly context: MarketContext
  readonly promptVersion: string
}

/**
 * SHA-256 over canonical JSON of all that an answer depends on: the model's and the adapter's hash, llama.cpp's release,
 * the device, how the model was loaded, the inference program, the prompt's version and text, the options in their
 * order, the rationale that is asked for, seed, temperature, and the context as it is, before its figures are rounded
 * for the prompt. Equal keys mean an equal question to an equal model, never a similar one.
 *
 * Left out is what changes no answer: how long the model took to load, how many questions it can take at a time in the
 * memory of the hour, and whose turn comes first.
 */
export function answerKey({ identity, question, context, promptVersion }: AskedOf): string {
  const { loadMs: _loadMs, sequences: _sequences, ...model } = identity.model
  const { priority: _priority, ...asked } = question
  const { load, programHash } = identity
  const parts = { model, load, programHash, promptVersion, asked, context }
  return createHash('sha256').update(canonicalJson(parts)).digest('hex')
}
