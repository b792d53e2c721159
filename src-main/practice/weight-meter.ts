/** The request weight of one client, per real minute, as `X-MBX-USED-WEIGHT-1M` states it. */
export interface WeightMeter {
  readonly limit: number
  /** Counts a request. `retryAfterS` is null as long as the limit holds, else the seconds until the minute is over. */
  use(weight: number): { readonly weight: number; readonly retryAfterS: number | null }
}

const minuteMs = 60_000

export function createWeightMeter(limit: number, steadyMs: () => number): WeightMeter {
  let minute = 0
  let used = 0
  return {
    limit,
    use(weight) {
      const nowMs = steadyMs()
      const thisMinute = Math.floor(nowMs / minuteMs)
      if (thisMinute !== minute) used = 0
      minute = thisMinute
      used += weight
      const leftS = Math.max(1, Math.ceil(((thisMinute + 1) * minuteMs - nowMs) / 1000))
      return { weight: used, retryAfterS: used > limit ? leftS : null }
    },
  }
}
