import type { Drawdown, EquityCurve } from './trading-record'

const dayMs = 86_400_000

/** Follows the equity candle by candle, and keeps a point per day: memory grows with the days, never with the candles. */
export interface EquityTrack {
  /**
   * The account after a candle's close. Times never fall; of several marks at one time (one per symbol) the last
   * counts. `equity` and `positionsValue` in the quote asset.
   */
  mark(atMs: number, equity: number, positionsValue: number): void
  /** Ends the track at its last mark. */
  end(): EquityTrackEnd
}

export interface EquityTrackEnd {
  readonly curve: EquityCurve
  readonly drawdown: Drawdown
  readonly exposure: { readonly timeShare: number; readonly mean: number }
}

export interface EquityTrackOptions {
  readonly startMs: number
  readonly equityStart: number
  /**
   * Called when a point of the curve is taken: the start, each midnight, the end. Whoever keeps benchmark prices notes
   * them here, so that they lie on the same times.
   */
  readonly onPoint?: (atMs: number) => void
}

export function trackEquity({ startMs, equityStart, onPoint }: EquityTrackOptions): EquityTrack {
  const atTimes: number[] = []
  const equities: number[] = []
  const exposures: number[] = []
  let markMs = startMs
  let equity = equityStart
  let exposure = 0
  let nextMidnightMs = startMs - (startMs % dayMs) + dayMs

  let moments = 0
  let exposedMoments = 0
  let exposureSum = 0

  let peak = equityStart
  let peakMs = startMs
  let isUnderwater = false
  let longestUnderwaterMs = 0
  let depth = 0
  let deepestPeakMs: number | null = null
  let deepestTroughMs: number | null = null
  let deepestRecoveredMs: number | null = null

  point(startMs)

  function point(atMs: number): void {
    atTimes.push(atMs)
    equities.push(equity)
    exposures.push(exposure)
    onPoint?.(atMs)
  }

  /** The moment that the marks so far belong to is over. */
  function settle(): void {
    moments += 1
    exposureSum += exposure
    if (exposure > 0) exposedMoments += 1
    if (equity >= peak) {
      if (isUnderwater) {
        longestUnderwaterMs = Math.max(longestUnderwaterMs, markMs - peakMs)
        if (deepestPeakMs === peakMs) deepestRecoveredMs = markMs
      }
      peak = equity
      peakMs = markMs
      isUnderwater = false
      return
    }
    isUnderwater = true
    const fall = 1 - equity / peak
    if (fall > depth) {
      depth = fall
      deepestPeakMs = peakMs
      deepestTroughMs = markMs
      deepestRecoveredMs = null
    }
  }

  return {
    mark(atMs, equityNow, positionsValue) {
      if (atMs > markMs) {
        if (markMs > startMs) settle()
        // A mark at midnight belongs to the day that ends there, and may still be replaced by another symbol's.
        while (atMs > nextMidnightMs) {
          point(nextMidnightMs)
          nextMidnightMs += dayMs
        }
        markMs = atMs
      }
      equity = equityNow
      exposure = equityNow > 0 ? positionsValue / equityNow : 0
    },
    end() {
      if (markMs > startMs) settle()
      if (isUnderwater) longestUnderwaterMs = Math.max(longestUnderwaterMs, markMs - peakMs)
      if (markMs > startMs) point(markMs)
      return {
        curve: { atMs: atTimes, equity: equities, exposure: exposures },
        drawdown: {
          depth,
          peakAtMs: deepestPeakMs,
          troughAtMs: deepestTroughMs,
          recoveredAtMs: deepestRecoveredMs,
          longestUnderwaterMs,
        },
        exposure: {
          timeShare: moments === 0 ? 0 : exposedMoments / moments,
          mean: moments === 0 ? 0 : exposureSum / moments,
        },
      }
    },
  }
}
