import type { Candle, MarketSymbol, Timeframe } from '@shared/contract/candle'
import type { InsideCandle } from '@shared/contract/market-data'
import { type Outcome, success } from '@shared/contract/outcome'
import { type CandleColumns, candleColumns, putCandle } from '../../context/candle-columns'
import { readCandleFile } from '../../market/candle-file'
import { findCandleFile, openCandleFolder } from '../../market/candle-folder'
import { openInside } from '../../market/inside-recording'
import { type RecordedHistory, readUpdates } from '../../market/recorded-history'
import { nothingInWindow, type ReplayedHistory } from '../../market/replay-venue'
import { defaultWarmUpCandles, type MarketProblemCode } from '../../market/venue'
import { type CandleHistory, chunkCandles } from './candle-chunks'

export interface HistoryRequest {
  readonly dir: string
  readonly symbol: MarketSymbol
  readonly timeframe: Timeframe
  /** Candles that open in [fromMs, toMs) are decided on; null means no bound. */
  readonly fromMs: number | null
  readonly toMs: number | null
}

/** A symbol's candles in memory, the warm-up before the window included. */
export interface CandlesInMemory {
  readonly symbol: MarketSymbol
  readonly candles: CandleColumns
  /** Place of the first candle of the window. */
  readonly from: number
}

/** Reads a recording into columns, and refuses one without a candle in the window; `shared` ones can be read by worker threads. */
export async function readColumns(
  { dir, symbol, timeframe, fromMs, toMs }: HistoryRequest,
  { shared = false } = {},
): Promise<Outcome<CandlesInMemory, MarketProblemCode>> {
  const folder = await openCandleFolder(dir)
  if (!folder.ok) return folder
  const file = findCandleFile(folder.value, symbol, timeframe)
  if (!file.ok) return file
  const warmUp: Candle[] = []
  const window: Candle[] = []
  let firstMs: number | null = null
  let lastMs = 0
  for await (const batch of readCandleFile(file.value.path, timeframe)) {
    if (!batch.ok) return batch
    for (const row of batch.value) {
      if (row.kind === 'bad_row') continue
      const { openTimeMs } = row.candle
      firstMs ??= openTimeMs
      lastMs = openTimeMs
      if (fromMs !== null && openTimeMs < fromMs) warmUp.push(row.candle)
      else if (toMs === null || openTimeMs < toMs) window.push(row.candle)
    }
    if (warmUp.length > 4 * defaultWarmUpCandles) warmUp.splice(0, warmUp.length - defaultWarmUpCandles)
  }
  warmUp.splice(0, Math.max(0, warmUp.length - defaultWarmUpCandles))
  if (window.length === 0) return nothingInWindow({ firstMs: firstMs ?? 0, lastMs }, { timeframe, fromMs, toMs })
  const all = [...warmUp, ...window]
  const candles = candleColumns(all.length, { shared })
  all.forEach((candle, at) => {
    putCandle(candles, at, candle)
  })
  return success({ symbol, candles, from: warmUp.length })
}

/** A recording that is read as it is needed: memory stays that of one chunk. A broken file was refused by the scan. */
export function historyOfFile(recorded: RecordedHistory): CandleHistory {
  const updates = readUpdates(recorded)
  const columns = candleColumns(chunkCandles)
  let anomalies = 0
  return {
    symbol: recorded.symbol,
    warmUp: warmUpOf(recorded),
    anomalies: () => anomalies + updates.trailing().length,
    async next() {
      let count = 0
      while (count < chunkCandles) {
        const update = await updates.next()
        if (update === null) break
        if (!update.ok) throw new Error(update.problem.message)
        putCandle(columns, count, update.value.candle)
        anomalies += update.value.anomalies.length
        count++
      }
      return count === 0 ? null : { candles: columns, count }
    },
  }
}

/** Ticks of one chunk that may be in memory; the candle that comes to more is the last of its chunk. */
const mostTicks = 20_000

/** The same with the trades and books inside its candles, read along: memory stays that of a chunk's ticks. */
export function historyWithTicks(recorded: ReplayedHistory): CandleHistory {
  const updates = readUpdates(recorded)
  const insides = openInside(recorded)
  const columns = candleColumns(chunkCandles)
  const told = new Map<number, InsideCandle>()
  let anomalies = 0
  return {
    symbol: recorded.symbol,
    warmUp: warmUpOf(recorded),
    hasTicks: true,
    anomalies: () => anomalies + updates.trailing().length,
    insideOf: (openMs) => told.get(openMs),
    async next() {
      told.clear()
      let count = 0
      for (let ticks = 0; count < chunkCandles && ticks < mostTicks; ) {
        const update = await updates.next()
        if (update === null) break
        if (!update.ok) throw new Error(update.problem.message)
        const { candle } = update.value
        const within = await insides.next(candle)
        if (!within.ok) throw new Error(within.problem.message)
        const { inside } = within.value
        anomalies += update.value.anomalies.length + within.value.anomalies.length
        if (inside !== undefined) told.set(candle.openTimeMs, inside)
        ticks += inside?.kind === 'ticks' ? inside.ticks.length : 0
        putCandle(columns, count, candle)
        count++
      }
      return count === 0 ? null : { candles: columns, count }
    },
  }
}

function warmUpOf({ warmUp }: RecordedHistory): CandleHistory['warmUp'] {
  const columns = candleColumns(warmUp.length)
  warmUp.forEach((candle, at) => {
    putCandle(columns, at, candle)
  })
  return { candles: columns, count: warmUp.length }
}
