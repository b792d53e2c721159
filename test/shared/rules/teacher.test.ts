import { judgeFigures } from '@shared/rules/teacher'
import {
  type FigureName,
  figureGrids,
  onGrid,
  type TeacherFigures,
  teacherFigures,
} from '@shared/rules/teacher-figures'
import { teacherRationale } from '@shared/rules/teacher-rationale'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createContextBuilder } from '../../../src-main/engine/context/context-builder'
import { marketContext } from '../../engine/gateway/market-context'
import { recordedCandles } from '../../helpers/recorded-candles'

const unknown: TeacherFigures = {
  rsi: null,
  trend: null,
  long: null,
  macd: null,
  band: null,
  volatility: null,
  volume: null,
  sentiment: null,
  profit: null,
  hasPosition: false,
}
const rising: TeacherFigures = {
  ...unknown,
  rsi: 58,
  trend: 1.6,
  long: 4,
  macd: 0.2,
  band: 70,
  volatility: 40,
  volume: 1,
}
const falling: TeacherFigures = {
  ...unknown,
  rsi: 42,
  trend: -1.6,
  long: -4,
  macd: -0.2,
  band: 30,
  volatility: 40,
  volume: 1,
}

const anyFigures = fc.record({
  ...Object.fromEntries(
    Object.entries(figureGrids).map(([name, { low, high }]) => [
      name,
      fc.option(fc.double({ min: low, max: high, noNaN: true }), { nil: null }),
    ]),
  ),
  hasPosition: fc.boolean(),
})

function figuresOf(drawn: Readonly<Record<string, unknown>>): TeacherFigures {
  const value = (name: FigureName): number | null => {
    const figure = drawn[name]
    return onGrid(name, typeof figure === 'number' ? figure : null)
  }
  return {
    rsi: value('rsi'),
    trend: value('trend'),
    long: value('long'),
    macd: value('macd'),
    band: value('band'),
    volatility: value('volatility'),
    volume: value('volume'),
    sentiment: value('sentiment'),
    hasPosition: drawn.hasPosition === true,
    profit: drawn.hasPosition === true ? value('profit') : null,
  }
}

describe('the rule teacher', () => {
  test('buys a clear rise, and holds when nothing is known', () => {
    expect(judgeFigures(rising)).toMatchObject({
      action: 'buy',
      probabilities: { buy: expect.toSatisfy((p) => p > 0.7) },
    })
    expect(judgeFigures(unknown)).toMatchObject({ action: 'hold' })
  })

  test('sells a held position in a clear fall more readily than it advises to stay out', () => {
    const held = judgeFigures({ ...falling, hasPosition: true, profit: 0 })
    expect(held.action).toBe('sell')
    expect(held.probabilities.sell).toBeGreaterThan(judgeFigures(falling).probabilities.sell)
  })

  test('cuts a deep loss whatever the other figures whisper', () => {
    const quiet = { ...unknown, rsi: 50, trend: 0, long: 0, macd: 0, band: 50, volatility: 50, volume: 1 }
    expect(judgeFigures({ ...quiet, hasPosition: true, profit: -4 }).action).toBe('sell')
    expect(judgeFigures({ ...quiet, hasPosition: true, profit: 0.5 }).action).toBe('hold')
  })

  test('asks for a stronger case to buy when volatility is at its highest', () => {
    const calm = judgeFigures({ ...rising, volatility: 50 }).probabilities.buy
    expect(judgeFigures({ ...rising, volatility: 100 }).probabilities.buy).toBeLessThan(calm)
  })

  test('pulls up from an oversold and down from an overbought market', () => {
    expect(judgeFigures({ ...unknown, rsi: 15, band: -10 }).reversion).toBeGreaterThan(1)
    expect(judgeFigures({ ...unknown, rsi: 85, band: 110 }).reversion).toBeLessThan(-1)
  })

  test('gives probabilities that add up, and that soften near its thresholds', () => {
    fc.assert(
      fc.property(anyFigures, (drawn) => {
        const { probabilities, action, buyMargin, sellMargin } = judgeFigures(figuresOf(drawn))
        const { buy, sell, hold } = probabilities
        expect(buy + sell + hold).toBeCloseTo(1, 9)
        expect(Math.min(buy, sell, hold)).toBeGreaterThanOrEqual(0)
        if (Math.abs(buyMargin) < 0.02 && sellMargin < 0) expect(probabilities[action]).toBeLessThan(0.65)
      }),
    )
  })

  test('is never more inclined to buy because the RSI is higher', () => {
    fc.assert(
      fc.property(anyFigures, fc.integer({ min: 0, max: 99 }), (drawn, rsi) => {
        const figures = figuresOf(drawn)
        const lower = judgeFigures({ ...figures, rsi }).buyMargin
        expect(judgeFigures({ ...figures, rsi: rsi + 1 }).buyMargin).toBeLessThanOrEqual(lower + 1e-12)
      }),
    )
  })

  test('finds a sensible mix over real hours of 2021, with and without a position', () => {
    const builder = createContextBuilder({ symbol: 'BTC/USDT', timeframe: '1h' })
    const count = { buy: 0, sell: 0, hold: 0 }
    const sure = { buy: 0, sell: 0, hold: 0 }
    let decisions = 0
    recordedCandles('BTCUSDT', Date.UTC(2021, 0, 1), 3000).forEach((candle, index) => {
      builder.observe(candle)
      if (index < 300) return
      const account =
        index % 2 === 0
          ? { hasPosition: false, positionPct: 0, unrealizedPct: null, positionAgeCandles: null }
          : { hasPosition: true, positionPct: 0.02, unrealizedPct: ((index % 41) - 18) / 1000, positionAgeCandles: 5 }
      const { action, probabilities } = judgeFigures(teacherFigures(builder.contextFor(account)))
      decisions++
      count[action]++
      if (probabilities[action] >= 0.7) sure[action]++
    })
    expect(count.hold / decisions).toBeGreaterThan(0.55)
    expect(count.hold / decisions).toBeLessThan(0.85)
    expect(count.buy / decisions).toBeGreaterThan(0.08)
    expect(count.sell / decisions).toBeGreaterThan(0.08)
    expect(sure.buy / count.buy).toBeGreaterThan(0.4)
    expect(sure.sell / count.sell).toBeGreaterThan(0.4)
  })
})

