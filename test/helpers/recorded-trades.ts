import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { Candle } from '@shared/contract/candle'
import { z } from 'zod'

const folders = ['../../shared/data/binance/', '../../../shared/data/binance/'].map((folder) =>
  fileURLToPath(new URL(folder, import.meta.url)),
)

/** A file of the recorded exchange; null, and a line that says so, where it is not present. */
export function exchangeRecording(name: string): string | null {
  const path = folders.map((folder) => join(folder, name)).find(existsSync) ?? null
  if (path === null) console.info(`Left out: there is no recording ${name} here.`)
  return path
}

const rowSchema = z
  .tuple([z.int(), z.string(), z.null(), z.enum(['buy', 'sell']), z.number(), z.number(), z.number()])
  .transform(([timeMs, id, , side, price, qty]) => ({ timeMs, id: Number(id), side, price, qty }))

export type RawTrade = z.infer<typeof rowSchema>

/** Every XRP/ETH trade of Binance over sixty hours of October 2019, as recorded. */
export function xrpEthTrades(): readonly RawTrade[] | null {
  const path = exchangeRecording('XRPETH-trades-2019.json.gz')
  return path === null ? null : z.array(rowSchema).parse(JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')))
}

/** The candles that these trades make; where nobody traded there is none. */
export function candlesOf(trades: readonly RawTrade[], lengthMs: number): readonly Candle[] {
  const byOpen = Map.groupBy(trades, ({ timeMs }) => timeMs - (timeMs % lengthMs))
  return [...byOpen].map(([openTimeMs, inside]) => ({
    openTimeMs,
    open: inside[0]?.price ?? 0,
    high: Math.max(...inside.map(({ price }) => price)),
    low: Math.min(...inside.map(({ price }) => price)),
    close: inside.at(-1)?.price ?? 0,
    volume: inside.reduce((sum, { qty }) => sum + qty, 0),
  }))
}

export function writeCandles(dir: string, name: string, candles: readonly Candle[]): void {
  const rows = candles.map((c) => [c.openTimeMs, c.open, c.high, c.low, c.close, c.volume].join(','))
  writeFileSync(join(dir, `${name}.csv`), `${['timestamp_ms,open,high,low,close,volume', ...rows].join('\n')}\n`)
}

export function writeTrades(dir: string, pair: string, trades: readonly RawTrade[]): void {
  const rows = trades.map(({ timeMs, id, side, price, qty }) => [timeMs, id, side, price, qty].join(','))
  writeFileSync(join(dir, `${pair}-trades.csv`), `${['timestamp_ms,id,side,price,qty', ...rows].join('\n')}\n`)
}
