import type { MarketContext } from '@shared/contract/context'
import type { Action } from '@shared/contract/decision'
import type { AskModel } from '@shared/contract/inference'
import { type FigureName, printFigure, type TeacherFigures, teacherFigures } from '@shared/rules/teacher-figures'
import type { PromptText } from './prompt-text'

/** The starter's question: what is asked, without the settings' part. */
export type StarterPrompt = PromptText & Pick<AskModel, 'document'>

/**
 * The starter model's own prompt. It understands this wording in this order and nothing else: whoever changes a
 * letter here trains the model anew and raises the version. The symbol is left out, because the model judges shapes,
 * not names.
 */
export function starterPrompt(context: MarketContext): StarterPrompt {
  return { ...starterWording, document: starterDocument(teacherFigures(context)) }
}

/** What the model is asked for after its answer, per action. */
export const starterReasonPrompts = { buy: 'Why buy?', sell: 'Why sell?', hold: 'Why hold?' } satisfies Record<
  Action,
  string
>

export const starterWording = {
  promptVersion: 'starter-1',
  fixed: 'Judge this market for a spot desk.\nA. buy\nB. sell\nC. hold\n\n',
  choices: [
    {
      question: 'action',
      stub: '',
      options: [
        { meaning: 'buy', answer: 'A' },
        { meaning: 'sell', answer: 'B' },
        { meaning: 'hold', answer: 'C' },
      ],
    },
  ],
} satisfies PromptText

const marketFigures = [
  'rsi',
  'trend',
  'long',
  'macd',
  'band',
  'volatility',
  'volume',
  'sentiment',
] as const satisfies readonly FigureName[]

/** One line per figure, in this order; each whole line is one token of the starter's vocabulary. */
export function starterDocument(figures: TeacherFigures): string {
  const lines = marketFigures.map((name) => `${name} ${printFigure(name, figures[name])}\n`)
  const position = figures.hasPosition ? printFigure('profit', figures.profit) : 'none'
  return `${lines.join('')}position ${position}`
}
