import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { Candle } from '@shared/contract/candle'

const recordings = fileURLToPath(new URL('../../../shared/data/candles/', import.meta.url))
const HOUR_MS = 3_600_000

/**
 * `count` recorded 1h candles of BTC or ETH from `fromMs`. Where the recordings are absent, a made-up market of the
 * same shape: what these candles feed is the screen, which does not care.
 */
export function recordedCandles(pair: 'BTCUSDT' | 'ETHUSDT', fromMs: number, count: number): Candle[] {
  const file = `${recordings}${pair}-1h.csv.gz`
  if (!existsSync(file)) return madeUpCandles(pair === 'BTCUSDT' ? 40_000 : 2_500, fromMs, count)
  const rows = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n').slice(1)
  const candles: Candle[] = []
  for (const row of rows) {
    const [openTimeMs = 0, open = 0, high = 0, low = 0, close = 0, volume = 0] = row.split(',').map(Number)
    if (openTimeMs >= fromMs) candles.push({ openTimeMs, open, high, low, close, volume })
    if (candles.length === count) break
  }
  return candles
}

function madeUpCandles(around: number, fromMs: number, count: number): Candle[] {
  return Array.from({ length: count }, (_, index) => {
    const open = around * (1 + 0.05 * Math.sin(index / 17))
    const close = around * (1 + 0.05 * Math.sin((index + 1) / 17))
    const reach = around * 0.004
    return {
      openTimeMs: fromMs + index * HOUR_MS,
      open,
      high: Math.max(open, close) + reach,
      low: Math.min(open, close) - reach,
      close,
      volume: 100 + (index % 24) * 10,
    }
  })
}
