import type { BinaryForecast } from './brier-score'

/** 1 / (1 + exp(-(slope * logit(probability) + intercept))). */
export interface PlattCurve {
  /** Never negative: a model that is surer must not count as less likely right. */
  readonly slope: number
  readonly intercept: number
}

/** Probabilities come with four digits: nearer to 0 or 1 than this they say nothing more. */
const nearest = 1e-4
const mostSteps = 100
/** The steps shrink quadratically; below this nothing changes any more. */
const smallestStep = 1e-12
/** Keeps the equations solvable; the value of the source's own implementation. */
const ridge = 1e-12

/**
 * Fits the curve by maximum likelihood on the log-odds of the probabilities; slope 1 and intercept 0 leave them as they
 * are. The outcomes are drawn a little towards the middle, (N+ + 1) / (N+ + 2) and 1 / (N- + 2), so that a few of them
 * never make a certainty.
 *
 * Source: J. Platt, "Probabilistic outputs for support vector machines" (1999); the steps are Newton's, as in
 * Lin, Lin and Weng, "A note on Platt's probabilistic outputs" (2007).
 */
export function fitPlatt(forecasts: readonly BinaryForecast[]): PlattCurve {
  const happened = forecasts.filter((forecast) => forecast.happened).length
  const whenHappened = (happened + 1) / (happened + 2)
  const whenNot = 1 / (forecasts.length - happened + 2)
  const points = forecasts.map((forecast) => ({
    x: logit(forecast.probability),
    target: forecast.happened ? whenHappened : whenNot,
  }))
  const level = logOdds(points.reduce((sum, { target }) => sum + target, 0) / Math.max(1, points.length))
  const flat = { slope: 0, intercept: points.length === 0 ? 0 : level }
  if (new Set(points.map(({ x }) => x)).size < 2) return flat
  const fitted = newton(points, flat)
  return fitted.slope >= 0 ? fitted : flat
}

export function applyPlatt({ slope, intercept }: PlattCurve, probability: number): number {
  return logistic(slope * logit(probability) + intercept)
}

interface Point {
  readonly x: number
  readonly target: number
}

function newton(points: readonly Point[], start: PlattCurve): PlattCurve {
  let curve = start
  let loss = logLoss(points, curve)
  for (let step = 0; step < mostSteps; step += 1) {
    const full = newtonStep(points, curve)
    let share = 1
    let next = moved(curve, full, share)
    // Halved until it does not make things worse; the loss is convex, so a small enough step never does.
    while (logLoss(points, next) > loss && share > smallestStep) {
      share /= 2
      next = moved(curve, full, share)
    }
    const change = Math.abs(next.slope - curve.slope) + Math.abs(next.intercept - curve.intercept)
    curve = next
    loss = logLoss(points, curve)
    if (change < smallestStep) break
  }
  return curve
}

function newtonStep(points: readonly Point[], { slope, intercept }: PlattCurve): PlattCurve {
  let slopeGradient = 0
  let interceptGradient = 0
  let slopeSlope = ridge
  let slopeIntercept = 0
  let interceptIntercept = ridge
  for (const { x, target } of points) {
    const p = logistic(slope * x + intercept)
    const curvature = p * (1 - p)
    slopeGradient += x * (p - target)
    interceptGradient += p - target
    slopeSlope += x * x * curvature
    slopeIntercept += x * curvature
    interceptIntercept += curvature
  }
  const determinant = slopeSlope * interceptIntercept - slopeIntercept ** 2
  return {
    slope: (interceptIntercept * slopeGradient - slopeIntercept * interceptGradient) / determinant,
    intercept: (slopeSlope * interceptGradient - slopeIntercept * slopeGradient) / determinant,
  }
}

const moved = (from: PlattCurve, step: PlattCurve, share: number): PlattCurve => ({
  slope: from.slope - share * step.slope,
  intercept: from.intercept - share * step.intercept,
})

/** Negative log-likelihood, written so that large odds do not overflow. */
function logLoss(points: readonly Point[], { slope, intercept }: PlattCurve): number {
  return points.reduce((sum, { x, target }) => {
    const odds = slope * x + intercept
    return sum + Math.max(odds, 0) - target * odds + Math.log1p(Math.exp(-Math.abs(odds)))
  }, 0)
}

const logOdds = (p: number): number => Math.log(p / (1 - p))
const logit = (probability: number): number => logOdds(Math.min(1 - nearest, Math.max(nearest, probability)))
const logistic = (odds: number): number => 1 / (1 + Math.exp(-odds))
