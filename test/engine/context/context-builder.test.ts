import type { Candle } from '@shared/contract/candle'
import { type AccountView, marketContextSchema } from '@shared/contract/context'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createContextBuilder } from '../../../src-main/engine/context/context-builder'
import { recordedCandles } from '../../helpers/recorded-candles'

const hourMs = 3_600_000
const flat: AccountView = { hasPosition: false, positionPct: 0, unrealizedPct: null, positionAgeCandles: null }

function builderAfter(candles: readonly Candle[]) {
  const builder = createContextBuilder({ symbol: 'BTC/USDT', timeframe: '1h' })
  builder.warm(candles)
  return builder
}

const contextAfter = (candles: readonly Candle[], account = flat) => builderAfter(candles).contextFor(account)

function candle(index: number, change: Partial<Candle> = {}): Candle {
  return { openTimeMs: index * hourMs, open: 100, high: 101, low: 99, close: 100, volume: 10, ...change }
}

/** A smooth made-up market; the golden figures below were computed over exactly these candles. */
function wave(count: number): Candle[] {
  const close = (index: number): number => 100 + 10 * Math.sin(index / 7) + 0.05 * index + 3 * Math.cos(index * 1.7)
  return Array.from({ length: count }, (_, index) => {
    const open = index === 0 ? 100 : close(index - 1)
    return candle(index, {
      open,
      high: Math.max(open, close(index)) + 0.5 + 0.3 * (index % 3),
      low: Math.min(open, close(index)) - 0.4 - 0.2 * (index % 4),
      close: close(index),
      volume: 50 + ((index * 37) % 101),
    })
  })
}

describe('the figures', () => {
  test('are those of a separate calculation of the textbook formulas over the same 320 candles', () => {
    // Forty lines of plain Python: EMA from the first close, Wilder's smoothing from the first mean, population
    // deviation, MACD signal from the 26th candle, ranks over all 296 measurements with ties counting half.
    expect(contextAfter(wave(320))).toMatchObject({
      candlesSeen: 320,
      rsi14: 58.84584933,
      ema20: 119.2324534,
      ema50: 115.7073872,
      ema200: 111.4489069,
      macd: 3.971021385,
      macdSignal: 2.832164013,
      macdHistogram: 1.138857372,
      atr14: 4.566355316,
      bollingerUpper: 131.5470809,
      bollingerMiddle: 117.0823055,
      bollingerLower: 102.6175301,
      return1: -0.03016690471,
      return4: 0.00133535109,
      return24: 0.1742633201,
      volatility: 0.09966216216,
      volumeRatio: 1.413099536,
      sentiment: 0.07037643208,
      sentimentSource: 'price_action',
    })
  })

  test("RSI follows StockCharts' published example", () => {
    // chartschool.stockcharts.com, "Relative Strength Index", the spreadsheet's closes to two decimals.
    const closes = [
      44.34, 44.09, 44.15, 43.61, 44.33, 44.83, 45.1, 45.42, 45.84, 46.08, 45.89, 46.03, 45.61, 46.28, 46.28, 46.0,
      46.03, 46.41, 46.22, 45.64, 46.21, 46.25, 45.71, 46.45, 45.78, 45.35, 44.03, 44.18, 44.22, 44.57, 43.42, 42.66,
      43.13,
    ]
    const builder = createContextBuilder({ symbol: 'QQQ/USD', timeframe: '1d' })
    const rsi = closes.map((close, index) => {
      builder.observe(candle(index, { close, open: close, high: close, low: close }))
      return builder.contextFor(flat).rsi14?.toFixed(2) ?? null
    })
    expect(rsi.slice(0, 14)).toEqual(Array(14).fill(null))
    expect(rsi.slice(14, 20)).toEqual(['70.46', '66.25', '66.48', '69.35', '66.29', '57.92'])
    expect(rsi.at(-1)).toBe('37.79')
  })

  test('carry the account as it was told', () => {
    const account = { hasPosition: true, positionPct: 0.02, unrealizedPct: -0.013, positionAgeCandles: 4 }
    expect(contextAfter(wave(30), account)).toMatchObject(account)
  })

  test('are ten digits at most, and valid by the contract', () => {
    const context = contextAfter(recordedCandles('BTCUSDT', Date.UTC(2021, 4, 1), 400))
    expect(marketContextSchema.parse(context)).toEqual(context)
    for (const figure of Object.values(context)) {
      if (typeof figure === 'number' && !Number.isInteger(figure)) expect(Number(figure.toPrecision(10))).toBe(figure)
    }
  })
})

describe('below its warm-up a figure is null, never zero', () => {
  test.each([
    ['return1', 2],
    ['return4', 5],
    ['return24', 25],
    ['atr14', 14],
    ['rsi14', 15],
    ['ema20', 20],
    ['bollingerMiddle', 20],
    ['volumeRatio', 21],
    ['macd', 26],
    ['macdHistogram', 34],
    ['ema50', 50],
    ['sentiment', 12],
    // 24 returns make the first measurement, a hundred of which can be compared.
    ['volatility', 124],
    ['ema200', 200],
  ] as const)('%s speaks from candle %i on', (figure, firstCandle) => {
    const candles = wave(firstCandle)
    expect(contextAfter(candles.slice(0, -1))[figure]).toBeNull()
    expect(contextAfter(candles)[figure]).not.toBeNull()
  })
})

describe('odd markets', () => {
  test('a market that never moves is neither overbought nor volatile', () => {
    const still = Array.from({ length: 300 }, (_, index) => candle(index, { high: 100, low: 100, volume: 0 }))
    expect(contextAfter(still)).toMatchObject({
      rsi14: 50,
      atr14: 0,
      macdHistogram: 0,
      volatility: 0.5,
      volumeRatio: null,
      sentiment: null,
      sentimentSource: 'none',
    })
  })

  test('a real outage of 72 candles without trades breaks nothing', () => {
    const before = wave(250)
    const outage = Array.from({ length: 72 }, (_, index) => {
      const close = before.at(-1)?.close ?? 100
      return candle(250 + index, { open: close, high: close, low: close, close, volume: 0 })
    })
    const context = contextAfter([...before, ...outage])
    expect(marketContextSchema.safeParse(context).success).toBe(true)
    expect(context).toMatchObject({ volumeRatio: null, sentiment: null, return1: 0 })
  })
})

describe('nothing later is known', () => {
  const anyCandle = fc.record({
    open: fc.double({ min: 1, max: 1000, noNaN: true }),
    close: fc.double({ min: 1, max: 1000, noNaN: true }),
    spread: fc.double({ min: 0, max: 0.2, noNaN: true }),
    volume: fc.double({ min: 0, max: 1e6, noNaN: true }),
  })

  test('a context from the full history equals the one from history cut at its candle', () => {
    fc.assert(
      fc.property(fc.array(anyCandle, { minLength: 2, maxLength: 260 }), fc.nat(), (drawn, anywhere) => {
        const candles = drawn.map(({ open, close, spread, volume }, index) =>
          candle(index, {
            open,
            close,
            high: Math.max(open, close) * (1 + spread),
            low: Math.min(open, close) * (1 - spread),
            volume,
          }),
        )
        const cut = 1 + (anywhere % candles.length)
        const whole = createContextBuilder({ symbol: 'BTC/USDT', timeframe: '1h' })
        const along = candles.map((one) => {
          whole.observe(one)
          return whole.contextFor(flat)
        })
        expect(contextAfter(candles.slice(0, cut))).toEqual(along[cut - 1])
        expect(marketContextSchema.safeParse(along[cut - 1]).success).toBe(true)
      }),
      { numRuns: 60 },
    )
  })
})
