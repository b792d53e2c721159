import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { Candle } from '@shared/contract/candle'

const samples = fileURLToPath(new URL('../../resources/sample-data/', import.meta.url))
const read = new Map<string, readonly Candle[]>()

/** `count` candles of 1h from `fromMs`, out of the product's own samples. */
export function recordedCandles(pair: 'BTCUSDT' | 'ETHUSDT', fromMs: number, count: number): readonly Candle[] {
  const recorded = allCandles(`${samples}${pair}-1h.csv.gz`)
  const first = recorded.findIndex((candle) => candle.openTimeMs >= fromMs)
  return first === -1 ? [] : recorded.slice(first, first + count)
}

function allCandles(file: string): readonly Candle[] {
  const known = read.get(file)
  if (known !== undefined) return known
  const rows = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n').slice(1)
  const candles = rows.map((row) => {
    const [openTimeMs = 0, open = 0, high = 0, low = 0, close = 0, volume = 0] = row.split(',').map(Number)
    return { openTimeMs, open, high, low, close, volume }
  })
  read.set(file, candles)
  return candles
}

/** `count` candles of 1m from `fromMs`, out of the product's own samples. */
export function recordedMinutes(pair: 'BTCUSDT' | 'ETHUSDT', fromMs: number, count: number): readonly Candle[] {
  const recorded = allCandles(`${samples}${pair}-1m.csv.gz`)
  const first = recorded.findIndex((candle) => candle.openTimeMs >= fromMs)
  return first === -1 ? [] : recorded.slice(first, first + count)
}
