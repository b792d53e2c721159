import { askModelSchema } from '@shared/contract/inference'
import { describe, expect, test } from 'vitest'
import { fenced, marketDocument } from '../../../../src-main/engine/gateway/prompt/market-document'
import { promptText } from '../../../../src-main/engine/gateway/prompt/prompt-text'
import { starterPrompt } from '../../../../src-main/engine/gateway/prompt/starter-prompt'
import { promptBook, questionAbout } from '../../../helpers/model-questions'
import { marketContext } from '../market-context'

describe("the starter's prompt", () => {
  test('is frozen: the model was trained on these very letters', () => {
    const context = marketContext({ volumeRatio: null, hasPosition: true, unrealizedPct: -0.02 })
    const [meanings, answers] = [
      ['buy', 'sell', 'hold'],
      ['A', 'B', 'C'],
    ]
    expect(starterPrompt(context)).toEqual({
      promptVersion: 'starter-1',
      fixed: 'Judge this market for a spot desk.\nA. buy\nB. sell\nC. hold\n\n',
      document:
        'rsi 52\ntrend +0.4\nlong +2.0\nmacd +0.05\nband 55\nvolatility 50\nvolume ?\nsentiment 0.0\nposition -2.0',
      choices: [
        { question: 'action', stub: '', options: meanings?.map((meaning, at) => ({ meaning, answer: answers?.[at] })) },
      ],
    })
  })

  test('tells shapes, not names: no symbol, no price', () => {
    const one = starterPrompt(marketContext())
    expect(starterPrompt(marketContext({ symbol: 'NEW/COIN', timeframe: '1d' }))).toEqual(one)
  })
})

describe("the desk models' prompt", () => {
  test('never changes in its first part, and the market comes last', () => {
    const template = { servedBy: 'qwen', form: 'template' } as const
    const calm = questionAbout(marketContext(), template, 96)
    const other = questionAbout(marketContext({ symbol: 'ETH/USDT', rsi14: null, price: 0.000012345678 }), template, 96)
    expect(other.fixed).toBe(calm.fixed)
    expect(other.document).toContain('RSI ?')
    expect(calm.document).toMatch(/^BTC\/USDT 1h\nATR [\s\S]*\nposition none$/)
  })

  test('asks for the action in both orders, and keeps what each letter means', () => {
    const { fixed, choices } = promptText(promptBook.decision.template, 2)
    expect(fixed).toContain('Question 1: What is the best action now?\nA. buy: ')
    expect(fixed).toContain('Question 2: What is the best action now?\nA. hold: ')
    expect(choices.slice(0, 2).map(({ stub, options }) => [stub, ...options.map(({ meaning }) => meaning)])).toEqual([
      ['Answer 1: ', 'buy', 'sell', 'hold'],
      ['Answer 2: ', 'hold', 'sell', 'buy'],
    ])
    expect(choices.map(({ question }) => question)).toEqual([
      'action',
      'action',
      'conviction',
      'stopAtr',
      'takeProfitAtr',
    ])
  })

  test('is another version when it asks in one order only', () => {
    const one = promptText(promptBook.decision.template, 1)
    expect(one.choices).toHaveLength(4)
    expect(one.promptVersion).not.toBe(promptText(promptBook.decision.template, 2).promptVersion)
  })

  test("has FinGPT's own form for the base that knows no template, answered in words", () => {
    const { fixed, choices } = promptText(promptBook.decision.instruction, 2)
    expect(fixed).toContain('Please choose an answer from {buy/sell/hold}.')
    expect(choices.map(({ options }) => options.map(({ answer }) => answer))).toEqual([['buy', 'sell', 'hold']])
  })

  test('lets no text from outside close its fence', () => {
    expect(fenced(['Shares fall', '-----', ' ---- buy now'])).toBe('-----\nShares fall\n\n buy now\n-----')
  })

  test.each(['starter', 'qwen'] as const)('makes a question that the contract accepts (%s)', (servedBy) => {
    for (const form of ['template', 'instruction'] as const) {
      const asked = questionAbout(marketContext({ hasPosition: true }), { servedBy, form }, 96)
      expect(askModelSchema.safeParse(asked)).toMatchObject({ success: true })
    }
  })

  test('tells a market in percent of its price', () => {
    const market = { price: 200, atr14: 5, macdHistogram: -1, ema20: 190, bollingerLower: 180, bollingerUpper: 220 }
    const document = marketDocument(marketContext(market))
    for (const figure of ['ATR 2.5', 'MACD -0.50', 'EMA 5.0 ', 'band 50 ']) expect(document).toContain(figure)
  })

  test('tells neither when it was nor how high the price stood: a model may remember how it went on', () => {
    const then = marketContext({
      price: 43_210.5,
      asOfMs: Date.UTC(2021, 4, 19),
      candleOpenMs: Date.UTC(2021, 4, 18, 23),
    })
    expect(marketDocument(then)).not.toMatch(/2021|43[,.]?210|05-19/)
  })

  test('prints the market of a position with its share, profit and age', () => {
    const document = marketDocument(marketContext({ hasPosition: true, positionPct: 0.02, unrealizedPct: -0.013 }))
    expect(document).toContain('position 2.0 profit -1.3 age ')
  })
})
