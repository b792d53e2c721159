import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MarketUpdate } from '@shared/contract/market-data'
import { settingsSchema } from '@shared/contract/settings'
import { describe, expect, test } from 'vitest'
import { backtestFiles } from '../../../../src-main/engine/analysis/backtest/backtest'
import { defaultRandomEntries, rulesPolicy } from '../../../../src-main/engine/analysis/backtest/policy'
import { openStepByStep } from '../../../../src-main/engine/analysis/backtest/step-by-step'
import { summarizeAccount } from '../../../../src-main/engine/broker/account-views'
import { candleAt } from '../../../../src-main/engine/context/candle-columns'
import { systemClock } from '../../../../src-main/engine/market/clock'
import { openReplayVenue } from '../../../../src-main/engine/market/replay-venue'
import { recordedColumns, recordingPath } from '../../../helpers/candle-recordings'
import { temporaryFolder } from '../../../helpers/temporary-folder'
import { rulesOf } from './two-ways'

const dir = temporaryFolder('inside')

const symbol = 'BTC/USDT'
const quarterMs = 900_000

/** Real minutes, and the quarters of an hour that they make; one minute is missing. */
function record(): void {
  const path = recordingPath('BTCUSDT-1m')
  if (path === null) throw new Error('The product has no sample of minutes')
  const columns = recordedColumns(path)
  const minutes = Array.from({ length: 15_000 }, (_, at) => candleAt(columns, at)).filter((_, at) => at !== 7000)
  const quarters = Map.groupBy(minutes, ({ openTimeMs }) => openTimeMs - (openTimeMs % quarterMs))
  const header = 'timestamp_ms,open,high,low,close,volume'
  const line = (...cells: readonly number[]) => cells.join(',')
  const rows = [...quarters].map(([openMs, inside]) =>
    line(
      openMs,
      inside[0]?.open ?? 0,
      Math.max(...inside.map(({ high }) => high)),
      Math.min(...inside.map(({ low }) => low)),
      inside.at(-1)?.close ?? 0,
      inside.reduce((sum, { volume }) => sum + volume, 0),
    ),
  )
  writeFileSync(join(dir, 'BTCUSDT-15m.csv'), `${[header, ...rows].join('\n')}\n`)
  const minuteRows = minutes.map(({ openTimeMs, open, high, low, close, volume }) =>
    line(openTimeMs, open, high, low, close, volume),
  )
  writeFileSync(join(dir, 'BTCUSDT-1m.csv'), `${[header, ...minuteRows].join('\n')}\n`)
}

record()
const settings = settingsSchema.parse({ risk: { stopAtr: 0.3, takeProfitAtr: 0.3 } })
const window = { dir, symbols: [symbol], timeframe: '15m', fromMs: null, toMs: null } as const

async function updatesOf(inside: boolean): Promise<readonly MarketUpdate[]> {
  const venue = await openReplayVenue({ ...window, inside, speed: 'max', clock: systemClock })
  if (!venue.ok) throw new Error(venue.problem.message)
  const updates: MarketUpdate[] = []
  for await (const update of venue.value.updates(new AbortController().signal)) updates.push(update)
  return updates
}

async function fast(inside: boolean) {
  const record = await backtestFiles({
    ...{ policy: 'rules', entries: defaultRandomEntries, symbols: [symbol], timeframe: '15m', settings, rulesOf },
    ...{ candlesDir: dir, fromMs: null, toMs: null, inside },
  })
  if (!record.ok) throw new Error(record.problem.message)
  return record.value
}

describe('minutes recorded beside quarters of an hour', () => {
  test('travel inside them, whole or not at all', async () => {
    const updates = await updatesOf(true)
    const insides = updates.map(({ inside }) => (inside?.kind === 'candles' ? inside.candles.length : 0))
    expect(new Set(insides)).toEqual(new Set([15, 0]))
    // The quarter with the missing minute, and the cut ones at both ends of the recording.
    expect(insides.filter((count) => count === 0).length).toBeLessThanOrEqual(3)
    for (const { candle, inside } of updates) {
      if (inside?.kind !== 'candles') continue
      expect(inside.candles[0]?.openTimeMs).toBe(candle.openTimeMs)
      expect(inside.candles.at(-1)?.close).toBe(candle.close)
    }
    expect((await updatesOf(false)).every(({ inside }) => inside === undefined)).toBe(true)
  })

  test('settle orders in the fast way as in the step on every candle, and differently from the quarter alone', async () => {
    const way = openStepByStep({
      ...{ runId: 'backtest', timeframe: '15m', settings, policy: rulesPolicy(settings), rulesOf },
      warmUps: new Map(),
    })
    for (const update of await updatesOf(true)) way.step(update)
    const within = await fast(true)
    expect(within.equityEnd).toBe(summarizeAccount(way.account()).equity)
    expect(within.trades.length).toBeGreaterThan(20)
    expect(within.assumptions.insideCandles).toBe('1m candles')
    const alone = await fast(false)
    expect(alone.assumptions.insideCandles).toBeNull()
    expect(alone.equityEnd).not.toBe(within.equityEnd)
    expect(alone.dataHash).not.toBe(within.dataHash)
  })
})
