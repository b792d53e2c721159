import type { Choice, QuestionAnswer } from '@shared/contract/inference'

/** Ten thousandths: finer digits of a logit are noise of the machine, not the model's opinion. */
const units = 10_000

/** Softmax over the options alone, unrounded; null when a logit is missing or no number. */
export function optionProbabilities(logits: readonly number[]): readonly number[] | null {
  if (logits.length === 0 || !logits.every(Number.isFinite)) return null
  const highest = Math.max(...logits)
  const weights = logits.map((logit) => Math.exp(logit - highest))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

/** One reading of a question, with the probabilities of its options in their order. */
export interface Reading {
  readonly choice: Choice
  readonly probabilities: readonly number[]
}

/** Averages the readings of each question over the orders of its options. */
export function answersOf(readings: readonly Reading[]): QuestionAnswer[] {
  const questions = [...new Set(readings.map(({ choice }) => choice.question))]
  return questions.map((question) => {
    const orders = readings.filter(({ choice }) => choice.question === question).map(byMeaning)
    const meanings = [...(orders[0]?.keys() ?? [])]
    const means = meanings.map((meaning) => mean(orders.map((order) => order.get(meaning) ?? 0)))
    const rounded = roundedToOne(means)
    return {
      question,
      probabilities: Object.fromEntries(meanings.map((meaning, index) => [meaning, rounded[index] ?? 0])),
      orderBias: orders.length < 2 ? null : Math.round(units * Math.max(...meanings.map(spreadOver(orders)))) / units,
    }
  })
}

/** The most probable meaning; at a tie the one that stands first in `preferred`. */
export function likeliest(answer: QuestionAnswer, preferred: readonly string[]): string {
  const probability = (meaning: string): number => answer.probabilities[meaning] ?? 0
  return preferred.reduce((best, meaning) => (probability(meaning) > probability(best) ? meaning : best))
}

function byMeaning({ choice, probabilities }: Reading): Map<string, number> {
  const sums = new Map<string, number>()
  choice.options.forEach(({ meaning }, index) => {
    sums.set(meaning, (sums.get(meaning) ?? 0) + (probabilities[index] ?? 0))
  })
  return sums
}

function spreadOver(orders: readonly ReadonlyMap<string, number>[]): (meaning: string) => number {
  return (meaning) => {
    const seen = orders.map((order) => order.get(meaning) ?? 0)
    return Math.max(...seen) - Math.min(...seen)
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Rounded so that together they are exactly one: the largest takes the rest. */
function roundedToOne(probabilities: readonly number[]): number[] {
  const parts = probabilities.map((probability) => Math.round(probability * units))
  const largest = parts.indexOf(Math.max(...parts))
  const excess = parts.reduce((sum, part) => sum + part, 0) - units
  return parts.map((part, index) => (part - (index === largest ? excess : 0)) / units)
}
