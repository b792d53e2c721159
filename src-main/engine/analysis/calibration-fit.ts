import { type CalibrationMap, type Horizon, horizonMs, type SymbolClass } from '@shared/contract/calibration'
import type { Timeframe } from '@shared/contract/candle'
import { type BinaryForecast, binaryBrierScore } from '@shared/rules/brier-score'
import { applyCalibration, fitCalibration, leastOfEitherKind, leastOutcomes } from '@shared/rules/calibration'
import { expectedCalibrationError, reliabilityBins } from '@shared/rules/reliability'
import { symbolClass } from '@shared/rules/symbol-class'
import { type JudgedDecision, labelled, leastCases } from './decision-scores'

/** One group of decisions and the map that was fitted on its earlier part. */
export interface CalibrationFit {
  readonly modelHash: string
  readonly promptVersion: string
  readonly symbolClass: SymbolClass
  /** Decisions to buy or sell with a known outcome: those the map may learn from, and the later ones it is tried on. */
  readonly learnt: number
  readonly heldOut: number
  /** Null where there are too few outcomes. */
  readonly map: CalibrationMap | null
  /** In words: what was fitted, or why nothing was. */
  readonly note: string
  /** On the later part, which the map has not seen; null without a map or on too few. */
  readonly check: { readonly raw: HeldOutScores; readonly calibrated: HeldOutScores } | null
}

export interface HeldOutScores {
  readonly ece: number | null
  readonly brier: number | null
}

/** A map learns from the earlier decisions and is tried on the rest, as it will be used: on what came later. */
const learningShare = 0.7

interface Outcome extends BinaryForecast {
  readonly decidedAtMs: number
}

/**
 * Fits a map for every model, prompt and class of pairs among the decisions to buy or to sell: the chance that such a
 * decision pays at this horizon, net of costs. Holds are left out: nothing is risked on them.
 */
export function fitMaps(
  decisions: readonly JudgedDecision[],
  horizon: Horizon,
  timeframe: Timeframe,
): readonly CalibrationFit[] {
  const acted = labelled(decisions, horizon).filter(({ action }) => action !== 'hold')
  const groups = Map.groupBy(acted, ({ modelHash, promptVersion, symbol }) =>
    JSON.stringify([modelHash, promptVersion, symbolClass(symbol)]),
  )
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const outcomes = group.map(({ confidence, action, actual, decidedAtMs }) => ({
      probability: confidence,
      happened: action === actual,
      decidedAtMs,
    }))
    const { modelHash, promptVersion, symbol } = first
    const key = { modelHash, promptVersion, symbolClass: symbolClass(symbol), timeframe }
    return [fitGroup(key, outcomes, horizon)]
  })
}

type Key = Pick<CalibrationMap, 'modelHash' | 'promptVersion' | 'symbolClass' | 'timeframe'>

function fitGroup(key: Key, outcomes: readonly Outcome[], horizon: Horizon): CalibrationFit {
  const { timeframe, ...named } = key
  const { earlier, later } = splitInTime(outcomes, horizonMs[horizon])
  const curve = fitCalibration(earlier)
  const fit = { ...named, learnt: earlier.length, heldOut: later.length }
  const first = earlier[0]
  const last = earlier.at(-1)
  if (curve === null || first === undefined || last === undefined) {
    return { ...fit, map: null, note: tooFew(earlier), check: null }
  }
  const span = { fromMs: first.decidedAtMs, toMs: last.decidedAtMs }
  const note = `${curve.method} from ${earlier.length} outcomes`
  const map = { ...named, timeframe, horizon, samples: earlier.length, ...span, curve }
  const mapped = later.map((outcome) => ({ ...outcome, probability: applyCalibration(curve, outcome.probability) }))
  const check = later.length < leastCases ? null : { raw: scores(later), calibrated: scores(mapped) }
  return { ...fit, map, note, check }
}

/** A decision whose outcome lies behind the split is in neither part: the map would have learnt from the later one. */
function splitInTime(outcomes: readonly Outcome[], reachMs: number) {
  const inTime = outcomes.toSorted((left, right) => left.decidedAtMs - right.decidedAtMs)
  const splitMs = inTime[Math.floor(inTime.length * learningShare)]?.decidedAtMs ?? 0
  return {
    earlier: inTime.filter(({ decidedAtMs }) => decidedAtMs + reachMs < splitMs),
    later: inTime.filter(({ decidedAtMs }) => decidedAtMs >= splitMs),
  }
}

function tooFew(outcomes: readonly Outcome[]): string {
  const right = outcomes.filter(({ happened }) => happened).length
  return (
    `no map: ${outcomes.length} outcomes, ${right} of them right; ` +
    `${leastOutcomes} are needed, with at least ${leastOfEitherKind} right and ${leastOfEitherKind} wrong`
  )
}

function scores(outcomes: readonly Outcome[]): HeldOutScores {
  const answers = outcomes.map(({ probability, happened }) => ({ confidence: probability, right: happened }))
  return { ece: expectedCalibrationError(reliabilityBins(answers)), brier: binaryBrierScore(outcomes) }
}
