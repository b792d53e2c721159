import type { SeededRandom } from './seeded-random'

/**
 * One resample of a time series: blocks that begin anywhere and have geometric lengths with the given mean, taken in a
 * circle, until there are as many values as before. Unlike a draw of single days it keeps the way in which bad days
 * follow each other.
 *
 * Source: D. N. Politis and J. P. Romano, "The Stationary Bootstrap", Journal of the American Statistical Association
 * 89 (1994).
 */
export function stationaryResample(values: readonly number[], meanBlock: number, random: SeededRandom): number[] {
  const resample: number[] = []
  let place = random.below(values.length)
  while (resample.length < values.length) {
    resample.push(values[place] ?? 0)
    place = random.fraction() < 1 / meanBlock ? random.below(values.length) : (place + 1) % values.length
  }
  return resample
}

/** The cube root of the length: the order at which the error of the estimated variance falls fastest (same source). */
export function usualBlockLength(values: number): number {
  return Math.max(1, Math.round(Math.cbrt(values)))
}
