import { meanOf, quotient, sampleDeviation, sumOf } from './distribution-statistics'

/**
 * Figures over daily returns (fractions: 0.01 is one percent). A market that never closes has 365 trading days a year;
 * the risk-free rate and the least acceptable return are zero. Null where a figure would be a division by zero.
 */
export const tradingDaysPerYear = 365

const yearMs = tradingDaysPerYear * 86_400_000

/** The growth of one year that compounds to the whole: (end / start)^(1 year / time) - 1. Null without time or money. */
export function compoundAnnualGrowth(start: number, end: number, elapsedMs: number): number | null {
  if (start <= 0 || end < 0 || elapsedMs <= 0) return null
  const growth = (end / start) ** (yearMs / elapsedMs) - 1
  return Number.isFinite(growth) ? growth : null
}

/** Standard deviation of daily returns times the root of 365. */
export function annualVolatility(returns: readonly number[]): number | null {
  const deviation = sampleDeviation(returns)
  return deviation === null ? null : deviation * Math.sqrt(tradingDaysPerYear)
}

/**
 * Mean over standard deviation of daily returns, times the root of 365.
 *
 * Source: W. F. Sharpe, "The Sharpe Ratio", Journal of Portfolio Management (1994).
 */
export function sharpeRatio(returns: readonly number[]): number | null {
  return annualRatio(meanOf(returns), sampleDeviation(returns))
}

/**
 * Mean over downside deviation, times the root of 365. The downside deviation is the root of the mean of squared losses
 * over ALL days, gains counting as zero.
 *
 * Source: F. A. Sortino and L. N. Price, "Performance Measurement in a Downside Risk Framework" (1994).
 */
export function sortinoRatio(returns: readonly number[]): number | null {
  const squares = meanOf(returns.map((value) => Math.min(value, 0) ** 2))
  return annualRatio(meanOf(returns), squares === null ? null : Math.sqrt(squares))
}

/**
 * Sum of gains over sum of losses of daily returns.
 *
 * Source: C. Keating and W. F. Shadwick, "A Universal Performance Measure" (2002), with threshold zero.
 */
export function omegaRatio(returns: readonly number[]): number | null {
  const gains = sumOf(returns.map((value) => Math.max(value, 0)))
  const losses = sumOf(returns.map((value) => Math.max(-value, 0)))
  return quotient(gains, losses)
}

/** How far the list once fell from a peak before it, as a share of that peak. */
export function deepestFall(equity: Iterable<number>): number {
  let peak = 0
  let depth = 0
  for (const value of equity) {
    if (value > peak) peak = value
    else if (peak > 0) depth = Math.max(depth, 1 - value / peak)
  }
  return depth
}

export interface AgainstBenchmark {
  /** Slope of the returns over the benchmark's: covariance over its variance. */
  readonly beta: number | null
  /** What a year brings beyond beta times the benchmark: (mean - beta * its mean) * 365. */
  readonly alpha: number | null
  /** Mean over standard deviation of the daily difference, times the root of 365. */
  readonly informationRatio: number | null
}

/**
 * Two lists of returns of the same days.
 *
 * Sources: M. C. Jensen, "The Performance of Mutual Funds" (1968); T. H. Goodwin, "The Information Ratio" (1998).
 */
export function againstBenchmark(returns: readonly number[], benchmark: readonly number[]): AgainstBenchmark {
  const mean = meanOf(returns)
  const benchmarkMean = meanOf(benchmark)
  if (mean === null || benchmarkMean === null) return { beta: null, alpha: null, informationRatio: null }
  let covariance = 0
  let variance = 0
  benchmark.forEach((value, day) => {
    covariance += ((returns[day] ?? 0) - mean) * (value - benchmarkMean)
    variance += (value - benchmarkMean) ** 2
  })
  const beta = quotient(covariance, variance)
  const differences = returns.map((value, day) => value - (benchmark[day] ?? 0))
  return {
    beta,
    alpha: beta === null ? null : (mean - beta * benchmarkMean) * tradingDaysPerYear,
    informationRatio: annualRatio(meanOf(differences), sampleDeviation(differences)),
  }
}

/** Below this a deviation is the rounding of floats: returns that are all alike have none. */
const leastDeviation = 1e-12

function annualRatio(mean: number | null, deviation: number | null): number | null {
  if (deviation === null || deviation < leastDeviation) return null
  const daily = quotient(mean, deviation)
  return daily === null ? null : daily * Math.sqrt(tradingDaysPerYear)
}
