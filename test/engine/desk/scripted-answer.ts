import type { Action } from '@shared/contract/decision'
import type { GatewayAnswer } from '../../../src-main/engine/gateway/gateway'

/** A model's answer as the gateway gives it, this sure of this action; only what a desk's test looks at varies. */
export function answerOf(action: Action, confidence: number): GatewayAnswer {
  const rest = Number(((1 - confidence) / 2).toFixed(4))
  return {
    action,
    probabilities: { buy: rest, sell: rest, hold: rest, [action]: confidence },
    confidence,
    orderBias: null,
    conviction: null,
    askedExits: null,
    rationale: 'The dice fell so.',
    routedTo: 'deepseek',
    servedBy: 'starter',
    routeReason: 'no rule fired',
    hops: [],
    model: {
      modelHash: 'a',
      quantization: 'b',
      backend: 'c',
      llamaCppRelease: 'd',
      promptVersion: 'e',
      seed: 1,
      temperature: 0,
    },
    tokens: { input: 1, output: 1 },
    exitSource: 'rule',
    latencyMs: 1,
    rationaleMs: 0,
  }
}
