import { fileURLToPath } from 'node:url'
import { type Settings, settingsSchema } from '@shared/contract/settings'
import { describe, expect, test } from 'vitest'
import { backtestHistories } from '../../../../src-main/engine/analysis/backtest/backtest'
import { readColumns } from '../../../../src-main/engine/analysis/backtest/file-history'
import { historiesOfSpan, type SweptMarket } from '../../../../src-main/engine/analysis/backtest/span'
import { tradeWindows } from '../../../../src-main/engine/analysis/backtest/traded-windows'
import type { TradingRecord } from '../../../../src-main/engine/analysis/report/trading-record'
import { walkForwardSummary } from '../../../../src-main/engine/analysis/report/walk-forward'
import { rulesOf } from './two-ways'

const dir = fileURLToPath(new URL('../../../../resources/sample-data/', import.meta.url))
const dayMs = 86_400_000
const startMs = Date.UTC(2021, 1, 1)
const market = await marketOf(['BTC/USDT', 'ETH/USDT'])

async function marketOf(symbols: readonly string[]): Promise<SweptMarket> {
  const markets = []
  for (const symbol of symbols) {
    const read = await readColumns({ dir, symbol, timeframe: '1h', fromMs: null, toMs: null })
    if (!read.ok) throw new Error(read.problem.message)
    markets.push(read.value)
  }
  return { policy: 'random', entries: { seed: 7, exposure: 0.6, holdingCandles: 48 }, timeframe: '1h', markets }
}

const settings = settingsSchema.parse({
  risk: { maxPositionPct: 0.4, maxDrawdownPct: 0.2, stopAtr: 6, takeProfitAtr: 12 },
})
const careful = settingsSchema.parse({
  risk: { maxPositionPct: 0.05, maxDrawdownPct: 0.2, stopAtr: 6, takeProfitAtr: 12 },
})

const windows = (...each: readonly Settings[]) =>
  each.map((one, place) => ({
    settings: one,
    fromMs: startMs + place * 20 * dayMs,
    toMs: startMs + (place + 1) * 20 * dayMs,
  }))

async function traded(...each: readonly Settings[]) {
  const result = await tradeWindows(market, windows(...each), rulesOf)
  if (!result.ok || result.value === null) throw new Error('Nothing was traded')
  return result.value
}

describe('windows that are traded one after the other', () => {
  test('under the same settings come to what one backtest over all of them comes to', async () => {
    const span = { fromMs: startMs, toMs: startMs + 80 * dayMs }
    const request = { ...market, settings, rulesOf, symbols: ['BTC/USDT', 'ETH/USDT'] }
    const histories = await historiesOfSpan(market, { ...span, settings })
    if (!histories.ok) throw new Error(histories.problem.message)
    const whole = await backtestHistories(request, histories.value, { dataHash: null, withBars: true })
    const { record } = await traded(settings, settings, settings, settings)
    const compared = ({ trades, curve, ...facts }: TradingRecord) => ({ facts, trades, curve })
    expect(compared(record)).toEqual(compared(whole))
    // Otherwise it would not show that positions and protections go from one window into the next.
    expect(whole.trades.length).toBeGreaterThan(10)
    const boundaries = windows(settings, settings, settings, settings).map(({ fromMs }) => fromMs)
    const isAcross = boundaries.some((ms) => whole.trades.some((one) => one.entryAtMs < ms && one.exitAtMs > ms))
    expect(isAcross).toBe(true)
  })

  test('add up: their returns compound to that of the record, their trades are all of its trades', async () => {
    const { record, spans } = await traded(settings, careful, settings)
    const earned = Number(record.equityEnd) / Number(record.equityStart) - 1
    const windowsOf = spans.map((outOfSample) => ({ parameters: '', inSample: outOfSample, outOfSample }))
    expect(walkForwardSummary(windowsOf).outOfSampleReturn).toBeCloseTo(earned, 9)
    expect(spans.reduce((sum, { trades }) => sum + trades, 0)).toBe(record.trades.length)
    expect(Math.max(...spans.map(({ drawdown }) => drawdown))).toBeLessThanOrEqual(record.drawdown.depth)
  })

  test("trade by their own window's settings", async () => {
    const [same, other] = [await traded(settings, settings), await traded(settings, careful)]
    expect(other.spans[0]).toEqual(same.spans[0])
    expect(Number(other.record.turnover)).toBeLessThan(0.8 * Number(same.record.turnover))
  })

  test('need a candle', async () => {
    expect(await tradeWindows(market, [], rulesOf)).toEqual({ ok: true, value: null })
    const before = [{ settings, fromMs: 0, toMs: dayMs }]
    expect(await tradeWindows(market, before, rulesOf)).toEqual({ ok: true, value: null })
  })
})
