import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { Candle } from '@shared/contract/candle'
import { type CandleColumns, candleColumns, putCandle } from '../../src-main/engine/context/candle-columns'

/** Every recording there is: the long ones beside the checkout where they are present, and the product's samples. */
const folders = ['../../shared/data/candles/', '../../../shared/data/candles/', '../../resources/sample-data/'].map(
  (folder) => fileURLToPath(new URL(folder, import.meta.url)),
)

/** The path of a recording such as `BTCUSDT-1m`; null where it is not present. */
export function recordingPath(name: string): string | null {
  const files = folders.flatMap((folder) => [`${folder}${name}.csv`, `${folder}${name}.csv.gz`])
  return files.find((file) => existsSync(file)) ?? null
}

export function recordedColumns(path: string): CandleColumns {
  const bytes = readFileSync(path)
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  const rows = text.trim().split('\n').slice(1)
  const columns = candleColumns(rows.length)
  rows.forEach((row, at) => {
    const [openTimeMs = 0, open = 0, high = 0, low = 0, close = 0, volume = 0] = row.split(',').map(Number)
    putCandle(columns, at, { openTimeMs, open, high, low, close, volume } satisfies Candle)
  })
  return columns
}
