import type { CalibrationMap, Horizon } from '@shared/contract/calibration'
import type { MarketSymbol, Timeframe } from '@shared/contract/candle'
import type { Slot } from '@shared/contract/model'
import { type Outcome, success } from '@shared/contract/outcome'
import type { TradeCosts } from '@shared/rules/outcome-labels'
import { addCalibration, readCalibration } from '../engine/analysis/calibration-file'
import { type CalibrationFit, fitMaps } from '../engine/analysis/calibration-fit'
import { evaluateDecisions } from '../engine/analysis/decision-evaluation'
import { calibrationLines, decisionFigure, decisionNotes, decisionTables } from '../engine/analysis/decision-report'
import { type RecordedMoment, readMoments } from '../engine/analysis/recorded-moments'
import { createLog } from '../engine/log'
import { openAnswersHere } from '../engine/open-answers'
import type { Places } from '../engine/places'
import { readAnswerSettings, readSettings } from '../engine/settings-file'
import { exitCode, failWith } from './exit'
import { watchInterruption } from './interruption'
import { note, print, table } from './output'
import { progressNotes } from './progress'
import { openQuietGateway } from './quiet-gateway'
import { writeFigure } from './svg-file'

export interface EvalDecisionsOptions {
  readonly candles?: string
  readonly symbols: readonly MarketSymbol[]
  readonly timeframe: Timeframe
  readonly from?: number
  readonly to?: number
  readonly model?: Slot
  /** `all`: every candle of the window. */
  readonly samples: number | 'all'
  readonly atOnce: number
  readonly cutoff?: number
  readonly fitCalibration?: Horizon
  readonly svg?: string
  readonly json: boolean
}

/** Asks the gateway about recorded moments and judges the answers by what followed; nothing is journalled or traded. */
export async function evalDecisions(places: Places, options: EvalDecisionsOptions): Promise<number> {
  const interruption = watchInterruption()
  const settings = readSettings(places.dataDir, process.env)
  if (!settings.ok) return failWith(settings.problem)
  // A file that cannot be extended is told before the asking, not after it.
  const known = options.fitCalibration === undefined ? success([]) : readCalibration(places.dataDir)
  if (!known.ok) return failWith(known.problem)
  const { takerFeeBps, halfSpreadBps, slippageBps } = settings.value.broker
  const costs = { takerFeeBps, halfSpreadBps, slippageBps }
  const read = await readAll(places, options, costs)
  if (!read.ok) return failWith(read.problem)
  const { moments, available } = read.value

  const answerSettings = readAnswerSettings(places.dataDir)
  if (!answerSettings.ok) return failWith(answerSettings.problem)
  const answers = openAnswersHere(places, answerSettings.value, { log: createLog(process.env), nowMs: Date.now })
  const gateway = openQuietGateway(places, settings.value, answers)
  try {
    const asking = {
      moments,
      decider: gateway,
      preference: options.model ?? null,
      knowledgeCutoffMs: options.cutoff ?? null,
      atOnce: options.atOnce,
      signal: interruption.signal,
      progress: progressNotes('Asked', moments.length),
    }
    const { evaluation, decisions } = await evaluateDecisions(asking)
    const interrupted = interruption.exitCode()
    if (interrupted !== null) return interrupted
    if (evaluation.unanswered === evaluation.asked) {
      const message = 'No model answered: there is nothing to judge. quartet doctor says what is missing.'
      return failWith({ code: 'no_model', message })
    }
    const { symbols, timeframe, fitCalibration } = options
    const fits = fitCalibration === undefined ? null : fitMaps(decisions, fitCalibration, timeframe)
    const saved = saveMaps(places, fits ?? [])
    if (!saved.ok) return failWith(saved.problem)
    if (options.svg !== undefined) {
      const written = writeFigure(options.svg, decisionFigure(evaluation, { symbols, timeframe, costs }))
      if (!written.ok) return failWith(written.problem)
      note(`Drawn in ${written.value}.`)
    }
    const calibration = fits === null ? null : { horizon: fitCalibration, file: saved.value, fits }
    print(options.json, { symbols, timeframe, available, costs, ...evaluation, calibration }, () => [
      ...decisionTables(evaluation).flatMap((rows) => [...table(rows), '']),
      ...calibrationLines(fits ?? []),
      ...(saved.value === null ? [] : [`Maps are in ${saved.value}.`]),
      ...decisionNotes(evaluation, costs),
    ])
    return exitCode.done
  } finally {
    await gateway.close()
    answers?.close()
  }
}

/** The moments of all pairs, each pair with its share of the samples. */
async function readAll(
  places: Places,
  { symbols, timeframe, from, to, samples, candles }: EvalDecisionsOptions,
  costs: TradeCosts,
): Promise<Outcome<{ readonly moments: readonly RecordedMoment[]; readonly available: number }>> {
  const moments: RecordedMoment[] = []
  let available = 0
  for (const [index, symbol] of symbols.entries()) {
    const upTo = (place: number): number => (samples === 'all' ? 0 : Math.floor((place * samples) / symbols.length))
    const read = await readMoments({
      candlesDir: candles ?? places.sampleDataDir,
      symbol,
      timeframe,
      fromMs: from ?? null,
      toMs: to ?? null,
      samples: samples === 'all' ? null : upTo(index + 1) - upTo(index),
      costs,
    })
    if (!read.ok) return read
    moments.push(...read.value.moments)
    available += read.value.available
  }
  return success({ moments, available })
}

/** The file's path; null where there is nothing to save. */
function saveMaps({ dataDir }: Places, fits: readonly CalibrationFit[]): Outcome<string | null> {
  const maps = fits.flatMap(({ map }): CalibrationMap[] => (map === null ? [] : [map]))
  return maps.length === 0 ? success(null) : addCalibration(dataDir, maps)
}
