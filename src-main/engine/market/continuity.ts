import { type MarketAnomaly, type Timeframe, timeframeMs } from '@shared/contract/candle'

/** The first open time of the timeframe's grid that is not before `timeMs`. */
export function nextOpenMs(timeMs: number, timeframe: Timeframe): number {
  const stepMs = timeframeMs[timeframe]
  return Math.ceil(timeMs / stepMs) * stepMs
}

/** The gap when the candle expected at `expectedOpenMs` was followed by one (or an end) at `untilMs`; null if none. */
export function gapBetween(expectedOpenMs: number, untilMs: number, timeframe: Timeframe): MarketAnomaly | null {
  const toMs = nextOpenMs(untilMs, timeframe)
  const missingCandles = (toMs - expectedOpenMs) / timeframeMs[timeframe]
  return missingCandles > 0 ? { kind: 'gap', fromMs: expectedOpenMs, toMs, missingCandles } : null
}
