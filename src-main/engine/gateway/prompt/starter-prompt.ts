import type { MarketContext } from '@shared/contract/context'
import type { AskModel } from '@shared/contract/inference'
import { type FigureName, printFigure, type TeacherFigures, teacherFigures } from '@shared/rules/teacher-figures'

/** What a prompt adds to a question; seed and temperature come from the settings. */
export type Prompt = Pick<AskModel, 'document' | 'instruction' | 'options'> & {
  readonly promptVersion: string
  readonly rationalePrompts: NonNullable<AskModel['rationale']>['prompts']
}

/**
 * The starter model's own prompt. It understands this wording in this order and nothing else: whoever changes a
 * letter here trains the model anew and raises the version. The symbol is left out, because the model judges shapes,
 * not names.
 */
export function starterPrompt(context: MarketContext): Prompt {
  return { ...starterWording, document: starterDocument(teacherFigures(context)) }
}

export const starterWording = {
  promptVersion: 'starter-1',
  instruction: 'Judge this market for a spot desk.',
  options: [
    { action: 'buy', criterion: 'buy' },
    { action: 'sell', criterion: 'sell' },
    { action: 'hold', criterion: 'hold' },
  ],
  rationalePrompts: { buy: 'Why buy?', sell: 'Why sell?', hold: 'Why hold?' },
} satisfies Omit<Prompt, 'document'>

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
