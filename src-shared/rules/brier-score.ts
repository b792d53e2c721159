import type { LabelSet } from './label-set'

/** A forecast over labels, and the label that came true. */
export interface Forecast<Label extends string> {
  readonly probabilities: Readonly<Record<Label, number>>
  readonly actual: Label
}

/**
 * Mean over the forecasts of the squared distances between the probabilities and what happened (1 for the label that
 * came true, 0 for the others), summed over the labels: 0 is perfect, 2 the worst. Null without forecasts.
 *
 * Source: G. W. Brier, "Verification of forecasts expressed in terms of probability" (1950), the original score over
 * all categories. For two labels it is twice the binary score below.
 */
export function brierScore<Label extends string>(
  { labels }: LabelSet<Label>,
  forecasts: readonly Forecast<Label>[],
): number | null {
  return mean(forecasts, ({ probabilities, actual }) =>
    labels.reduce((sum, label) => sum + (probabilities[label] - (label === actual ? 1 : 0)) ** 2, 0),
  )
}

/** A probability of something that then happened or did not. */
export interface BinaryForecast {
  readonly probability: number
  readonly happened: boolean
}

/** Mean squared distance between probability and outcome, 0 to 1; scikit-learn's `brier_score_loss`. */
export function binaryBrierScore(forecasts: readonly BinaryForecast[]): number | null {
  return mean(forecasts, ({ probability, happened }) => (probability - (happened ? 1 : 0)) ** 2)
}

/** How often each label came true; null without forecasts. */
export function baseRate<Label extends string>(
  { each }: LabelSet<Label>,
  actuals: readonly Label[],
): Readonly<Record<Label, number>> | null {
  if (actuals.length === 0) return null
  return each((label) => actuals.filter((actual) => actual === label).length / actuals.length)
}

/**
 * 1 less the score over a reference's score: 1 is perfect, 0 no better than the reference, negative worse than it.
 * Null where there is nothing to compare, or where the reference is already perfect.
 */
export function brierSkill(score: number | null, reference: number | null): number | null {
  return score === null || reference === null || reference === 0 ? null : 1 - score / reference
}

/** The score, and its skill against always telling the base rate of these very forecasts, known only afterwards. */
export function brierAgainstBaseRate<Label extends string>(
  labelSet: LabelSet<Label>,
  forecasts: readonly Forecast<Label>[],
): { readonly brier: number | null; readonly brierSkill: number | null } {
  const brier = brierScore(labelSet, forecasts)
  const actuals = forecasts.map(({ actual }) => actual)
  const rate = baseRate(labelSet, actuals)
  if (rate === null) return { brier, brierSkill: null }
  const reference = brierScore(
    labelSet,
    actuals.map((actual) => ({ actual, probabilities: rate })),
  )
  return { brier, brierSkill: brierSkill(brier, reference) }
}

function mean<Item>(items: readonly Item[], value: (item: Item) => number): number | null {
  return items.length === 0 ? null : items.reduce((sum, item) => sum + value(item), 0) / items.length
}
