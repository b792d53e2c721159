import { type Action, likeliestAction, type Probabilities, probabilitiesSchema } from '@shared/contract/decision'
import type { ModelAnswer, QuestionAnswer } from '@shared/contract/inference'

/** What a model's answers say, in the desk's terms. */
export interface Verdict {
  readonly action: Action
  readonly probabilities: Probabilities
  /** How much the order of the options changed the probabilities; null when one order was asked. */
  readonly orderBias: number | null
  /** 0 to 1, by the model's own word; null when it was not asked. */
  readonly conviction: number | null
  /** Distances in average true ranges; null when the model was not asked, and the desk's rule decides. */
  readonly asked: { readonly stopAtr: number; readonly takeProfitAtr: number } | null
}

/** Null when the answer lacks a distribution over buy, sell and hold. */
export function verdictOf({ answers }: Pick<ModelAnswer, 'answers'>): Verdict | null {
  const named = (question: string): QuestionAnswer | undefined => answers.find((answer) => answer.question === question)
  const action = named('action')
  const probabilities = probabilitiesSchema.safeParse(action?.probabilities)
  if (action === undefined || !probabilities.success) return null
  const stopAtr = likeliestAmount(named('stopAtr'))
  const takeProfitAtr = likeliestAmount(named('takeProfitAtr'))
  return {
    action: likeliestAction(probabilities.data),
    probabilities: probabilities.data,
    orderBias: action.orderBias,
    conviction: meanAmount(named('conviction')),
    asked: stopAtr === null || takeProfitAtr === null ? null : { stopAtr, takeProfitAtr },
  }
}

/** The most probable of the amounts that the options stand for; the smaller one at a tie. */
function likeliestAmount(answer: QuestionAnswer | undefined): number | null {
  if (answer === undefined) return null
  const amounts = Object.entries(answer.probabilities).map(([meaning, probability]) => ({
    amount: Number(meaning),
    probability,
  }))
  amounts.sort((left, right) => right.probability - left.probability || left.amount - right.amount)
  return amounts[0]?.amount ?? null
}

const digits = 10_000

/** The amounts' mean, weighted by their probabilities. */
function meanAmount(answer: QuestionAnswer | undefined): number | null {
  if (answer === undefined) return null
  const sum = Object.entries(answer.probabilities).reduce(
    (total, [meaning, share]) => total + Number(meaning) * share,
    0,
  )
  return Math.round(sum * digits) / digits
}
