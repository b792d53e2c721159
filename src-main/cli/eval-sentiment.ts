import { basename } from 'node:path'
import type { Slot } from '@shared/contract/model'
import type { Outcome } from '@shared/contract/outcome'
import { type Headline, readHeadlines } from '../engine/analysis/headline-file'
import { lexiconScorer } from '../engine/analysis/lexicon-scorer'
import { evaluateSentiment, type SentimentEvaluation } from '../engine/analysis/sentiment-evaluation'
import { sentimentFigure, sentimentNotes, sentimentTables } from '../engine/analysis/sentiment-report'
import { slotScorer } from '../engine/analysis/slot-scorer'
import type { Places } from '../engine/places'
import { readSettings } from '../engine/settings-file'
import { exitCode, failWith } from './exit'
import { watchInterruption } from './interruption'
import { note, print, table } from './output'
import { progressNotes } from './progress'
import { openQuietGateway } from './quiet-gateway'
import { writeFigure } from './svg-file'

export interface EvalSentimentOptions {
  readonly data: string
  readonly scorer: 'lexicon' | Slot
  readonly atOnce: number
  readonly svg?: string
  readonly json: boolean
}

/** Reads labelled headlines with a scorer and says how well it agrees with the labels. */
export async function evalSentiment(places: Places, options: EvalSentimentOptions): Promise<number> {
  const interruption = watchInterruption()
  const headlines = await readHeadlines(options.data)
  if (!headlines.ok) return failWith(headlines.problem)
  const evaluated = await evaluate(places, options, headlines.value, interruption.signal)
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

async function evaluate(
  places: Places,
  { scorer: slot, atOnce }: EvalSentimentOptions,
  headlines: readonly Headline[],
  signal: AbortSignal,
): Promise<Outcome<SentimentEvaluation>> {
  if (slot === 'lexicon') return evaluateSentiment(headlines, lexiconScorer, signal)
  const settings = readSettings(places.dataDir, process.env)
  if (!settings.ok) return settings
  const gateway = openQuietGateway(places, settings.value)
  try {
    const progress = progressNotes('Read', headlines.length)
    return await evaluateSentiment(headlines, slotScorer(gateway, { slot, atOnce, progress }), signal)
  } finally {
    await gateway.close()
  }
}
