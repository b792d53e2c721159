import { askModelSchema } from '@shared/contract/inference'
import { expect, test } from 'vitest'
import { slotPrompt } from '../../../../src-main/engine/gateway/prompt/slot-prompt'
import { starterPrompt } from '../../../../src-main/engine/gateway/prompt/starter-prompt'
import { marketContext } from '../market-context'

test("the starter's prompt is frozen: the model was trained on these very letters", () => {
  const context = marketContext({ volumeRatio: null, hasPosition: true, unrealizedPct: -0.02 })
  expect(starterPrompt(context)).toEqual({
    promptVersion: 'starter-1',
    instruction: 'Judge this market for a spot desk.',
    options: [
      { action: 'buy', criterion: 'buy' },
      { action: 'sell', criterion: 'sell' },
      { action: 'hold', criterion: 'hold' },
    ],
    document:
      'rsi 52\ntrend +0.4\nlong +2.0\nmacd +0.05\nband 55\nvolatility 50\nvolume ?\nsentiment 0.0\nposition -2.0',
    rationalePrompts: { buy: 'Why buy?', sell: 'Why sell?', hold: 'Why hold?' },
  })
})

test('the starter is told shapes, not names: no symbol, no price', () => {
  const one = starterPrompt(marketContext())
  expect(starterPrompt(marketContext({ symbol: 'NEW/COIN', timeframe: '1d' }))).toEqual(one)
})

test("the desk models' instruction never changes, and the market comes last between fences", () => {
  const calm = slotPrompt(marketContext())
  const other = slotPrompt(marketContext({ symbol: 'ETH/USDT', rsi14: null, price: 0.000012345678 }))
  expect(other.instruction).toBe(calm.instruction)
  expect(other.document).toContain('RSI 14: unknown')
  expect(other.document).toContain('price: 0.0000123457')
  expect(calm.document).toMatch(/^-----\npair: BTC\/USDT\n[\s\S]*\n-----$/)
})

test('both prompts make a question that the contract accepts', () => {
  for (const { promptVersion: _, rationalePrompts, ...asked } of [
    starterPrompt(marketContext()),
    slotPrompt(marketContext({ hasPosition: true })),
  ]) {
    const rationale = { prompts: rationalePrompts, maxTokens: 96 }
    expect(askModelSchema.safeParse({ ...asked, rationale, seed: 7, temperature: 0 }).success).toBe(true)
  }
})
