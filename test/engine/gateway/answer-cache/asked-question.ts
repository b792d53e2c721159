import type { LoadedModel } from '@shared/contract/inference'
import type { AskedOf } from '../../../../src-main/engine/gateway/answer-cache/answer-key'
import { decisionQuestion } from '../../../../src-main/engine/gateway/question'
import { promptBook } from '../../../helpers/model-questions'
import { marketContext } from '../market-context'

export const loadedModel: LoadedModel = {
  modelHash: 'ab'.repeat(32),
  sizeBytes: 4_683_074_240,
  architecture: 'qwen2',
  quantization: 'Q4_K_M',
  trainContextTokens: 32_768,
  contextTokens: 8192,
  sequences: 8,
  llamaCppRelease: 'b6811',
  gpu: 'cuda',
  deviceNames: ['NVIDIA GeForce RTX 4090'],
  loadMs: 1200,
}

/** A decision on a market with news, in both orders of the options, with a rationale. */
export function askedQuestion(): AskedOf {
  const headlines = [{ headlineId: 'h1', title: 'Fed leaves rates', source: 'example.org', ageMinutes: 12, score: 0.4 }]
  const context = marketContext({ headlines })
  const sampling = { rationale: 'after', rationaleMaxTokens: 96, seed: 7, optionOrders: 2 } as const
  const { ask, promptVersion } = decisionQuestion(
    { servedBy: 'qwen', form: 'template' },
    context,
    { ...sampling, temperature: 0, priority: 'live' },
    promptBook,
  )
  const load = { threads: 7, gpu: 'auto', contextTokens: 8192, sequences: 8, form: 'template' } as const
  return { identity: { model: loadedModel, load, programHash: 'cd'.repeat(32) }, question: ask, context, promptVersion }
}
