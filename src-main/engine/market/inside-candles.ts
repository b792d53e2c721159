import { type Candle, type MarketSymbol, type Timeframe, timeframeMs } from '@shared/contract/candle'
import type { InsideCandle } from '@shared/contract/market-data'
import { type Outcome, success } from '@shared/contract/outcome'
import { type CandleFileProblemCode, readCandleFile } from './candle-file'
import type { CandleFileName, CandleFolder } from './candle-folder'
import { type RecordedHistory, scanHistory } from './recorded-history'

/** Shorter candles recorded beside those of a run: they tell what happened inside one, in which order. */
export type InsideRecording = RecordedHistory

export interface InsideWindow {
  readonly symbol: MarketSymbol
  readonly timeframe: Timeframe
  readonly fromMs: number | null
  readonly toMs: number | null
}

/** The symbol's recording with the shortest candles that fit into those of the run; null where there is none. */
export async function scanInside(
  folder: CandleFolder,
  { symbol, timeframe, fromMs, toMs }: InsideWindow,
): Promise<Outcome<InsideRecording | null, CandleFileProblemCode>> {
  const file = shortest(folder, symbol, timeframe)
  if (file === null) return success(null)
  const scanned = await scanHistory({ symbol, timeframe: file.timeframe, path: file.path, fromMs, toMs }, 0)
  if (!scanned.ok) return scanned
  return success(scanned.value.candlesInWindow === 0 ? null : scanned.value)
}

function shortest(folder: CandleFolder, symbol: MarketSymbol, timeframe: Timeframe): CandleFileName | null {
  const fitting = folder.files.filter(
    (file) =>
      file.pair === symbol.replace('/', '') &&
      timeframeMs[file.timeframe] < timeframeMs[timeframe] &&
      timeframeMs[timeframe] % timeframeMs[file.timeframe] === 0,
  )
  return fitting.toSorted((a, b) => timeframeMs[a.timeframe] - timeframeMs[b.timeframe])[0] ?? null
}

/** Reads the insides of candle after candle; a candle of which some minutes are missing is told by its own four prices. */
export interface InsideReader {
  next(openMs: number): Promise<Outcome<InsideCandle | undefined, CandleFileProblemCode>>
  close(): Promise<void>
}

export function readInside(recording: InsideRecording, timeframe: Timeframe): InsideReader {
  const batches = readCandleFile(recording.path, recording.timeframe)
  const lengthMs = timeframeMs[timeframe]
  let waiting: Candle[] = []
  let at = 0
  let isAtEnd = false

  async function more(): Promise<Outcome<void, CandleFileProblemCode>> {
    const batch = await batches.next()
    isAtEnd = batch.done === true
    if (batch.done === true) return success(undefined)
    if (!batch.value.ok) return batch.value
    waiting = [...waiting.slice(at), ...batch.value.value.flatMap((row) => (row.kind === 'candle' ? [row.candle] : []))]
    at = 0
    return success(undefined)
  }

  return {
    async next(openMs) {
      const candles: Candle[] = []
      for (;;) {
        const candle = waiting[at]
        if (candle === undefined) {
          if (isAtEnd) break
          const read = await more()
          if (!read.ok) return read
          continue
        }
        if (candle.openTimeMs >= openMs + lengthMs) break
        if (candle.openTimeMs >= openMs) candles.push(candle)
        at += 1
      }
      return success(insideOf(candles, recording.timeframe, lengthMs))
    },
    async close() {
      await batches.return(undefined)
    },
  }
}

/** Undefined unless every shorter candle is there. */
export function insideOf(candles: readonly Candle[], timeframe: Timeframe, lengthMs: number): InsideCandle | undefined {
  const isWhole = candles.length === lengthMs / timeframeMs[timeframe]
  return isWhole ? { kind: 'candles', timeframe, candles } : undefined
}
