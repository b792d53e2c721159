import { settingsSchema } from '@shared/contract/settings'
import { afterEach, expect, test } from 'vitest'
import { type LedgerWriter, openLedger } from '../../src-main/engine/journal/ledger'
import { beginRun, findRun, type RunRequest, runSpec } from '../../src-main/engine/runs'
import { dataFolder } from '../helpers/quartet'

const folder = dataFolder()
let ledger: LedgerWriter | null = null
afterEach(() => {
  ledger?.close()
  folder.remove()
})

const request: RunRequest = {
  venue: 'replay',
  symbols: ['ETH/USDT', 'BTC/USDT'],
  timeframe: '1h',
  fromMs: 0,
  toMs: null,
  modelPreference: null,
  candlesDir: '/candles',
  speed: 'max',
}
const settings = settingsSchema.parse({})

test('a run that was broken off is continued over the same candles, and begun anew over others', () => {
  const opened = openLedger({ dir: folder.home, clock: () => 0 })
  if (!opened.ok) throw new Error(opened.problem.message)
  ledger = opened.value
  const first = findRun(ledger, runSpec(request, settings, 'candles of monday'))
  expect(beginRun(ledger, first, 0).ok).toBe(true)

  const again = findRun(
    ledger,
    runSpec({ ...request, symbols: ['BTC/USDT', 'ETH/USDT'] }, settings, 'candles of monday'),
  )
  expect(again.runId).toBe(first.runId)
  expect(again.history).toHaveLength(1)

  const other = findRun(ledger, runSpec(request, settings, 'candles of tuesday'))
  expect(other.runId).not.toBe(first.runId)
  expect(other.history).toEqual([])
})
