import type { Slot } from '@shared/contract/model'
import { failure, success } from '@shared/contract/outcome'
import type { Gateway } from '../gateway/gateway'
import type { HeadlineScorer } from './headline-scorer'
import { sideBySide } from './side-by-side'

/** How a slot's model is asked. */
export interface SlotReading {
  readonly slot: Slot
  /** Headlines that are put to the model at one time; with more than one, last digits may differ from run to run. */
  readonly atOnce: number
  /** Told after every headline. */
  progress(read: number): void
}

/**
 * Reads headlines with a slot's own model. Nobody stands in for a model that is not installed or does not answer: the
 * figures would be somebody else's.
 */
export function slotScorer(
  gateway: Pick<Gateway, 'judgeHeadline'>,
  { slot, atOnce, progress }: SlotReading,
): HeadlineScorer {
  return {
    name: slot,
    async score(texts, signal) {
      let read = 0
      let failed = false
      const goesOn = (): boolean => !signal.aborted && !failed
      const all = await sideBySide(texts, atOnce, goesOn, async (headline) => {
        const judged = await gateway.judgeHeadline({ headline, slot, priority: 'backtest' })
        if (!judged.ok) {
          failed = true
          return judged
        }
        read += 1
        progress(read)
        return success(judged.value.probabilities)
      })
      const problem = all.find((judged) => !judged.ok)
      if (problem !== undefined) return problem
      if (all.length < texts.length) return failure('interrupted', `The reading ended after ${read} headlines.`)
      return success(all.flatMap((judged) => (judged.ok ? [judged.value] : [])))
    },
  }
}
