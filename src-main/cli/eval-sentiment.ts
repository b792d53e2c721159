import { basename } from 'node:path'
import type { Slot } from '@shared/contract/model'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { readHeadlines } from '../engine/analysis/headline-file'
import type { HeadlineScorer } from '../engine/analysis/headline-scorer'
import { lexiconScorer } from '../engine/analysis/lexicon-scorer'
import { evaluateSentiment } from '../engine/analysis/sentiment-evaluation'
import { sentimentFigure, sentimentNotes, sentimentTables } from '../engine/analysis/sentiment-report'
import { exitCode, failWith } from './exit'
import { watchInterruption } from './interruption'
import { note, print, table } from './output'
import { writeFigure } from './svg-file'

export interface EvalSentimentOptions {
  readonly data: string
  readonly scorer: 'lexicon' | Slot
  readonly svg?: string
  readonly json: boolean
}

/** Reads labelled headlines with a scorer and says how well it agrees with the labels. */
export async function evalSentiment(options: EvalSentimentOptions): Promise<number> {
  const interruption = watchInterruption()
  const scorer = findScorer(options.scorer)
  if (!scorer.ok) return failWith(scorer.problem)
  const headlines = await readHeadlines(options.data)
  if (!headlines.ok) return failWith(headlines.problem)
  const evaluated = await evaluateSentiment(headlines.value, scorer.value, interruption.signal)
  const interrupted = interruption.exitCode()
  if (interrupted !== null) return interrupted
  if (!evaluated.ok) return failWith(evaluated.problem)
  const evaluation = evaluated.value
  if (options.svg !== undefined) {
    const written = writeFigure(options.svg, sentimentFigure(evaluation, basename(options.data)))
    if (!written.ok) return failWith(written.problem)
    note(`Drawn in ${written.value}.`)
  }
  print(options.json, evaluation, () => [
    ...sentimentTables(evaluation).flatMap((rows) => [...table(rows), '']),
    ...sentimentNotes(evaluation),
  ])
  return exitCode.done
}

function findScorer(name: EvalSentimentOptions['scorer']): Outcome<HeadlineScorer, 'scorer_missing'> {
  if (name === 'lexicon') return success(lexiconScorer)
  return failure(
    'scorer_missing',
    `No model reads headlines for ${name} yet. Use --scorer lexicon, the word list that models are compared with.`,
  )
}
