import type { MarketContext } from '@shared/contract/context'
import { type Probabilities, probabilitiesSchema } from '@shared/contract/decision'
import type { AskModel, LoadModel, ModelAnswer } from '@shared/contract/inference'
import { settingsSchema } from '@shared/contract/settings'
import { readPromptBook } from '../../src-main/engine/gateway/prompt/prompt-file'
import { decisionQuestion, type Sampling } from '../../src-main/engine/gateway/question'
import { resourcesDir } from './repository'

/** A load on the processor with one thread, which is what tests can count on. */
export function loadOf(path: string, changes: Partial<LoadModel> = {}): LoadModel {
  return {
    path,
    adapterPath: null,
    threads: 1,
    gpu: 'off',
    contextTokens: 512,
    sequences: 1,
    form: 'template',
    ...changes,
  }
}

export const promptBook = readPromptBook(`${resourcesDir}/prompts`)

/** What the starter, or a slot's model, is asked about a market; `maxTokens` of rationale, or none. */
export function questionAbout(
  context: MarketContext,
  backend: { readonly servedBy: 'starter' | 'qwen'; readonly form: LoadModel['form'] },
  maxTokens: number | null,
  changes: Partial<Sampling> = {},
): AskModel {
  const { inference } = settingsSchema.parse({
    inference: maxTokens === null ? { rationale: 'off' } : { rationaleMaxTokens: maxTokens },
  })
  const sampling: Sampling = { ...inference, temperature: 0, priority: 'live', ...changes }
  return decisionQuestion(backend, context, sampling, promptBook).ask
}

/** A short question that every model with letters can answer. */
export function plainQuestion(maxTokens: number, document = 'Price 100, RSI 50.'): AskModel {
  const actions = ['buy', 'sell', 'hold'] as const
  return {
    fixed: 'Choose what to do.\nA. buy\nB. sell\nC. hold\n\n',
    document,
    extras: [],
    choices: [
      {
        question: 'action',
        stub: '',
        options: actions.map((meaning, index) => ({ meaning, answer: 'ABC'.charAt(index) })),
      },
    ],
    rationale:
      maxTokens === 0
        ? null
        : {
            when: 'after',
            as: 'message',
            prompts: actions.map((meaning) => ({ meaning, prompt: `Why ${meaning}?` })),
            maxTokens,
          },
    seed: 7,
    temperature: 0,
    priority: 'live',
  }
}

/** The distribution over the action. */
export function actionProbabilities({ answers }: Pick<ModelAnswer, 'answers'>): Probabilities {
  return probabilitiesSchema.parse(answers.find(({ question }) => question === 'action')?.probabilities)
}
