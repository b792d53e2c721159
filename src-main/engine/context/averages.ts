/**
 * Indicators over whole columns. Each keeps its state between two calls, takes values [0, count), and writes NaN until
 * its warm-up is complete. Formulas and order of arithmetic are those of the package trading-signals, bit for bit.
 */
export interface ColumnIndicator {
  run(values: Float64Array, count: number, out: Float64Array): void
}

/** Exponential average that starts at the first value; it speaks from the `interval`th value on. */
export function createEma(interval: number): ColumnIndicator {
  const weight = 2 / (interval + 1)
  const keep = 1 - weight
  let previous = Number.NaN
  let seen = 0
  return {
    run(values, count, out) {
      let average = previous
      for (let at = 0; at < count; at++) {
        const value = values[at] ?? 0
        average = value * weight + (seen === 0 ? value : average) * keep
        seen++
        out[at] = seen < interval ? Number.NaN : average
      }
      previous = average
    },
  }
}

/** Wilder's average: the mean of the first `interval` values, then a fourteenth (1 / interval) of every new distance. */
export function createWilder(interval: number): ColumnIndicator {
  const share = 1 / interval
  let sum = 0
  let previous = 0
  let seen = 0
  return {
    run(values, count, out) {
      let average = previous
      for (let at = 0; at < count; at++) {
        const value = values[at] ?? 0
        seen++
        if (seen > interval) {
          average = (value - average) * share + average
          out[at] = average
          continue
        }
        sum += value
        if (seen === interval) average = sum / interval
        out[at] = seen === interval ? average : Number.NaN
      }
      previous = average
    },
  }
}

/** A window over the last `capacity` values that always lies in one piece: every value is stored twice. */
export interface SlidingWindow {
  readonly values: Float64Array
  push(value: number): void
  /** Where the oldest value lies; the newest lies `capacity - 1` further. */
  start(): number
  size(): number
}

export function createSlidingWindow(capacity: number): SlidingWindow {
  const values = new Float64Array(2 * capacity)
  let next = 0
  let size = 0
  return {
    values,
    push(value) {
      values[next] = value
      values[next + capacity] = value
      next = next + 1 === capacity ? 0 : next + 1
      if (size < capacity) size++
    },
    start: () => next,
    size: () => size,
  }
}

/** Added up from the oldest on, anew every time, so that no rounding error creeps in over a long history. */
export function sumOf(values: Float64Array, from: number, count: number): number {
  let total = 0
  for (let at = from; at < from + count; at++) total += values[at] ?? 0
  return total
}