describe('what the teacher reads', () => {
  test('is without a scale: the same market in another unit of price gives the same figures', () => {
    const context = marketContext({ hasPosition: true, unrealizedPct: 0.02 })
    const inCents = marketContext({
      ...context,
      price: context.price * 100,
      ema20: 4_390_000,
      ema50: 4_370_000,
      ema200: 4_300_000,
      macdHistogram: 2000,
      atr14: 50_000,
      bollingerUpper: 4_500_000,
      bollingerLower: 4_280_000,
    })
    expect(teacherFigures(inCents)).toEqual(teacherFigures(context))
  })

  test('is worked out from the context by hand', () => {
    // (43,900 - 43,700) / 500; (44,000 - 43,000) / 500; 20 / 500; (44,000 - 42,800) / 2,200; 44,000 * 0.02/1.02 / 500.
    expect(teacherFigures(marketContext({ hasPosition: true, unrealizedPct: 0.02 }))).toEqual({
      rsi: 52,
      trend: 0.4,
      long: 2,
      macd: 0.05,
      band: 55,
      volatility: 50,
      volume: 1,
      sentiment: 0,
      profit: 1.5,
      hasPosition: true,
    })
  })

  test('says unknown where a distance has no ATR to be measured in', () => {
    expect(teacherFigures(marketContext({ atr14: null }))).toMatchObject({ trend: null, long: null, macd: null })
    expect(teacherFigures(marketContext({ atr14: 0 }))).toMatchObject({ trend: null, long: null, macd: null })
  })
})

describe("the teacher's reasons", () => {
  test('name the action and what speaks for it', () => {
    expect(teacherRationale(rising, 'buy')).toBe(
      'Buying because the fast average is well above the slow one and the price {price} is above the long average ' +
        '{ema200}. Volatility {volatility} is moderate.',
    )
    expect(teacherRationale({ ...falling, hasPosition: true, profit: -2 }, 'sell')).toBe(
      'Selling because the fast average is well below the slow one and the price {price} is below the long average ' +
        '{ema200}. The open position is down {profit}.',
    )
    expect(teacherRationale(unknown, 'hold')).toBe(
      'Holding because no signal is clear. Much about this market is unknown.',
    )
  })

  test('are two sentences without a digit outside of a placeholder, whatever the market', () => {
    fc.assert(
      fc.property(anyFigures, fc.constantFrom('buy', 'sell', 'hold'), (drawn, action) => {
        const text = teacherRationale(figuresOf(drawn), action).replaceAll(/\{[a-zA-Z0-9]+\}/g, '')
        expect(text).toMatch(/^[^.\d]+\. [^.\d]+\.$/)
      }),
    )
  })
})
