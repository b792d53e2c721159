import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { JournalEvent } from '@shared/contract/journal'
import { settingsSchema } from '@shared/contract/settings'
import { expect, test } from 'vitest'
import { backtestFiles } from '../../../../src-main/engine/analysis/backtest/backtest'
import { defaultRandomEntries, rulesPolicy } from '../../../../src-main/engine/analysis/backtest/policy'
import { openStepByStep } from '../../../../src-main/engine/analysis/backtest/step-by-step'
import type { TradingRecord } from '../../../../src-main/engine/analysis/report/trading-record'
import { tradingRecordOfJournal } from '../../../../src-main/engine/analysis/report/trading-record-of-journal'
import { candleColumns, putCandle } from '../../../../src-main/engine/context/candle-columns'
import { systemClock } from '../../../../src-main/engine/market/clock'
import { openReplayVenue } from '../../../../src-main/engine/market/replay-venue'
import { rulesOf } from './two-ways'

const samples = fileURLToPath(new URL('../../../../resources/sample-data/', import.meta.url))
const settings = settingsSchema.parse({})
const window = {
  dir: join(samples),
  symbols: ['BTC/USDT', 'ETH/USDT'],
  timeframe: '1h',
  fromMs: Date.UTC(2021, 3, 1),
  toMs: Date.UTC(2021, 6, 1),
} as const

/** What the desk's steps would have journalled. */
async function journalled(): Promise<TradingRecord> {
  const venue = await openReplayVenue({ ...window, speed: 'max', clock: systemClock })
  if (!venue.ok) throw new Error(venue.problem.message)
  const { symbols, timeframe, fromMs, toMs } = window
  const warmUps = new Map(
    symbols.map((symbol) => {
      const candles = venue.value.warmUp(symbol)
      const columns = candleColumns(candles.length)
      candles.forEach((candle, at) => {
        putCandle(columns, at, candle)
      })
      return [symbol, { candles: columns, count: candles.length }]
    }),
  )
  const way = openStepByStep({
    runId: 'backtest',
    timeframe,
    settings,
    policy: rulesPolicy(settings),
    warmUps,
    rulesOf,
  })
  const days = { venue: 'replay', timeframe, fromMs, toMs, modelPreference: null, dataHash: null } as const
  const spec = { ...days, symbols: [...symbols], settings }
  const startingCash = settings.broker.startingCash
  const payload = { runId: 'backtest', ordinal: 1, spec, startingCash }
  const events: JournalEvent[] = [{ type: 'run.started', atMs: fromMs, payload }]
  for await (const update of venue.value.updates(new AbortController().signal)) events.push(...way.step(update))
  const record = tradingRecordOfJournal(events, { knownModel: () => null })
  if (!record.ok) throw new Error(record.problem.message)
  return record.value
}

test('the record of a fast backtest is the one that a journal of the same steps would give', async () => {
  const fast = await backtestFiles({
    ...{ policy: 'rules', entries: defaultRandomEntries, settings, rulesOf, candlesDir: window.dir, inside: true },
    ...{ ...window, symbols: [...window.symbols] },
  })
  if (!fast.ok) throw new Error(fast.problem.message)
  const slow = await journalled()
  const money = ({
    equityStart,
    equityEnd,
    feesPaid,
    slippagePaid,
    turnover,
    candles,
    decisions,
    refusals,
    models,
    calibration,
  }: TradingRecord) => ({
    ...{ equityStart, equityEnd, feesPaid, slippagePaid, turnover, candles, decisions, refusals, models, calibration },
  })
  expect(money(fast.value)).toEqual(money(slow))
  expect(fast.value.calibration.map(({ horizon }) => horizon)).toEqual(['1h', '4h', '24h'])
  // A journal knows closes alone.
  const trade = (one: TradingRecord['trades'][number]) => ({ ...one, maxAdverse: 0, maxFavourable: 0 })
  expect(fast.value.trades.map(trade)).toEqual(slow.trades.map(trade))
  expect(fast.value.trades.length).toBeGreaterThan(50)
  expect(fast.value.curve.atMs).toEqual(slow.curve.atMs)
  fast.value.curve.equity.forEach((equity, day) => {
    expect(equity).toBeCloseTo(slow.curve.equity[day] ?? 0, 6)
  })
  expect(fast.value.drawdown.depth).toBeCloseTo(slow.drawdown.depth, 9)
  expect(fast.value.drawdown.troughAtMs).toBe(slow.drawdown.troughAtMs)
  expect(fast.value.exposure.timeShare).toBe(slow.exposure.timeShare)
  expect(fast.value.exposure.mean).toBeCloseTo(slow.exposure.mean, 9)
})
