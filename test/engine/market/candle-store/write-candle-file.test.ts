import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { readCandleFile } from '../../../../src-main/engine/market/candle-file'
import { writeCandleFile } from '../../../../src-main/engine/market/candle-store/write-candle-file'
import { temporaryFolder } from '../../../helpers/temporary-folder'

let dir: string
beforeEach(() => {
  dir = temporaryFolder('files')
})

const candles = [
  { openTimeMs: 0, open: 0.00000812, high: 0.0000082, low: 1e-8, close: 0.00000813, volume: 123456789.12345678 },
  { openTimeMs: 3_600_000, open: 1e8, high: 100000001.5, low: 99999999, close: 1e8, volume: 0 },
]

test('prices of any size are written as plain decimals, and read back as they were', async () => {
  expect(writeCandleFile(dir, 'TINYUSDT-1h', candles)).toEqual({ ok: true, value: join(dir, 'TINYUSDT-1h.csv') })
  const rows = readFileSync(join(dir, 'TINYUSDT-1h.csv'), 'utf8').split('\n')
  expect(rows[1]).toBe('0,0.00000812,0.0000082,0.00000001,0.00000813,123456789.12345678')
  expect(rows[2]).toBe('3600000,100000000,100000001.5,99999999,100000000,0')
  const read = []
  for await (const batch of readCandleFile(join(dir, 'TINYUSDT-1h.csv'), '1h')) {
    if (!batch.ok) throw new Error(batch.problem.message)
    read.push(...batch.value.map((row) => (row.kind === 'candle' ? row.candle : row.reason)))
  }
  expect(read).toEqual(candles)
})

test('a file that cannot be written leaves nothing half done', () => {
  writeFileSync(join(dir, 'file'), '')
  expect(writeCandleFile(join(dir, 'file'), 'X', candles)).toMatchObject({ problem: { code: 'cache_unwritable' } })
  expect(existsSync(join(dir, 'file', 'X.csv.partial'))).toBe(false)
})
