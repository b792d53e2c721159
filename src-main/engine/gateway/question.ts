import type { MarketContext } from '@shared/contract/context'
import type { Action } from '@shared/contract/decision'
import type { AskModel, ModelAnswer } from '@shared/contract/inference'
import type { InferenceSettings } from '@shared/contract/settings'
import type { Backend } from './backends/backend'
import { fenced, marketDocument } from './prompt/market-document'
import type { PromptBook, PromptFile } from './prompt/prompt-file'
import { promptText } from './prompt/prompt-text'
import { quotedHeadlines } from './prompt/quoted-headlines'
import { freeRationale, type Rationale, renderRationale } from './prompt/rationale'
import { starterPrompt, starterReasonPrompts } from './prompt/starter-prompt'

/** What a backend is asked about one context, and how its words become a rationale. */
export interface Question {
  readonly ask: AskModel
  readonly promptVersion: string
  /** Empty when the settings ask for no rationale. */
  rationale(answer: ModelAnswer, action: Action): Rationale
}

export type Sampling = Pick<InferenceSettings, 'rationale' | 'rationaleMaxTokens' | 'seed' | 'optionOrders'> & {
  readonly temperature: number
  readonly priority: AskModel['priority']
}

/** At a tie the action that risks less; `likeliestAction` of the contract is the same rule. */
const cautiousFirst = ['hold', 'sell', 'buy'] as const satisfies readonly Action[]

/** The starter understands its own wording alone and writes placeholders; the desk models read and write freely. */
export function decisionQuestion(
  { servedBy, form }: Pick<Backend, 'servedBy' | 'form'>,
  context: MarketContext,
  sampling: Sampling,
  prompts: PromptBook,
): Question {
  const { rationale: wanted } = sampling
  if (servedBy === 'starter') {
    const { promptVersion, ...asked } = starterPrompt(context)
    // It was trained to give its reasons after its answer.
    const reasons = cautiousFirst.map((meaning) => ({ meaning, prompt: starterReasonPrompts[meaning] }))
    return {
      promptVersion,
      ask: {
        ...asked,
        extras: [],
        rationale: wanted === 'off' ? null : after('message', reasons, sampling),
        ...drawn(sampling),
      },
      rationale: (answer, action) =>
        wanted === 'off' ? { ok: true, text: '' } : renderRationale(answer.rationale, context, action),
    }
  }
  const headlines = form === 'template' ? context.headlines : undefined
  const prompt = headlines === undefined ? prompts.decision[form] : prompts.decisionWithNews
  const { promptVersion, ...asked } = promptText(prompt, sampling.optionOrders)
  return {
    promptVersion: wanted === 'before' ? `${promptVersion}/reasoned` : promptVersion,
    ask: {
      ...asked,
      document:
        headlines === undefined ? marketDocument(context) : `${marketDocument(context)}\n${quotedHeadlines(headlines)}`,
      extras: [],
      rationale: rationaleRequest(prompt, sampling),
      ...drawn(sampling),
    },
    rationale: (answer, action) =>
      wanted === 'off' ? { ok: true, text: '' } : freeRationale(answer.rationale, context, action),
  }
}

/** Three-way judgement of one headline, which is data and stands between fences. */
export function sentimentQuestion(
  { form }: Pick<Backend, 'form'>,
  headline: string,
  sampling: Sampling,
  prompts: PromptBook,
): Pick<Question, 'ask' | 'promptVersion'> {
  const { promptVersion, ...asked } = promptText(prompts.sentiment[form], sampling.optionOrders)
  const document = form === 'template' ? fenced([headline]) : headline.replace(/\s+/g, ' ')
  return { promptVersion, ask: { ...asked, document, extras: [], rationale: null, ...drawn(sampling) } }
}

function rationaleRequest({ rationale }: PromptFile, sampling: Sampling): AskModel['rationale'] {
  if (rationale === null || sampling.rationale === 'off') return null
  if (sampling.rationale === 'before') {
    return { when: 'before', opening: rationale.before, maxTokens: sampling.rationaleMaxTokens }
  }
  const prompts = cautiousFirst.map((meaning) => ({
    meaning,
    prompt: rationale.after.replace('{meaning}', meaning),
  }))
  return after('continuation', prompts, sampling)
}

function after(
  as: 'message' | 'continuation',
  prompts: { meaning: string; prompt: string }[],
  { rationaleMaxTokens }: Pick<Sampling, 'rationaleMaxTokens'>,
): AskModel['rationale'] {
  return { when: 'after', as, prompts, maxTokens: rationaleMaxTokens }
}

function drawn({ seed, temperature, priority }: Sampling): Pick<AskModel, 'seed' | 'temperature' | 'priority'> {
  return { seed, temperature, priority }
}
