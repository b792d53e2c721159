import type { MarketContext } from '@shared/contract/context'
import { settingsSchema } from '@shared/contract/settings'
import { describe, expect, test } from 'vitest'
import { rulesPolicy } from '../../../src-main/engine/analysis/backtest/policy'
import { type ContextsOver, contextsOfKernel, findLookahead } from '../../../src-main/engine/analysis/lookahead'
import { recordedCandles } from '../../helpers/recorded-candles'

const subject = { symbol: 'BTC/USDT', timeframe: '1h' } as const
const candles = recordedCandles('BTCUSDT', Date.UTC(2021, 4, 1), 700)
const honest = contextsOfKernel(subject)
const policy = rulesPolicy(settingsSchema.parse({}))
const decide = async (context: MarketContext) => policy.answer(context)
const places = candles.map((_, at) => at)

const find = (contextsOver: ContextsOver, samples: number | null) =>
  findLookahead({ ...subject, candles, places: places.slice(200), samples, contextsOver, decide })

describe('the look-ahead detector', () => {
  test('finds nothing in the contexts, routes and decisions of the product, at any of 500 candles', async () => {
    expect(await find(honest, null)).toEqual({ decisions: 500, differences: [] })
  })

  test('finds an indicator that peeks one candle, and the decisions that follow from it', async () => {
    // What a shifted array or a bar labelled by its close does: RSI as it stands one candle later.
    const peeking: ContextsOver = (history, asked) =>
      honest(history, asked).map((context, index) => {
        const next = Math.min((asked[index] ?? 0) + 1, history.length - 1)
        return { ...context, rsi14: honest(history, [next])[0]?.rsi14 ?? null }
      })
    const { decisions, differences } = await find(peeking, 60)
    expect(decisions).toBe(60)
    const figures = new Set(differences.map(({ what }) => what))
    expect(figures).toEqual(new Set(['context.rsi14', 'decision']))
    expect(differences.filter(({ what }) => what === 'context.rsi14').length).toBeGreaterThan(50)
  })

  test('finds a figure that is scaled by the whole history', async () => {
    const scaled: ContextsOver = (history, asked) => {
      const lowest = Math.min(...history.map(({ low }) => low))
      return honest(history, asked).map((context) => ({ ...context, return24: context.price / lowest }))
    }
    const { differences } = await find(scaled, 20)
    expect(differences.length).toBeGreaterThan(5)
    expect(new Set(differences.map(({ what }) => what))).toEqual(new Set(['context.return24']))
  })
})
