import { Decimal } from 'decimal.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { madeTrades } from '../../src-main/practice/candle-path'
import { wireFigure } from '../../src-main/practice/wire-figure'

const minuteMs = 60_000

/** Candles on a tick of 10^-priceDecimals, from 0.00000812 to 1e8. */
const candles = fc
  .record({
    priceDecimals: fc.integer({ min: 0, max: 8 }),
    ticks: fc.array(fc.integer({ min: 1, max: 99_999_999 }), { minLength: 4, maxLength: 4 }),
    volumeUnits: fc.bigInt({ min: 0n, max: 10n ** 15n }),
    volumeDecimals: fc.integer({ min: 0, max: 8 }),
    openMinute: fc.integer({ min: 0, max: 30_000_000 }),
    seed: fc.integer({ min: 0 }),
  })
  .map(({ priceDecimals, ticks, volumeUnits, volumeDecimals, openMinute, seed }) => {
    const [low = 0, open = 0, close = 0, high = 0] = [...ticks]
      .sort((a, b) => a - b)
      .map((t) => t / 10 ** priceDecimals)
    const volume = new Decimal(volumeUnits.toString()).div(10 ** volumeDecimals).toNumber()
    return { candle: { openTimeMs: openMinute * minuteMs, open, high, low, close, volume }, priceDecimals, seed }
  })

describe('Trades made inside a recorded candle', () => {
  it('make exactly that candle: open, high, low, close and the whole volume, to the last digit', () => {
    fc.assert(
      fc.property(candles, fc.constantFrom(minuteMs, 60 * minuteMs), ({ candle, priceDecimals, seed }, stepMs) => {
        fc.pre(candle.volume === 0 || candle.volume >= 0.000001)
        const trades = madeTrades(candle, { stepMs, seed, firstTradeId: 7, priceDecimals })
        if (candle.volume === 0) {
          expect(trades).toEqual([])
          return
        }
        const prices = trades.map((trade) => trade.price)
        expect(prices[0]).toBe(candle.open)
        expect(prices.at(-1)).toBe(candle.close)
        expect(Math.max(...prices)).toBe(candle.high)
        expect(Math.min(...prices)).toBe(candle.low)
        const volume = trades.reduce((sum, { qty }) => sum.plus(wireFigure(qty)), new Decimal(0))
        expect(volume.toNumber()).toBe(Number(wireFigure(candle.volume)))
      }),
    )
  })

  it('stand in order inside the candle, the first at its very open, with ids that follow each other', () => {
    fc.assert(
      fc.property(candles, ({ candle, priceDecimals, seed }) => {
        fc.pre(candle.volume > 0)
        const trades = madeTrades(candle, { stepMs: minuteMs, seed, firstTradeId: 7, priceDecimals })
        expect(trades[0]?.timeMs).toBe(candle.openTimeMs)
        const times = trades.map((trade) => trade.timeMs)
        expect(times).toEqual([...times].sort((a, b) => a - b))
        expect(Number(times.at(-1))).toBeLessThan(candle.openTimeMs + minuteMs)
        expect(trades.map((trade) => trade.id)).toEqual(trades.map((_trade, index) => 7 + index))
      }),
    )
  })

  it('are the same ones every time, and others with another seed', () => {
    const candle = { openTimeMs: 0, open: 100, high: 105, low: 95, close: 101, volume: 12.5 }
    const made = (seed: number) => madeTrades(candle, { stepMs: minuteMs, seed, firstTradeId: 0, priceDecimals: 2 })
    expect(made(1)).toEqual(made(1))
    expect(made(1)).not.toEqual(made(2))
  })
})
