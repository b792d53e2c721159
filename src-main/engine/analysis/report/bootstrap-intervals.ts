import { stationaryResample, usualBlockLength } from '@shared/rules/block-bootstrap'
import { sortedQuantile } from '@shared/rules/distribution-statistics'
import { deepestFall, sharpeRatio, sortinoRatio, tradingDaysPerYear } from '@shared/rules/return-statistics'
import type { SeededRandom } from '@shared/rules/seeded-random'

/** The middle and the bounds between which 95 of 100 resamples lie. */
export interface Interval {
  readonly low: number
  readonly middle: number
  readonly high: number
}

const outerShare = 0.025

export function intervalOf(values: readonly number[], outer = outerShare): Interval | null {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, middle, high] = [outer, 0.5, 1 - outer].map((share) => sortedQuantile(sorted, share))
  if (low === undefined || middle === undefined || high === undefined) return null
  return low === null || middle === null || high === null ? null : { low, middle, high }
}

/** What else could have come of days like these: 95 % intervals over resampled histories of equal length. */
export interface BootstrapIntervals {
  readonly rounds: number
  readonly meanBlockDays: number
  readonly netReturn: Interval | null
  readonly cagr: Interval | null
  readonly sharpe: Interval | null
  readonly sortino: Interval | null
  /** Of daily closes, as a share of the peak. */
  readonly drawdown: Interval | null
  /** Share of the histories that ended with a loss. */
  readonly lossShare: number
}

/** Stationary block bootstrap of daily returns; percentile intervals. */
export function bootstrapIntervals(
  returns: readonly number[],
  rounds: number,
  random: SeededRandom,
): BootstrapIntervals {
  const meanBlockDays = usualBlockLength(returns.length)
  const growths: number[] = []
  const sharpes: number[] = []
  const sortinos: number[] = []
  const falls: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const resample = stationaryResample(returns, meanBlockDays, random)
    const equity = compounded(resample)
    growths.push((equity.at(-1) ?? 1) - 1)
    falls.push(deepestFall(equity))
    keep(sharpes, sharpeRatio(resample))
    keep(sortinos, sortinoRatio(resample))
  }
  const years = returns.length / tradingDaysPerYear
  return {
    rounds,
    meanBlockDays,
    netReturn: intervalOf(growths),
    cagr: intervalOf(growths.map((growth) => (1 + growth) ** (1 / years) - 1)),
    sharpe: intervalOf(sharpes),
    sortino: intervalOf(sortinos),
    drawdown: intervalOf(falls),
    lossShare: growths.filter((growth) => growth < 0).length / rounds,
  }
}

/** One unit of money after each return, the start included. */
export function compounded(returns: readonly number[]): number[] {
  const equity = [1]
  let value = 1
  for (const change of returns) {
    value *= 1 + change
    equity.push(value)
  }
  return equity
}

function keep(values: number[], value: number | null): void {
  if (value !== null) values.push(value)
}
