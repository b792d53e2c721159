/** Latencies of which the median is taken: the recent ones, so that it follows the machine. */
const keptLatencies = 256

/** What has been seen of one slot since the engine started. */
export interface SlotRecord {
  readonly requests: number
  readonly errors: number
  /** Median of the recent decisions; null before the first. */
  latencyP50Ms(): number | null
  /** `errors` counts the attempts that failed, which a retry or a fallback may have made good. */
  add(decision: { readonly latencyMs: number; readonly errors: number }): void
}

export function createSlotRecord(): SlotRecord {
  const latencies: number[] = []
  let requests = 0
  let errors = 0
  return {
    get requests() {
      return requests
    },
    get errors() {
      return errors
    },
    latencyP50Ms() {
      const sorted = latencies.toSorted((left, right) => left - right)
      return sorted[Math.floor(sorted.length / 2)] ?? null
    },
    add(decision) {
      latencies[requests % keptLatencies] = decision.latencyMs
      requests += 1
      errors += decision.errors
    },
  }
}
