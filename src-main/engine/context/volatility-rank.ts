import { createRankWindow, createTrailingWindow } from './trailing-window'

/** Candles over which volatility is measured, and how many such measurements it is ranked among. */
export const realisedCandles = 24
export const rankWindow = 500
export const rankWarmUp = 100

/**
 * Realised volatility (standard deviation of the last 24 log returns) as a percentile rank, 0 to 1, within its own
 * trailing window: "high" means high for this market at this timeframe, whatever its price.
 */
export interface VolatilityRank {
  observe(close: number, previousClose: number | null): void
  /** Null until a hundred measurements can be compared. */
  value(): number | null
}

export function createVolatilityRank(): VolatilityRank {
  const returns = createTrailingWindow(realisedCandles)
  const ranks = createRankWindow(rankWindow)
  let rank: number | null = null

  function realised(): number {
    const mean = returns.sum() / realisedCandles
    let squares = 0
    for (let age = 0; age < realisedCandles; age++) squares += ((returns.back(age) ?? 0) - mean) ** 2
    return Math.sqrt(squares / realisedCandles)
  }

  return {
    observe(close, previousClose) {
      if (previousClose === null) return
      returns.push(Math.log(close / previousClose))
      if (returns.size < realisedCandles) return
      const volatility = realised()
      ranks.push(volatility)
      rank = ranks.rank(volatility, rankWarmUp)
    },
    value: () => rank,
  }
}
