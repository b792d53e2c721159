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

  /** Puts `value` where the leaving one stood and moves only what lies between the two places. */
  function replace(leaving: number, value: number): void {
    const from = firstNotBelow(leaving)
    const to = firstNotBelow(value)
    if (to > from) {
      sorted.copyWithin(from, from + 1, to)
      sorted[to - 1] = value
    } else {
      sorted.copyWithin(to + 1, to, from)
      sorted[to] = value
    }
  }

  return {
    pushAndRank(value, needed) {
      if (size === capacity) {
        replace(inOrder[oldest] ?? 0, value)
        inOrder[oldest] = value
        oldest = oldest + 1 === capacity ? 0 : oldest + 1
      } else {
        const at = firstNotBelow(value)
        sorted.copyWithin(at + 1, at, size)
        sorted[at] = value
        inOrder[size] = value
        size++
      }
      if (size < needed) return Number.NaN
      const below = firstNotBelow(value)
      let equal = 0
      while (below + equal < size && sorted[below + equal] === value) equal++
      return (below + equal / 2) / size
    },
  }
}
