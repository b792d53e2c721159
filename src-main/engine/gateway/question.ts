import type { MarketContext } from '@shared/contract/context'
import type { Action } from '@shared/contract/decision'
import type { AskModel, ModelAnswer } from '@shared/contract/inference'
import type { InferenceSettings } from '@shared/contract/settings'
import type { Backend } from './backends/backend'
import { starterPrompt } from './prompt/starter-prompt'

/** What a backend is asked about one context, and how its words become a rationale. */
export interface Question {
  readonly ask: AskModel
  readonly promptVersion: string
  render(answer: ModelAnswer, action: Action): string
}

export type Sampling = Pick<InferenceSettings, 'rationale' | 'rationaleMaxTokens' | 'seed'> & {
  readonly temperature: number
}

export function questionFor(_servedBy: Backend['servedBy'], context: MarketContext, sampling: Sampling): Question {
  const { promptVersion, rationalePrompts, ...asked } = starterPrompt(context)
  const { rationale, rationaleMaxTokens, seed, temperature } = sampling
  return {
    promptVersion,
    ask: {
      ...asked,
      rationale: rationale === 'off' ? null : { prompts: rationalePrompts, maxTokens: rationaleMaxTokens },
      seed,
      temperature,
    },
    render: (answer) => answer.rationale,
  }
}
