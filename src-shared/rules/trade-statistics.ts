import { meanOf, quantileOf, quotient, sampleDeviation, sumOf } from './distribution-statistics'

/** What a statistic needs of a closed trade. */
export interface TradeResult {
  /** Net of fees and slippage, in the quote asset. */
  readonly profit: number
  /** Profit over what the position cost. */
  readonly return: number
  readonly holdingMs: number
}

/** Figures over closed trades, in the order of their exits; null where there is nothing to divide by. */
export interface TradeStatistics {
  readonly wins: number
  readonly losses: number
  /** Share of trades with a profit above zero. */
  readonly winRate: number | null
  readonly averageWin: number | null
  readonly averageLoss: number | null
  readonly largestWin: number | null
  readonly largestLoss: number | null
  /** Longest runs of wins and of losses; a trade of exactly zero ends both. */
  readonly longestWinStreak: number
  readonly longestLossStreak: number
  readonly averageHoldingMs: number | null
  readonly medianHoldingMs: number | null
  readonly longestHoldingMs: number | null
  /** Sum of the profits over sum of the losses. */
  readonly profitFactor: number | null
  /** Mean profit of a trade. */
  readonly expectancy: number | null
  readonly averageReturn: number | null
  /**
   * System quality number: the root of the count, times the mean profit over its standard deviation.
   *
   * Source: V. K. Tharp, "The Definitive Guide to Position Sizing" (2008), with profits for multiples of risk.
   */
  readonly sqn: number | null
  /**
   * The share of the account that would have grown fastest: win rate - (1 - win rate) / (mean win / mean loss), over the
   * trades' returns. Below zero: none.
   *
   * Source: J. L. Kelly, "A New Interpretation of Information Rate" (1956), for two outcomes.
   */
  readonly kelly: number | null
}

export function tradeStatistics(trades: readonly TradeResult[]): TradeStatistics {
  const profits = trades.map(({ profit }) => profit)
  const wins = profits.filter((profit) => profit > 0)
  const losses = profits.filter((profit) => profit < 0)
  const holdings = trades.map(({ holdingMs }) => holdingMs)
  const winRate = quotient(wins.length, trades.length)
  const expectancy = meanOf(profits)
  const deviation = sampleDeviation(profits)
  const quality = quotient(expectancy, deviation)
  return {
    wins: wins.length,
    losses: losses.length,
    winRate,
    averageWin: meanOf(wins),
    averageLoss: meanOf(losses),
    largestWin: wins.length === 0 ? null : wins.reduce((a, b) => Math.max(a, b)),
    largestLoss: losses.length === 0 ? null : losses.reduce((a, b) => Math.min(a, b)),
    longestWinStreak: longestStreak(profits, (profit) => profit > 0),
    longestLossStreak: longestStreak(profits, (profit) => profit < 0),
    averageHoldingMs: meanOf(holdings),
    medianHoldingMs: quantileOf(holdings, 0.5),
    longestHoldingMs: holdings.length === 0 ? null : holdings.reduce((a, b) => Math.max(a, b)),
    profitFactor: quotient(sumOf(wins), -sumOf(losses)),
    expectancy,
    averageReturn: meanOf(trades.map((trade) => trade.return)),
    sqn: quality === null ? null : quality * Math.sqrt(trades.length),
    kelly: kellyShare(trades, winRate),
  }
}

function kellyShare(trades: readonly TradeResult[], winRate: number | null): number | null {
  const returns = trades.map((trade) => trade.return)
  const win = meanOf(returns.filter((value) => value > 0))
  const loss = meanOf(returns.filter((value) => value < 0))
  const payoff = quotient(win, loss === null ? null : -loss)
  return payoff === null || winRate === null ? null : winRate - (1 - winRate) / payoff
}

function longestStreak(profits: readonly number[], belongs: (profit: number) => boolean): number {
  let longest = 0
  let current = 0
  for (const profit of profits) {
    current = belongs(profit) ? current + 1 : 0
    longest = Math.max(longest, current)
  }
  return longest
}
