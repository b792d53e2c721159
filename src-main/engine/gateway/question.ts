import type { MarketContext } from '@shared/contract/context'
import type { Action } from '@shared/contract/decision'
import type { AskModel, ModelAnswer } from '@shared/contract/inference'
import type { InferenceSettings } from '@shared/contract/settings'
import type { Backend } from './backends/backend'

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
  const prompt = 'Explain.'
  return {
    promptVersion: 'none',
    ask: {
      document: JSON.stringify(context),
      instruction: 'Choose.',
      options: [
        { action: 'buy', criterion: 'buy' },
        { action: 'sell', criterion: 'sell' },
        { action: 'hold', criterion: 'hold' },
      ],
      rationale:
        sampling.rationale === 'off'
          ? null
          : { prompts: { buy: prompt, sell: prompt, hold: prompt }, maxTokens: sampling.rationaleMaxTokens },
      seed: sampling.seed,
      temperature: sampling.temperature,
    },
    render: (answer) => answer.rationale,
  }
}
