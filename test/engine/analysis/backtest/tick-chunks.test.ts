import { expect, test } from 'vitest'
import { historyWithTicks } from '../../../../src-main/engine/analysis/backtest/file-history'
import { scanHistories } from '../../../../src-main/engine/market/replay-venue'
import { candlesOf, type RawTrade, writeCandles, writeTrades } from '../../../helpers/recorded-trades'
import { temporaryFolder } from '../../../helpers/temporary-folder'

const dir = temporaryFolder('chunks')

test('a backtest holds the trades of a few candles at a time, however many are recorded', async () => {
  const tradesPerCandle = 1000
  const candles = 90
  const trades = Array.from(
    { length: candles * tradesPerCandle },
    (_, id): RawTrade => ({
      timeMs: id * 60,
      id,
      side: id % 2 === 0 ? 'buy' : 'sell',
      price: 100 + (id % 7),
      qty: 0.5,
    }),
  )
  writeCandles(dir, 'BTCUSDT-1m', candlesOf(trades, 60_000))
  writeTrades(dir, 'BTCUSDT', trades)
  const window = { dir, symbols: ['BTC/USDT'], timeframe: '1m', fromMs: null, toMs: null } as const
  const scanned = await scanHistories({ ...window, fills: 'trades' })
  const [recorded] = scanned.ok ? scanned.value : []
  if (recorded === undefined) throw new Error('The recording cannot be read')
  expect(recorded.told?.counts).toEqual({ book: 0, trades: candles, candles: 0, itself: 0 })
  const history = historyWithTicks(recorded)
  const counts: number[] = []
  let firstOpenMs = 0
  for (let chunk = await history.next(); chunk !== null; chunk = await history.next()) {
    counts.push(chunk.count)
    if (firstOpenMs > 0) expect(history.insideOf?.(firstOpenMs)).toBeUndefined()
    firstOpenMs = chunk.candles.openTimeMs[chunk.count - 1] ?? 0
    expect(history.insideOf?.(firstOpenMs)).toMatchObject({ isWhole: true })
  }
  expect(counts).toEqual([20, 20, 20, 20, 10])
})
