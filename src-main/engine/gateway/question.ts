import type { MarketContext } from '@shared/contract/context'
import type { Action } from '@shared/contract/decision'
import type { AskModel, ModelAnswer } from '@shared/contract/inference'
import type { InferenceSettings } from '@shared/contract/settings'
import type { Backend } from './backends/backend'
import { freeRationale, type Rationale, renderRationale } from './prompt/rationale'
import { slotPrompt } from './prompt/slot-prompt'
import { starterPrompt } from './prompt/starter-prompt'

/** What a backend is asked about one context, and how its words become a rationale. */
export interface Question {
  readonly ask: AskModel
  readonly promptVersion: string
  /** Empty when the settings ask for no rationale. */
  rationale(answer: ModelAnswer, action: Action): Rationale
}

export type Sampling = Pick<InferenceSettings, 'rationale' | 'rationaleMaxTokens' | 'seed'> & {
  readonly temperature: number
}

/** The starter understands its own wording alone and writes placeholders; the desk models read and write freely. */
export function questionFor(servedBy: Backend['servedBy'], context: MarketContext, sampling: Sampling): Question {
  const isStarter = servedBy === 'starter'
  const { promptVersion, rationalePrompts, ...asked } = isStarter ? starterPrompt(context) : slotPrompt(context)
  const isWanted = sampling.rationale !== 'off'
  const render = isStarter ? renderRationale : freeRationale
  return {
    promptVersion,
    ask: {
      ...asked,
      rationale: isWanted ? { prompts: rationalePrompts, maxTokens: sampling.rationaleMaxTokens } : null,
      seed: sampling.seed,
      temperature: sampling.temperature,
    },
    rationale: (answer, action) => (isWanted ? render(answer.rationale, context, action) : { ok: true, text: '' }),
  }
}
