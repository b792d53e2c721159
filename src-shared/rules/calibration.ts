import type { CalibrationCurve, CalibrationKey, CalibrationMap } from '../contract/calibration'
import type { MarketSymbol, Timeframe } from '../contract/candle'
import type { BinaryForecast } from './brier-score'
import { poolAdjacentViolators } from './isotonic'
import { applyPlatt, fitPlatt } from './platt'
import { symbolClass } from './symbol-class'

/** Below this many outcomes there is no map: the raw probability is used, and marked as raw. */
export const leastOutcomes = 100

/**
 * And so many of them must be right, and as many wrong: ten events for each of Platt's two parameters, the old rule for
 * logistic regression (Peduzzi et al. 1996).
 */
export const leastOfEitherKind = 20

/**
 * From here on the isotonic map, which can take any rising form; below it Platt's, which has two parameters and needs
 * less. Source: Niculescu-Mizil and Caruana, "Predicting good probabilities with supervised learning" (2005), who find
 * isotonic regression to overfit below about a thousand cases and to be at least as good above.
 */
export const isotonicFrom = 1000

/** Fits the curve that the number of outcomes allows; null where they are too few. */
export function fitCalibration(outcomes: readonly BinaryForecast[]): CalibrationCurve | null {
  const right = outcomes.filter(({ happened }) => happened).length
  const fewer = Math.min(right, outcomes.length - right)
  if (outcomes.length < leastOutcomes || fewer < leastOfEitherKind) return null
  return outcomes.length < isotonicFrom ? { method: 'platt', ...fitPlatt(outcomes) } : isotonicCurve(outcomes)
}

function isotonicCurve(outcomes: readonly BinaryForecast[]): CalibrationCurve {
  const blocks = poolAdjacentViolators(outcomes.map(({ probability, happened }) => [probability, happened ? 1 : 0]))
  // Laplace's rule of succession bounds what so many outcomes can show: nothing is certain.
  const lowest = 1 / (outcomes.length + 2)
  const knots = blocks.flatMap(({ from, to, value }): [number, number][] => {
    const bounded = Math.min(1 - lowest, Math.max(lowest, value))
    return from === to
      ? [[from, bounded]]
      : [
          [from, bounded],
          [to, bounded],
        ]
  })
  return { method: 'isotonic', knots }
}

/** The share of answers with this probability that were right, by the curve; in [0, 1]. */
export function applyCalibration(curve: CalibrationCurve, probability: number): number {
  return curve.method === 'platt' ? applyPlatt(curve, probability) : between(curve.knots, probability)
}

/** Straight between knots, flat outside them. */
function between(knots: readonly (readonly [number, number])[], x: number): number {
  let before: readonly [number, number] | null = null
  for (const knot of knots) {
    if (knot[0] >= x) return before === null ? knot[1] : onLine(before, knot, x)
    before = knot
  }
  return before === null ? x : before[1]
}

function onLine([fromX, fromY]: readonly [number, number], [toX, toY]: readonly [number, number], x: number): number {
  return fromY + ((toY - fromY) * (x - fromX)) / (toX - fromX)
}

/** A probability after calibration: what it became, by what method, learnt from how many outcomes. */
export interface Calibrated {
  readonly value: number
  readonly samples: number
  readonly method: CalibrationCurve['method']
}

/** Null: there is no map for this model, prompt and pair, and the raw probability stands (and is to be marked so). */
export type Calibrator = (
  modelHash: string,
  promptVersion: string,
  symbol: MarketSymbol,
  probability: number,
) => Calibrated | null

/**
 * Looks the map up that was fitted for a model's answers on candles of this length. The maps are about decisions to buy
 * or to sell; a hold keeps its raw probability, because nothing is risked on it.
 */
export function calibrator(maps: readonly CalibrationMap[], timeframe: Timeframe): Calibrator {
  const byKey = new Map(maps.map((map) => [keyText(map), map]))
  return (modelHash, promptVersion, symbol, probability) => {
    const key = { modelHash, promptVersion, symbolClass: symbolClass(symbol), timeframe }
    const map = byKey.get(keyText(key))
    if (map === undefined) return null
    return { value: applyCalibration(map.curve, probability), samples: map.samples, method: map.curve.method }
  }
}

/** The maps with `fitted` among them, in place of those with the same keys; in a fixed order. */
export function withMaps(known: readonly CalibrationMap[], fitted: readonly CalibrationMap[]): CalibrationMap[] {
  const byKey = new Map([...known, ...fitted].map((map) => [keyText(map), map]))
  return [...byKey.entries()].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, map]) => map)
}

const keyText = ({ modelHash, promptVersion, symbolClass: group, timeframe }: CalibrationKey): string =>
  JSON.stringify([modelHash, promptVersion, group, timeframe])
