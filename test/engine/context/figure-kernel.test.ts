import type { Candle } from '@shared/contract/candle'
import fc from 'fast-check'
import { ATR, BollingerBands, EMA, MACD, RSI } from 'trading-signals'
import { describe, expect, test } from 'vitest'
import { candleColumns, partOf, putCandle } from '../../../src-main/engine/context/candle-columns'
import { createFigureKernel, figureColumns, figureNames } from '../../../src-main/engine/context/figure-kernel'
import { recordedCandles } from '../../helpers/recorded-candles'

const bitcoin = recordedCandles('BTCUSDT', Date.UTC(2021, 0, 1), 15_000)

function columnsOf(candles: readonly Candle[]) {
  const columns = candleColumns(candles.length)
  candles.forEach((candle, at) => {
    putCandle(columns, at, candle)
  })
  return columns
}

/** Figures of all candles, taken in pieces of the given lengths (the last one repeated). */
function figuresOf(candles: readonly Candle[], pieces: readonly number[] = [candles.length]) {
  const columns = columnsOf(candles)
  const kernel = createFigureKernel()
  const all = figureColumns(candles.length)
  for (let from = 0, turn = 0; from < candles.length; turn++) {
    const count = Math.min(pieces[Math.min(turn, pieces.length - 1)] ?? 1, candles.length - from)
    const part = figureColumns(count)
    kernel.run(partOf(columns, from, from + count), count, part)
    for (const name of figureNames) all[name].set(part[name], from)
    from += count
  }
  return all
}

describe('the figures over columns', () => {
  test('are those of the package trading-signals, to the last bit, over 15,000 real candles', () => {
    const figures = figuresOf(bitcoin)
    const theirs = {
      rsi14: new RSI(14),
      ema20: new EMA(20),
      ema50: new EMA(50),
      ema200: new EMA(200),
      macd: new MACD(new EMA(12), new EMA(26), new EMA(9)),
      atr14: new ATR(14),
      bollinger: new BollingerBands(20, 2),
    }
    let compared = 0
    bitcoin.forEach((candle, at) => {
      for (const name of ['rsi14', 'ema20', 'ema50', 'ema200'] as const) theirs[name].update(candle.close, false)
      theirs.macd.update(candle.close, false)
      theirs.atr14.update(candle, false)
      theirs.bollinger.update(candle.close, false)
      if (at < 200) return
      const { upper, middle, lower } = theirs.bollinger.getResultOrThrow()
      const macd = theirs.macd.getResultOrThrow()
      expect([
        figures.rsi14[at],
        figures.ema20[at],
        figures.ema50[at],
        figures.ema200[at],
        figures.atr14[at],
        figures.macd[at],
        figures.macdSignal[at],
        figures.macdHistogram[at],
        figures.bollingerUpper[at],
        figures.bollingerMiddle[at],
        figures.bollingerLower[at],
      ]).toEqual([
        theirs.rsi14.getResultOrThrow(),
        theirs.ema20.getResultOrThrow(),
        theirs.ema50.getResultOrThrow(),
        theirs.ema200.getResultOrThrow(),
        theirs.atr14.getResultOrThrow(),
        macd.macd,
        macd.signal,
        macd.histogram,
        upper,
        middle,
        lower,
      ])
      compared++
    })
    expect(compared).toBe(bitcoin.length - 200)
  })

  test('are the same whether candles come one by one, in pieces or all at once', () => {
    const candles = bitcoin.slice(0, 1500)
    const whole = figuresOf(candles)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 6 }), (pieces) => {
        expect(figuresOf(candles, pieces)).toEqual(whole)
      }),
      { numRuns: 12 },
    )
    expect(figuresOf(candles, [1])).toEqual(whole)
  })

  test('rank volatility as a count over the window does', () => {
    const figures = figuresOf(bitcoin)
    const realised = bitcoin.map((_, at) => {
      if (at < 24) return Number.NaN
      const returns = Array.from({ length: 24 }, (_, back) => {
        const [now, before] = [bitcoin[at - back]?.close ?? 0, bitcoin[at - back - 1]?.close ?? 0]
        return Math.log(now / before)
      })
      const mean = returns.reduce((sum, value) => sum + value, 0) / 24
      return Math.sqrt(returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 24)
    })
    for (let at = 600; at < bitcoin.length; at += 97) {
      const now = realised[at] ?? 0
      const window = realised.slice(at - 499, at + 1)
      const below = window.filter((value) => value < now).length
      expect(figures.volatility[at]).toBeCloseTo((below + 0.5) / 500, 2)
    }
  })
})
