/** Where a value stands among the last `capacity` values. */
export interface RankWindow {
  /** Takes the value; the share of the window below it, ties counting half; NaN until `needed` values were seen. */
  pushAndRank(value: number, needed: number): number
}

/** Keeps its values sorted: two binary searches and one short move of memory per value. */
export function createRankWindow(capacity: number): RankWindow {
  const sorted = new Float64Array(capacity)
  const inOrder = new Float64Array(capacity)
  let oldest = 0
  let size = 0

  function firstNotBelow(value: number): number {
    let low = 0
    let high = size
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((sorted[middle] ?? 0) < value) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Puts `value` where the leaving one stood and moves only what lies between the two places; how many are below it. */
  function replace(leaving: number, value: number): number {
    const from = firstNotBelow(leaving)
    const to = firstNotBelow(value)
    if (to > from) {
      sorted.copyWithin(from, from + 1, to)
      sorted[to - 1] = value
      return to - 1
    }
    sorted.copyWithin(to + 1, to, from)
    sorted[to] = value
    return to
  }

  function insert(value: number): number {
    const at = firstNotBelow(value)
    sorted.copyWithin(at + 1, at, size)
    sorted[at] = value
    size++
    return at
  }

  return {
    pushAndRank(value, needed) {
      const below = size === capacity ? replace(inOrder[oldest] ?? 0, value) : insert(value)
      // While the window fills, `oldest` runs round it once and is back at its beginning when it is full.
      inOrder[oldest] = value
      oldest = oldest + 1 === capacity ? 0 : oldest + 1
      if (size < needed) return Number.NaN
      let equal = 0
      while (below + equal < size && sorted[below + equal] === value) equal++
      return (below + equal / 2) / size
    },
  }
}
