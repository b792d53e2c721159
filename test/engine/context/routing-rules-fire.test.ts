import { expect, test } from 'vitest'
import { createContextBuilder } from '../../../src-main/engine/context/context-builder'
import { recordedCandles } from '../../helpers/recorded-candles'

const flat = { hasPosition: false, positionPct: 0, unrealizedPct: null, positionAgeCandles: null }

test.each(['BTCUSDT', 'ETHUSDT'] as const)(
  'over %s 1h in the first half of 2021 every routing rule finds its moments',
  (pair) => {
    const builder = createContextBuilder({ symbol: 'BTC/USDT', timeframe: '1h' })
    const contexts = recordedCandles(pair, Date.UTC(2021, 0, 1), 4000)
      .map((candle) => {
        builder.observe(candle)
        return builder.contextFor(flat)
      })
      .slice(300)
    const share = (count: number): number => count / contexts.length
    const heavy = share(contexts.filter(({ volumeRatio }) => (volumeRatio ?? 0) >= 1.5).length)
    const nervous = share(contexts.filter(({ volatility }) => (volatility ?? 0) > 0.8).length)
    const clear = share(contexts.filter(({ sentiment }) => Math.abs(sentiment ?? 0) >= 0.6).length)
    expect({ heavy, nervous, clear, candles: contexts.length }).toEqual({
      heavy: expect.toSatisfy((value: number) => value > 0.05 && value < 0.3),
      nervous: expect.toSatisfy((value: number) => value > 0.1 && value < 0.3),
      clear: expect.toSatisfy((value: number) => value > 0.02 && value < 0.12),
      candles: 3700,
    })
  },
)
