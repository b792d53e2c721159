/** An answer's confidence, and whether the answer was right. */
export interface ConfidentAnswer {
  /** In [0, 1]. */
  readonly confidence: number
  readonly right: boolean
}

/** The answers whose confidence lies in (from, to]; the first bin also holds 0. */
export interface ReliabilityBin {
  readonly from: number
  readonly to: number
  readonly n: number
  /** Mean confidence; null in an empty bin. */
  readonly confidence: number | null
  /** Share that was right; null in an empty bin. */
  readonly accuracy: number | null
}

export const usualBinCount = 10

/** Sorts answers into bins of equal width; the bins' bounds are those of Guo et al. and of scikit-learn. */
export function reliabilityBins(
  answers: readonly ConfidentAnswer[],
  binCount: number = usualBinCount,
): readonly ReliabilityBin[] {
  return Array.from({ length: binCount }, (_, bin) => {
    const from = bin / binCount
    const to = (bin + 1) / binCount
    const inside = answers.filter(({ confidence }) => (confidence > from || bin === 0) && confidence <= to)
    const n = inside.length
    const confidence = inside.reduce((sum, answer) => sum + answer.confidence, 0)
    const right = inside.filter((answer) => answer.right).length
    return { from, to, n, confidence: n === 0 ? null : confidence / n, accuracy: n === 0 ? null : right / n }
  })
}

/**
 * Expected calibration error: the distance between confidence and accuracy in each bin, weighted by the bin's answers.
 * 0 is calibrated, 1 the worst; null without answers.
 *
 * Source: C. Guo et al., "On Calibration of Modern Neural Networks" (2017), equation 3.
 */
export function expectedCalibrationError(bins: readonly ReliabilityBin[]): number | null {
  const n = bins.reduce((sum, bin) => sum + bin.n, 0)
  if (n === 0) return null
  return bins.reduce((sum, bin) => {
    const gap = bin.confidence === null || bin.accuracy === null ? 0 : Math.abs(bin.accuracy - bin.confidence)
    return sum + (bin.n / n) * gap
  }, 0)
}
