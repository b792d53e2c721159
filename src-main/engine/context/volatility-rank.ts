import { type ColumnIndicator, createSlidingWindow, sumOf } from './averages'
import { createRankWindow } from './rank-window'

/** Candles over which volatility is measured, and how many such measurements it is ranked among. */
export const realisedCandles = 24
export const rankWindow = 500
export const rankWarmUp = 100

/**
 * Realised volatility (standard deviation of the last 24 log returns) as a percentile rank, 0 to 1, within its own
 * trailing window: "high" means high for this market at this timeframe, whatever its price. Unknown (NaN) until a
 * hundred measurements can be compared.
 */
export function createVolatilityRank(): ColumnIndicator {
  const returns = createSlidingWindow(realisedCandles)
  const ranks = createRankWindow(rankWindow)
  let previousClose = Number.NaN

  function realised(): number {
    const { values } = returns
    const from = returns.start()
    const mean = sumOf(values, from, realisedCandles) / realisedCandles
    let squares = 0
    for (let at = from + realisedCandles - 1; at >= from; at--) {
      const distance = (values[at] ?? 0) - mean
      squares += distance * distance
    }
    return Math.sqrt(squares / realisedCandles)
  }

  return {
    run(closes, count, out) {
      for (let at = 0; at < count; at++) {
        const close = closes[at] ?? 0
        if (!Number.isNaN(previousClose)) returns.push(Math.log(close / previousClose))
        previousClose = close
        out[at] = returns.size() < realisedCandles ? Number.NaN : ranks.pushAndRank(realised(), rankWarmUp)
      }
    },
  }
}
