/**
 * The standard normal value below which the given share lies; infinite at 0 and 1. Right to about 1e-9.
 *
 * Source: P. J. Acklam, "An algorithm for computing the inverse normal cumulative distribution function" (2003).
 */
export function normalQuantile(share: number): number {
  if (share <= 0) return Number.NEGATIVE_INFINITY
  if (share >= 1) return Number.POSITIVE_INFINITY
  if (share < tail) return tailValue(Math.sqrt(-2 * Math.log(share)))
  if (share > 1 - tail) return -tailValue(Math.sqrt(-2 * Math.log(1 - share)))
  const distance = share - 0.5
  const square = distance * distance
  return (distance * polynomial(middleOver, square)) / polynomial(middleUnder, square)
}

const tail = 0.02425

const middleOver = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
] as const
const middleUnder = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1,
] as const
const tailOver = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
] as const
const tailUnder = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1] as const

function tailValue(root: number): number {
  return polynomial(tailOver, root) / polynomial(tailUnder, root)
}

/** By Horner's rule, the coefficient of the highest power first. */
function polynomial(coefficients: readonly number[], at: number): number {
  return coefficients.reduce((sum, coefficient) => sum * at + coefficient, 0)
}
