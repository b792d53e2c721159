import { type Candle, type MarketSymbol, type Timeframe, timeframeMs } from '@shared/contract/candle'
import { type Outcome, success } from '@shared/contract/outcome'
import {
  type CandleColumns,
  candleAt,
  candleColumnNames,
  candleColumns,
  firstNotBefore,
  putCandle,
} from '../../context/candle-columns'
import { readCandleFile } from '../../market/candle-file'
import { type InsideRecording, insideOf } from '../../market/inside-candles'
import type { MarketProblemCode } from '../../market/venue'
import type { CandleHistory } from './candle-chunks'

/**
 * The shorter candles inside those of a recording. They are held in memory, because only few of them are ever asked for,
 * and nobody knows beforehand which.
 */
export interface InsideInMemory {
  readonly symbol: MarketSymbol
  /** Of the shorter candles. */
  readonly timeframe: Timeframe
  readonly candles: CandleColumns
}

/** Reads the shorter candles of a window into columns; `shared` ones can be read by worker threads. */
export async function readInsideColumns(
  { path, symbol, timeframe, fromMs, toMs }: InsideRecording,
  { shared = false } = {},
): Promise<Outcome<InsideInMemory, MarketProblemCode>> {
  const kept: CandleColumns[] = []
  for await (const batch of readCandleFile(path, timeframe)) {
    if (!batch.ok) return batch
    const rows = batch.value.flatMap((row) => (row.kind === 'candle' && isInside(row.candle) ? [row.candle] : []))
    const columns = candleColumns(rows.length)
    rows.forEach((candle, at) => {
      putCandle(columns, at, candle)
    })
    kept.push(columns)
  }
  return success({ symbol, timeframe, candles: joined(kept, shared) })

  function isInside({ openTimeMs }: Candle): boolean {
    return (fromMs === null || openTimeMs >= fromMs) && (toMs === null || openTimeMs < toMs)
  }
}

/** Looks them up by the open of the longer candle. */
export function insideLookup(
  { timeframe, candles }: InsideInMemory,
  longer: Timeframe,
): NonNullable<CandleHistory['insideOf']> {
  const lengthMs = timeframeMs[longer]
  return (openMs) => {
    const from = firstNotBefore(candles.openTimeMs, openMs)
    const to = firstNotBefore(candles.openTimeMs, openMs + lengthMs)
    const found = Array.from({ length: to - from }, (_, at) => candleAt(candles, from + at))
    return insideOf(found, timeframe, lengthMs)
  }
}

function joined(parts: readonly CandleColumns[], shared: boolean): CandleColumns {
  const all = candleColumns(
    parts.reduce((sum, { close }) => sum + close.length, 0),
    { shared },
  )
  let at = 0
  for (const part of parts) {
    for (const name of candleColumnNames) all[name].set(part[name], at)
    at += part.close.length
  }
  return all
}
