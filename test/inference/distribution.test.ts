import type { Choice } from '@shared/contract/inference'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answersOf, likeliest, optionProbabilities } from '../../src-main/inference/distribution'

const choice = (question: string, ...meanings: string[]): Choice => ({
  question,
  stub: 'Answer: ',
  options: meanings.map((meaning, index) => ({ meaning, answer: 'ABC'.charAt(index) })),
})

describe('probabilities', () => {
  test('are a softmax over the options alone', () => {
    expect(optionProbabilities([Math.log(2), 0, Math.log(5)])).toEqual([
      expect.closeTo(0.25, 12),
      expect.closeTo(0.125, 12),
      expect.closeTo(0.625, 12),
    ])
  })

  test.each([[[]], [[1, Number.NaN, 2]], [[1, Number.POSITIVE_INFINITY, 2]]])(
    'are refused where a logit is no number: %j',
    (logits) => {
      expect(optionProbabilities(logits)).toBeNull()
    },
  )

  test('are averaged over the orders of the options, and the difference is told', () => {
    const forwards = { choice: choice('action', 'buy', 'sell', 'hold'), probabilities: [0.7, 0.2, 0.1] }
    const backwards = { choice: choice('action', 'hold', 'sell', 'buy'), probabilities: [0.3, 0.2, 0.5] }
    expect(answersOf([forwards, backwards])).toEqual([
      { question: 'action', probabilities: { buy: 0.6, sell: 0.2, hold: 0.2 }, orderBias: 0.2 },
    ])
  })

  test('of each question stand apart, without a bias where one order was asked', () => {
    const answers = answersOf([
      { choice: choice('action', 'buy', 'sell', 'hold'), probabilities: [1 / 3, 1 / 3, 1 / 3] },
      { choice: choice('conviction', '0', '1'), probabilities: [0.25, 0.75] },
    ])
    expect(answers).toEqual([
      { question: 'action', probabilities: { buy: 0.3334, sell: 0.3333, hold: 0.3333 }, orderBias: null },
      { question: 'conviction', probabilities: { '0': 0.25, '1': 0.75 }, orderBias: null },
    ])
  })

  test('add up to one, whatever the logits', () => {
    const logits = fc.array(fc.double({ min: -80, max: 80, noNaN: true }), { minLength: 3, maxLength: 3 })
    fc.assert(
      fc.property(logits, logits, (one, other) => {
        const readings = [one, other].map((given) => ({
          choice: choice('action', 'buy', 'sell', 'hold'),
          probabilities: optionProbabilities(given) ?? [],
        }))
        const [answer] = answersOf(readings)
        const sum = Object.values(answer?.probabilities ?? {}).reduce(
          (total, part) => total + Math.round(part * 10_000),
          0,
        )
        expect(sum).toBe(10_000)
      }),
    )
  })

  test('that are equal leave the choice to the order of caution', () => {
    const answer = { question: 'action', probabilities: { buy: 0.4, sell: 0.2, hold: 0.4 }, orderBias: null }
    expect(likeliest(answer, ['hold', 'sell', 'buy'])).toBe('hold')
    expect(likeliest({ ...answer, probabilities: { buy: 0.5, sell: 0.5, hold: 0 } }, ['hold', 'sell', 'buy'])).toBe(
      'sell',
    )
  })
})
