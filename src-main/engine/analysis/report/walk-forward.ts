import { quotient } from '@shared/rules/distribution-statistics'
import { compoundAnnualGrowth } from '@shared/rules/return-statistics'

/** What one span of time brought. */
export interface SpanResult {
  readonly fromMs: number
  readonly toMs: number
  readonly netReturn: number
  readonly trades: number
  readonly drawdown: number
}

/** Parameters were chosen on `inSample` and traded, unseen, on `outOfSample`. */
export interface WalkForwardWindow {
  /** The chosen parameters, in words. */
  readonly parameters: string
  readonly inSample: SpanResult
  readonly outOfSample: SpanResult
}

export interface WalkForwardSummary {
  readonly windows: number
  /** Windows whose out-of-sample part made a profit. */
  readonly profitable: number
  readonly outOfSampleReturn: number
  readonly outOfSampleGrowth: number | null
  readonly inSampleGrowth: number | null
  /**
   * Annual growth out of sample over that in sample: near 1 the choice carried over, near 0 it was fitted to the past.
   *
   * Source: R. Pardo, "The Evaluation and Optimization of Trading Strategies" (2008), walk-forward efficiency.
   */
  readonly efficiency: number | null
}

/** Sums the windows up; returns compound over them. */
export function walkForwardSummary(windows: readonly WalkForwardWindow[]): WalkForwardSummary {
  const outside = windows.map(({ outOfSample }) => outOfSample)
  const outOfSampleGrowth = annualGrowth(outside)
  const inSampleGrowth = annualGrowth(windows.map(({ inSample }) => inSample))
  const isMeaningful = inSampleGrowth !== null && inSampleGrowth > 0
  return {
    windows: windows.length,
    profitable: outside.filter(({ netReturn }) => netReturn > 0).length,
    outOfSampleReturn: growthOf(outside) - 1,
    outOfSampleGrowth,
    inSampleGrowth,
    efficiency: isMeaningful ? quotient(outOfSampleGrowth, inSampleGrowth) : null,
  }
}

function growthOf(spans: readonly SpanResult[]): number {
  return spans.reduce((product, { netReturn }) => product * (1 + netReturn), 1)
}

function annualGrowth(spans: readonly SpanResult[]): number | null {
  const elapsedMs = spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
  return compoundAnnualGrowth(1, growthOf(spans), elapsedMs)
}
