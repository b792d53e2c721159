import { sampleDeviation } from '@shared/rules/distribution-statistics'
import { normalQuantile } from '@shared/rules/normal-distribution'

/** One set of parameters with what it brought. */
export interface SweepResult {
  readonly parameters: Readonly<Record<string, string | number>>
  readonly netReturn: number
  readonly sharpe: number | null
  readonly drawdown: number
  readonly trades: number
  readonly profitFactor: number | null
}

export interface SweepSummary {
  readonly sets: number
  readonly profitable: number
  readonly bestSharpe: number | null
  /** The Sharpe that the best of as many sets would show by luck alone, see `expectedBestSharpe`. */
  readonly luckySharpe: number | null
}

export function sweepSummary(results: readonly SweepResult[]): SweepSummary {
  const sharpes = results.flatMap(({ sharpe }) => (sharpe === null ? [] : [sharpe]))
  return {
    sets: results.length,
    profitable: results.filter(({ netReturn }) => netReturn > 0).length,
    bestSharpe: sharpes.length === 0 ? null : sharpes.reduce((a, b) => Math.max(a, b)),
    luckySharpe: expectedBestSharpe(sharpes),
  }
}

const eulerMascheroni = 0.5772156649015329

/**
 * The highest annual Sharpe to expect of so many independent tries without any skill, from how far their Sharpes lie
 * apart: deviation * ((1 - g) * z(1 - 1/n) + g * z(1 - 1/(n e))), g the Euler-Mascheroni constant, z the normal quantile.
 * Sets that are alike count as more tries than they are, so that this errs to the strict side. Null below two.
 *
 * Source: D. H. Bailey and M. López de Prado, "The Deflated Sharpe Ratio" (2014), equation 1.
 */
export function expectedBestSharpe(sharpes: readonly number[]): number | null {
  const deviation = sampleDeviation(sharpes)
  if (deviation === null) return null
  const n = sharpes.length
  const upper = normalQuantile(1 - 1 / n)
  const further = normalQuantile(1 - 1 / (n * Math.E))
  return deviation * ((1 - eulerMascheroni) * upper + eulerMascheroni * further)
}
