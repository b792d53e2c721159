/** The last `capacity` numbers of a series, oldest forgotten first. */
export interface TrailingWindow {
  push(value: number): void
  readonly size: number
  /** 0 is the newest; null beyond what was seen. */
  back(age: number): number | null
  sum(): number
}

export function createTrailingWindow(capacity: number): TrailingWindow {
  const ring = new Float64Array(capacity)
  let next = 0
  let size = 0
  return {
    push(value) {
      ring[next] = value
      next = next + 1 === capacity ? 0 : next + 1
      if (size < capacity) size++
    },
    get size() {
      return size
    },
    back(age) {
      if (age >= size) return null
      const at = next - 1 - age
      return ring[at < 0 ? at + capacity : at] ?? null
    },
    /** Added up anew from the oldest on, so that no rounding error creeps in over a long history. */
    sum() {
      let total = 0
      for (let age = size - 1; age >= 0; age--) {
        const at = next - 1 - age
        total += ring[at < 0 ? at + capacity : at] ?? 0
      }
      return total
    },
  }
}

/** Where a value stands among the values before it. */
export interface RankWindow {
  push(value: number): void
  /** Share of the window below `value`, ties counting half; null until `needed` values were seen. */
  rank(value: number, needed: number): number | null
}

/** Keeps its values sorted: one binary search and one short move of memory per value. */
export function createRankWindow(capacity: number): RankWindow {
  const sorted = new Float64Array(capacity)
  const inOrder = createTrailingWindow(capacity)
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

  return {
    push(value) {
      if (size === capacity) {
        const oldest = inOrder.back(capacity - 1)
        if (oldest !== null) {
          const at = firstNotBelow(oldest)
          sorted.copyWithin(at, at + 1, size)
          size--
        }
      }
      const at = firstNotBelow(value)
      sorted.copyWithin(at + 1, at, size)
      sorted[at] = value
      size++
      inOrder.push(value)
    },
    rank(value, needed) {
      if (size < needed || size === 0) return null
      const below = firstNotBelow(value)
      let equal = 0
      while (below + equal < size && sorted[below + equal] === value) equal++
      return (below + equal / 2) / size
    },
  }
}
