import type { AskModel, Choice } from '@shared/contract/inference'
import type { PromptFile } from './prompt-file'

/** The part of a question that a prompt decides on: all but the market itself. */
export type PromptText = Pick<AskModel, 'fixed' | 'choices'> & { readonly promptVersion: string }

const letters = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J']

/**
 * A prompt as the model reads it. `orders` is 2 where a question that may be reordered is asked in both orders: models,
 * small ones above all, favour a place in the list, and the mean over both orders does not.
 */
export function promptText(prompt: PromptFile, orders: 1 | 2): PromptText {
  const readings = prompt.questions.flatMap((question) =>
    question.reorder && orders === 2 ? [question, { ...question, options: question.options.toReversed() }] : [question],
  )
  const choices = readings.map(
    ({ name, options }, index): Choice => ({
      question: name,
      stub: prompt.stub.replace('{number}', String(index + 1)),
      options: options.map(({ meaning }, place) => ({
        meaning,
        answer: prompt.answers === 'words' ? meaning : (letters[place] ?? ''),
      })),
    }),
  )
  const asked = readings.map(({ text, options }, index) =>
    [
      `Question ${index + 1}: ${text}`,
      ...options.map(({ text: option }, place) => `${letters[place]}. ${option}`),
    ].join('\n'),
  )
  const fixed =
    prompt.answers === 'words'
      ? prompt.instruction
      : [prompt.instruction, ...asked, prompt.marketHeading, ''].join('\n')
  return { promptVersion: orders === 2 ? prompt.version : `${prompt.version}/one-order`, fixed, choices }
}
