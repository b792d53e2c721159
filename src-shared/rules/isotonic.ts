/** Neighbouring points that share one value. */
export interface IsotonicBlock {
  readonly from: number
  readonly to: number
  readonly value: number
}

interface Pool extends IsotonicBlock {
  readonly weight: number
}

/**
 * The non-decreasing step function with the least squared distance to the points (x, y), by pooling adjacent violators:
 * wherever a value would fall below the one before it, both get their common mean. Points with the same x are one point.
 *
 * Source: Ayer et al., "An empirical distribution function for sampling with incomplete information" (1955).
 */
export function poolAdjacentViolators(points: readonly (readonly [x: number, y: number])[]): readonly IsotonicBlock[] {
  const pools: Pool[] = []
  // Among points with the same x the larger come first: a prefix of them then never lies below their mean, and none of
  // them is pooled to the left unless all of them must be.
  const inOrder = points.toSorted(([leftX, leftY], [rightX, rightY]) => leftX - rightX || rightY - leftY)
  for (const [x, y] of inOrder) {
    let pool: Pool = { from: x, to: x, value: y, weight: 1 }
    for (let before = pools.at(-1); before !== undefined; before = pools.at(-1)) {
      if (before.value < pool.value && before.to < pool.from) break
      pools.pop()
      pool = merged(before, pool)
    }
    pools.push(pool)
  }
  return pools.map(({ from, to, value }) => ({ from, to, value }))
}

function merged(left: Pool, right: Pool): Pool {
  const weight = left.weight + right.weight
  const value = (left.value * left.weight + right.value * right.weight) / weight
  return { from: left.from, to: right.to, value, weight }
}
