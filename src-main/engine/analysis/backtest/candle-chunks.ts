import type { MarketSymbol } from '@shared/contract/candle'
import type { InsideCandle } from '@shared/contract/market-data'
import { type CandleColumns, partOf } from '../../context/candle-columns'
import type { FigureColumns } from '../../context/figure-kernel'

/** Some of a symbol's candles, in time order, at [0, count). They are valid until the next chunk is asked for. */
export interface CandleChunk {
  readonly candles: CandleColumns
  readonly count: number
}

/** The recorded candles of one symbol: some to warm the figures up with, then those to decide on. */
export interface CandleHistory {
  readonly symbol: MarketSymbol
  readonly warmUp: CandleChunk
  /** What is known of the inside of the candle of the last chunk that opens then. */
  readonly insideOf?: (openMs: number) => InsideCandle | undefined
  /** Replaces figures of a chunk that not candles alone tell; comes once, when the chunk is handed out. */
  readonly refine?: (chunk: CandleChunk, figures: FigureColumns) => Promise<void>
  /** Oddities of the recording that a run would have journalled; whole once the candles are at their end. */
  readonly anomalies?: () => number
  /** Trades and books are recorded: they are told of every candle, and decide alone what happens in it. */
  readonly hasTicks?: boolean
  /** Candles to decide on, in pieces; null at the end. */
  next(): Promise<CandleChunk | null>
}

/** Large enough that a chunk's own costs vanish, small enough that figures stay in the processor's cache. */
export const chunkCandles = 2048

/** Candles that already lie in memory, [from, to) of the columns; the ones before `from` warm up. */
export function historyInMemory(
  symbol: MarketSymbol,
  candles: CandleColumns,
  { from = 0, to = candles.close.length, warmUpCandles = 0, chunk = chunkCandles } = {},
): CandleHistory {
  const warmFrom = Math.max(0, from - warmUpCandles)
  let at = from
  return {
    symbol,
    warmUp: { candles: partOf(candles, warmFrom, from), count: from - warmFrom },
    async next() {
      if (at >= to) return null
      const end = Math.min(to, at + chunk)
      const part = { candles: partOf(candles, at, end), count: end - at }
      at = end
      return part
    },
  }
}
