import { judge } from '@shared/rules/teacher'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  freeRationale,
  plainText,
  renderRationale,
  ruleRationale,
} from '../../../../src-main/engine/gateway/prompt/rationale'
import { rationaleFaults } from '../../../bench/rationale-check'
import { marketContext } from '../market-context'

const oversold = marketContext({ rsi14: 28.44, bollingerLower: 44_500, volatility: 0.864 })
const written = 'Buying because RSI {rsi} is oversold. Volatility {volatility} is high, so the size stays small.'

describe('a rationale of the starter model', () => {
  test('gets the true figures put in place of its placeholders', () => {
    expect(renderRationale(written, oversold, 'buy')).toEqual({
      ok: true,
      text: 'Buying because RSI 28.4 is oversold. Volatility 0.86 is high, so the size stays small.',
    })
  })

  test('may name the long average, although a digit is in its name', () => {
    const text =
      'Holding although the price {price} is above the long average {ema200}. Volatility {volatility} is high.'
    expect(renderRationale(text, oversold, 'hold')).toEqual({
      ok: true,
      text: 'Holding although the price 44000 is above the long average 43000. Volatility 0.86 is high.',
    })
  })

  test.each([
    ['names a figure that does not exist', 'Buying because {moon} is full. All is well.'],
    ['names a figure that is unknown', 'Buying because {sentiment} is fine. All is well.'],
    ['names another action', written.replace('Buying', 'Selling')],
    ['claims what is not so', 'Buying because RSI {rsi} is overbought. Volatility {volatility} is high.'],
    ['brings a number of its own', 'Buying because RSI 12.3 is oversold. Volatility {volatility} is high.'],
    ['is one sentence', 'Buying because RSI {rsi} is oversold.'],
    ['leaves a brace open', 'Buying because RSI {rsi is oversold. Volatility {volatility} is high.'],
    ['is empty', ''],
  ])('gives way to the rule when it %s', (_, text) => {
    const context = { ...oversold, sentiment: null }
    expect(renderRationale(text, context, 'buy')).toEqual({ ok: false, text: ruleRationale(context, 'buy') })
  })

  test('the rule itself is never caught in an untruth', () => {
    fc.assert(
      fc.property(
        fc.record({
          rsi14: fc.double({ min: 0, max: 100, noNaN: true }),
          price: fc.double({ min: 0.001, max: 1e5, noNaN: true }),
          drift: fc.double({ min: -0.1, max: 0.1, noNaN: true }),
          volatility: fc.double({ min: 0, max: 1, noNaN: true }),
          volumeRatio: fc.double({ min: 0, max: 6, noNaN: true }),
          sentiment: fc.option(fc.double({ min: -1, max: 1, noNaN: true }), { nil: null }),
          unrealizedPct: fc.option(fc.double({ min: -0.2, max: 0.2, noNaN: true }), { nil: null }),
        }),
        ({ price, drift, unrealizedPct, ...rest }) => {
          const context = marketContext({
            ...rest,
            price,
            ema20: price * (1 - drift),
            ema50: price * (1 - 2 * drift),
            ema200: price * (1 - 3 * drift),
            macdHistogram: (price * drift) / 20,
            atr14: price * 0.02,
            bollingerUpper: price * (1.03 - drift),
            bollingerLower: price * (0.97 - drift),
            hasPosition: unrealizedPct !== null,
            unrealizedPct,
          })
          const { action } = judge(context)
          expect(rationaleFaults(ruleRationale(context, action), context, action)).toEqual([])
        },
      ),
    )
  })
})

describe('a rationale of any model', () => {
  test('is one bounded line without control characters', () => {
    expect(plainText(' up \u0000\u001b[31m and\r\naway \u202e! ')).toBe('up [31m and away !')
    expect(plainText('word '.repeat(500)).length).toBeLessThanOrEqual(600)
  })

  test('is the rule where the model said nothing', () => {
    expect(freeRationale('\n\u0007', oversold, 'hold')).toEqual({ ok: false, text: ruleRationale(oversold, 'hold') })
    expect(freeRationale('The trend is up. I buy.', oversold, 'buy').ok).toBe(true)
  })
})

describe('the reader that judges rationales in the benchmark', () => {
  test.each([
    ['Buying because RSI 28.5 is oversold. Volatility 0.86 is high, so the size stays small.', 'a figure that is off'],
    ['Buying because RSI 28.4 is oversold. Volatility 0.86 is low.', 'a wrong word'],
    ['Selling because RSI 28.4 is oversold. Volatility 0.86 is high.', 'another action'],
    ['Buying because RSI 28.4 is oversold. Buy 100 now.', 'a stray number'],
    ['Buying because RSI 28.4 is oversold.', 'one sentence'],
  ])('finds fault with "%s" (%s)', (text) => {
    expect(rationaleFaults(text, oversold, 'buy')).not.toEqual([])
  })

  test('finds none in a true one', () => {
    expect(rationaleFaults(renderRationale(written, oversold, 'buy').text, oversold, 'buy')).toEqual([])
  })
})
