import { failure, type Outcome, success } from '@shared/contract/outcome'
import { likeliestSentiment, type SentimentLabel, sentimentProbabilitiesSchema } from '@shared/contract/sentiment'
import { baseRate, brierAgainstBaseRate } from '@shared/rules/brier-score'
import { type ClassificationReport, classificationReport } from '@shared/rules/classification-report'
import { sentimentLabels } from '@shared/rules/label-set'
import { expectedCalibrationError, type ReliabilityBin, reliabilityBins } from '@shared/rules/reliability'
import { z } from 'zod'
import type { Headline } from './headline-file'
import type { HeadlineScorer } from './headline-scorer'

type Report = ClassificationReport<SentimentLabel>

/** How a scorer's reading of headlines agrees with people's labels. */
export interface SentimentEvaluation extends Report {
  readonly scorer: string
  /** Over all three labels, 0 to 2. */
  readonly brier: number | null
  /** Against the labels' own shares in the file; see `brierSkill`. */
  readonly brierSkill: number | null
  /** Of the likeliest label, over ten bins. */
  readonly ece: number | null
  readonly bins: readonly ReliabilityBin[]
  /** What saying the file's commonest label every time would score. */
  readonly commonest: { readonly label: SentimentLabel; readonly accuracy: number; readonly weightedF1: number } | null
  readonly bySource: readonly {
    readonly source: string
    readonly n: number
    readonly accuracy: number | null
    readonly weightedF1: number | null
  }[]
}

/** Scores every headline; fails as the scorer fails, or with `scorer_answer_invalid`. */
export async function evaluateSentiment(
  headlines: readonly Headline[],
  scorer: HeadlineScorer,
  signal: AbortSignal,
): Promise<Outcome<SentimentEvaluation>> {
  const texts = headlines.map(({ text }) => text)
  const scored = await scorer.score(texts, signal)
  if (!scored.ok) return scored
  const answers = z.array(sentimentProbabilitiesSchema).length(headlines.length).safeParse(scored.value)
  if (!answers.success) {
    return failure('scorer_answer_invalid', `${scorer.name} did not give every headline its three probabilities.`)
  }
  const cases = headlines.flatMap(({ label, source }, index) => {
    const probabilities = answers.data[index]
    if (probabilities === undefined) return []
    return [{ actual: label, predicted: likeliestSentiment(probabilities), probabilities, source }]
  })
  const actuals = cases.map(({ actual }) => actual)
  const bins = reliabilityBins(
    cases.map(({ actual, predicted, probabilities }) => ({
      confidence: probabilities[predicted],
      right: actual === predicted,
    })),
  )
  const rate = baseRate(sentimentLabels, actuals)
  return success({
    scorer: scorer.name,
    ...classificationReport(sentimentLabels, cases),
    ...brierAgainstBaseRate(sentimentLabels, cases),
    ece: expectedCalibrationError(bins),
    bins,
    commonest: rate === null ? null : commonestOf(likeliestSentiment(rate), actuals),
    bySource: [...Map.groupBy(cases, ({ source }) => source ?? 'unknown')].map(([source, ofSource]) => {
      const { n, accuracy, weightedF1 } = classificationReport(sentimentLabels, ofSource)
      return { source, n, accuracy, weightedF1 }
    }),
  })
}

function commonestOf(label: SentimentLabel, actuals: readonly SentimentLabel[]): SentimentEvaluation['commonest'] {
  const report = classificationReport(
    sentimentLabels,
    actuals.map((actual) => ({ actual, predicted: label })),
  )
  return { label, accuracy: report.accuracy ?? 0, weightedF1: report.weightedF1 ?? 0 }
}
