/** At most so many buckets of neighbours, each with its last value and its extremes: a picture has no more room. */
export interface Thinned {
  readonly at: number[]
  readonly last: number[]
  readonly low: number[]
  readonly high: number[]
}

export function thinned(
  at: readonly number[],
  last: readonly number[],
  low: readonly number[],
  high: readonly number[],
  most: number,
): Thinned {
  const stride = Math.max(1, Math.ceil(at.length / most))
  const kept: Thinned = { at: [], last: [], low: [], high: [] }
  for (let start = 0; start < at.length; start += stride) {
    const end = Math.min(start + stride, at.length)
    kept.at.push(at[end - 1] ?? 0)
    kept.last.push(last[end - 1] ?? 0)
    kept.low.push(low.slice(start, end).reduce((a, b) => Math.min(a, b)))
    kept.high.push(high.slice(start, end).reduce((a, b) => Math.max(a, b)))
  }
  return kept
}
