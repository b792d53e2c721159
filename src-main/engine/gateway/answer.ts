import type { Action, Decision, Probabilities, TokenUsage } from '@shared/contract/decision'
import type { LoadedModel } from '@shared/contract/inference'
import type { Hop, ModelIdentity, ServedBy, Slot } from '@shared/contract/model'
import type { Answered } from './answer-cache/answer-cache'
import type { Backend } from './backends/backend'
import { answeredHop } from './fallback'
import type { Question, Sampling } from './question'
import type { Verdict } from './verdict'

/** The fields of a decision that the gateway answers for, and what it took. */
export interface GatewayAnswer {
  /** The most probable action. */
  readonly action: Action
  readonly probabilities: Probabilities
  /** How much the order of the options changed the probabilities; null when one order was asked. */
  readonly orderBias: number | null
  /** How clearly the figures speak, 0 to 1, by the model's own word; null when it was not asked. */
  readonly conviction: number | null
  /** Stop and take-profit distances that the model chose; null where the desk's rule decides. */
  readonly askedExits: Verdict['asked']
  /** Probability of the action; 0 when no model answered. */
  readonly confidence: number
  readonly rationale: string
  readonly routedTo: Slot
  readonly servedBy: ServedBy
  readonly routeReason: string
  /** Every attempt in order, the last one being the one that answered. */
  readonly hops: readonly Hop[]
  readonly model: ModelIdentity
  readonly tokens: TokenUsage
  readonly exitSource: Decision['exitSource']
  readonly latencyMs: number
  /** The part of the latency that went into the rationale. */
  readonly rationaleMs: number
  /** No model was asked: it had answered the very same question before. */
  readonly isRecalled?: boolean
}

/** What follows from who answered, or from nobody having answered. */
export type DecidedPart = Omit<GatewayAnswer, 'routedTo' | 'routeReason' | 'exitSource' | 'latencyMs'>

export function decidedBy(
  servedBy: Backend['servedBy'],
  { answer, model, isRecalled }: Answered,
  verdict: Verdict,
  question: Question,
  failedHops: readonly Hop[],
): DecidedPart {
  const { action, probabilities, orderBias, conviction } = verdict
  const rationale = question.rationale(answer, action)
  return {
    action,
    probabilities,
    orderBias,
    conviction,
    askedExits: verdict.asked,
    confidence: probabilities[action],
    rationale: rationale.text,
    servedBy,
    hops: [...failedHops, answeredHop(servedBy, rationale.ok)],
    model: identity(model, question),
    tokens: answer.tokens,
    rationaleMs: answer.rationaleMs,
    isRecalled,
  }
}

function identity(model: LoadedModel, { promptVersion, ask }: Question): ModelIdentity {
  return {
    modelHash: model.modelHash,
    quantization: model.quantization,
    backend: `node-llama-cpp ${model.gpu === false ? 'cpu' : model.gpu}`,
    llamaCppRelease: model.llamaCppRelease,
    promptVersion,
    seed: ask.seed,
    temperature: ask.temperature,
  }
}

/** Nobody could be asked: the desk holds. */
export function heldWithoutModel(hops: readonly Hop[], sampling: Sampling): DecidedPart {
  const tried = hops.map(({ servedBy, outcome }) => `${servedBy} ${outcome}`).join(', ')
  return heldUnasked(`No model could answer (${tried}), so the desk holds.`, hops, sampling)
}

/** Nobody has answered: the desk holds, and says so with a confidence that no threshold lets through. */
export function heldUnasked(
  rationale: string,
  hops: readonly Hop[],
  { seed, temperature }: Pick<Sampling, 'seed' | 'temperature'>,
): DecidedPart {
  return {
    action: 'hold',
    probabilities: { buy: 0, sell: 0, hold: 1 },
    orderBias: null,
    conviction: null,
    askedExits: null,
    confidence: 0,
    rationale,
    servedBy: 'none',
    hops,
    model: {
      modelHash: '',
      quantization: '',
      backend: 'none',
      llamaCppRelease: '',
      promptVersion: '',
      seed,
      temperature,
    },
    tokens: { input: 0, output: 0 },
    rationaleMs: 0,
  }
}
