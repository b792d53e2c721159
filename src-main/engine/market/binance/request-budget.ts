import type { WallClock } from '../clock'

/**
 * Keeps requests within what the exchange allows: Binance counts a weight per address and minute, tells it with every
 * answer (`X-MBX-USED-WEIGHT-1M`), and answers 429, then 418 (banned), to those who go on; both carry `Retry-After`.
 * https://developers.binance.com/docs/binance-spot-api-docs/rest-api/limits
 */
export interface RequestBudget {
  /** Steady milliseconds until a request may be sent: zero, the rest of the minute, or the rest of a ban. */
  waitMs(): number
  /** True while the exchange asked to stay away (429 or 418); no request may be sent before `waitMs` is over. */
  isBanned(): boolean
  /** What the exchange says it allows a minute. */
  setLimit(weightPerMinute: number): void
  /** To be told of every answer. `headers` have lower-case names. */
  answered(status: number, headers: Readonly<Record<string, string>>): void
  usedWeight(): number
}

/** Binance spot's limit since 2023-08; replaced by what exchangeInfo says. */
const defaultWeightPerMinute = 6000
/** The rest is for the trader's other programs at the same address. */
const shareOfLimit = 0.8
const minuteMs = 60_000
const usedWeightHeader = 'x-mbx-used-weight-1m'
/** A 429 without `Retry-After` means the rest of the minute. */
const defaultRetryAfterSeconds = 60

export function createRequestBudget(clock: Pick<WallClock, 'steadyMs'>): RequestBudget {
  let weightPerMinute = defaultWeightPerMinute
  let usedWeight = 0
  /** When the count was last told. */
  let countedAtMs = Number.NEGATIVE_INFINITY
  let bannedUntilMs = Number.NEGATIVE_INFINITY

  return {
    waitMs() {
      const nowMs = clock.steadyMs()
      if (nowMs < bannedUntilMs) return bannedUntilMs - nowMs
      // The count starts anew each minute of the exchange's clock: a minute after it was told, it no longer holds.
      const isSpent = usedWeight >= weightPerMinute * shareOfLimit && nowMs < countedAtMs + minuteMs
      return isSpent ? countedAtMs + minuteMs - nowMs : 0
    },
    isBanned: () => clock.steadyMs() < bannedUntilMs,
    setLimit(weight) {
      weightPerMinute = weight
    },
    answered(status, headers) {
      const nowMs = clock.steadyMs()
      const weight = Number(headers[usedWeightHeader] ?? Number.NaN)
      if (Number.isFinite(weight)) {
        usedWeight = weight
        countedAtMs = nowMs
      }
      if (status !== 429 && status !== 418) return
      const seconds = Number(headers['retry-after'] ?? defaultRetryAfterSeconds)
      const pauseMs = (Number.isFinite(seconds) ? Math.max(0, seconds) : defaultRetryAfterSeconds) * 1000
      bannedUntilMs = Math.max(bannedUntilMs, nowMs + pauseMs)
    },
    usedWeight: () => (clock.steadyMs() < countedAtMs + minuteMs ? usedWeight : 0),
  }
}
