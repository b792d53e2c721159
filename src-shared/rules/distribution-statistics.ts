/** Plain statistics of a list of numbers; null where the list is too short for an answer. */

export function sumOf(values: readonly number[]): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}

export function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : sumOf(values) / values.length
}

/** The standard deviation of a sample: squared distances over n - 1. Null below two values. */
export function sampleDeviation(values: readonly number[]): number | null {
  const mean = meanOf(values)
  if (mean === null || values.length < 2) return null
  let squares = 0
  for (const value of values) squares += (value - mean) ** 2
  return Math.sqrt(squares / (values.length - 1))
}

/**
 * The value below which the given share of the list lies, straight between its neighbours (R's type 7, and the default
 * of NumPy's `quantile`). The list need not be in order.
 */
export function quantileOf(values: readonly number[], share: number): number | null {
  return sortedQuantile(
    values.toSorted((a, b) => a - b),
    share,
  )
}

/** As `quantileOf`, of a list in rising order. */
export function sortedQuantile(sorted: readonly number[], share: number): number | null {
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)]
  const above = sorted[Math.ceil(place)]
  if (below === undefined || above === undefined) return null
  return below + (above - below) * (place - Math.floor(place))
}

/** A quotient; null where the divisor is zero or the result is not finite. */
export function quotient(dividend: number | null, divisor: number | null): number | null {
  if (dividend === null || divisor === null || divisor === 0) return null
  const value = dividend / divisor
  return Number.isFinite(value) ? value : null
}
