import type { ModelProblemCode } from '@shared/contract/inference'
import { type Hop, type Slot, slotSchema } from '@shared/contract/model'
import type { Backend } from './backends/backend'

/** The backends of the desk: a slot's own model where one is installed, and the starter that stands in for the rest. */
export interface Backends {
  readonly own: ReadonlyMap<Slot, Backend>
  readonly starter: Backend
}

/**
 * Who is asked, in order, for a decision that was routed to `slot`: its own model, or the starter when none is
 * installed; then DeepSeek, then the other slots that are healthy, then the starter. Nobody is asked twice.
 */
export function fallbackChain(slot: Slot, { own, starter }: Backends): readonly Backend[] {
  const first = own.get(slot) ?? starter
  const afterIt = slotSchema.options.flatMap((name) => {
    const backend = own.get(name)
    return backend !== undefined && (name === 'deepseek' || backend.health().healthy) ? [backend] : []
  })
  return [...new Set([first, ...afterIt, starter])]
}

const answered = 'answered'
const notInstalled = 'not_installed'

/**
 * What the journal says about an attempt that failed. The wording is fixed: hops are covered by the hash chain, so
 * paths, process ids and measured times stay in the log.
 */
const details = {
  model_missing: 'The model file cannot be read.',
  not_a_gguf: 'The model file is not a GGUF file.',
  model_broken: 'The model file is damaged or cannot be loaded.',
  adapter_broken: 'The LoRA adapter is damaged or made for another model.',
  out_of_memory: 'There is not enough memory for the model.',
  prompt_too_long: "The prompt does not fit into the model's context.",
  inference_exited: "The model's process ended before it had answered.",
  timeout: 'The model did not answer in time.',
  queue_full: 'Too many questions were waiting for the model.',
  answer_invalid: 'The model gave no valid answer.',
  backend_suspended: 'The model is suspended after three failures in a row.',
} satisfies Record<ModelProblemCode, string>

export function failedHop(servedBy: Backend['servedBy'], code: ModelProblemCode): Hop {
  return { servedBy, outcome: code, detail: details[code] }
}

/** `ownWords`: the rationale is the model's own, and not the rule's that replaced one which did not hold. */
export function answeredHop(servedBy: Backend['servedBy'], ownWords: boolean): Hop {
  const detail = ownWords ? '' : "The rationale is the rule's: the model's own words did not hold."
  return { servedBy, outcome: answered, detail }
}

export function notInstalledHop(slot: Slot): Hop {
  return {
    servedBy: slot,
    outcome: 'not_installed',
    detail: `No model is installed for ${slot}; the starter serves it.`,
  }
}

/** Whether something went wrong in this hop, be it made good later or not. */
export function isFailure({ outcome }: Hop): boolean {
  return outcome !== answered && outcome !== notInstalled
}
