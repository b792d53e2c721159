import type { Slot } from '@shared/contract/model'
import { failure, success } from '@shared/contract/outcome'
import type { SentimentProbabilities } from '@shared/contract/sentiment'
import type { Gateway } from '../gateway/gateway'
import type { HeadlineScorer } from './headline-scorer'

/**
 * Reads headlines with a slot's own model. Nobody stands in for a model that is not installed or does not answer: the
 * figures would be somebody else's.
 */
export function slotScorer(
  gateway: Pick<Gateway, 'judgeHeadline'>,
  slot: Slot,
  progress: (read: number) => void,
): HeadlineScorer {
  return {
    name: slot,
    async score(texts, signal) {
      const read: SentimentProbabilities[] = []
      for (const headline of texts) {
        if (signal.aborted) return failure('interrupted', `The reading ended after ${read.length} headlines.`)
        const judged = await gateway.judgeHeadline({ headline, slot, priority: 'backtest' })
        if (!judged.ok) return judged
        read.push(judged.value.probabilities)
        progress(read.length)
      }
      return success(read)
    },
  }
}
