import type { Outcome } from '@shared/contract/outcome'
import type { SentimentProbabilities } from '@shared/contract/sentiment'

/** Whoever reads headlines: the word list, or a slot's model. */
export interface HeadlineScorer {
  /** As it is shown beside its figures. */
  readonly name: string
  /** One distribution per text, in their order. A failure is the scorer's as a whole: no headline is left out. */
  score(texts: readonly string[], signal: AbortSignal): Promise<Outcome<readonly SentimentProbabilities[]>>
}
