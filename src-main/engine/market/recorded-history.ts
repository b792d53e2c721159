import {
  type Candle,
  type MarketAnomaly,
  type MarketSymbol,
  type Timeframe,
  timeframeMs,
} from '@shared/contract/candle'
import type { MarketUpdate } from '@shared/contract/market-data'
import { type Outcome, success } from '@shared/contract/outcome'
import { createCandleDigest } from './candle-digest'
import { type CandleFileProblemCode, type CandleRow, readCandleFile } from './candle-file'
import { gapBetween, nextOpenMs } from './continuity'
import type { TrailingAnomaly } from './venue'

/** One symbol's candle file seen through a half-open window of open times; null means no bound. */
export interface HistoryWindow {
  readonly symbol: MarketSymbol
  readonly timeframe: Timeframe
  readonly path: string
  readonly fromMs: number | null
  readonly toMs: number | null
}

/** A file that was read through once and found sound. */
export interface RecordedHistory extends HistoryWindow {
  readonly firstOpenMs: number
  readonly lastOpenMs: number
  readonly candlesInWindow: number
  /** The last candles before the window, oldest first. */
  readonly warmUp: readonly Candle[]
  /** Open time of the first warm-up candle; what is odd from there on is told with the first update. */
  readonly warmUpFromMs: number | null
  /** Open time of the last candle before the end of the window; null when there is none. */
  readonly lastBeforeEndMs: number | null
  /** Hash over the warm-up and the window: all that a decision can come from. */
  readonly digest: string
}

/** Reads the whole file, keeps no more of it than the warm-up, and fails where the file is broken. */
export async function scanHistory(
  window: HistoryWindow,
  warmUpCandles: number,
): Promise<Outcome<RecordedHistory, CandleFileProblemCode>> {
  const { fromMs, toMs } = window
  let warmUp: Candle[] = []
  let firstOpenMs: number | null = null
  let lastOpenMs = 0
  let lastBeforeEndMs: number | null = null
  let candlesInWindow = 0
  const windowDigest = createCandleDigest()
  for await (const batch of readCandleFile(window.path, window.timeframe)) {
    if (!batch.ok) return batch
    for (const row of batch.value) {
      if (row.kind === 'bad_row') continue
      const openMs = row.candle.openTimeMs
      firstOpenMs ??= openMs
      lastOpenMs = openMs
      if (toMs === null || openMs < toMs) lastBeforeEndMs = openMs
      if (fromMs !== null && openMs < fromMs) warmUp.push(row.candle)
      else if (toMs === null || openMs < toMs) {
        windowDigest.add(row.candle)
        candlesInWindow++
      }
    }
    // Trimmed once per batch, so that a long history before the window costs neither memory nor time.
    if (warmUp.length > warmUpCandles) warmUp = warmUp.slice(warmUp.length - warmUpCandles)
  }
  const warmUpDigest = createCandleDigest()
  for (const candle of warmUp) warmUpDigest.add(candle)
  return success({
    ...window,
    firstOpenMs: firstOpenMs ?? 0,
    lastOpenMs,
    candlesInWindow,
    warmUp,
    warmUpFromMs: warmUp[0]?.openTimeMs ?? null,
    lastBeforeEndMs,
    digest: `${warmUpDigest.end()} ${windowDigest.end()}`,
  })
}

/** A stream that is pulled by hand, so that several can be merged. */
export interface UpdateStream {
  /** Null at the end of the window. */
  next(): Promise<Outcome<MarketUpdate, CandleFileProblemCode> | null>
  /** What was odd after the last candle; complete once `next` has answered null. */
  trailing(): readonly TrailingAnomaly[]
  close(): Promise<void>
}

/** The window's candles with everything odd since the candle before; the first also carries what the warm-up had. */
export function readUpdates(history: RecordedHistory): UpdateStream {
  const batches = readCandleFile(history.path, history.timeframe)
  const watch = createWatch(history)
  let rows: readonly CandleRow[] = []
  let at = 0
  return {
    async next() {
      for (;;) {
        const row = rows[at++]
        if (row === undefined) {
          const batch = await batches.next()
          if (batch.done === true) return null
          if (!batch.value.ok) return batch.value
          rows = batch.value.value
          at = 0
          continue
        }
        if (history.toMs !== null && row.kind === 'candle' && row.candle.openTimeMs >= history.toMs) return null
        const anomalies = watch.see(row)
        if (row.kind === 'bad_row' || anomalies === null) continue
        return success({ symbol: history.symbol, timeframe: history.timeframe, candle: row.candle, anomalies })
      }
    },
    trailing() {
      const { symbol, timeframe } = history
      const anomalies = [...watch.pending(), ...gapAtEnd(history)]
      return anomalies.map((anomaly) => ({ symbol, timeframe, anomaly }))
    },
    async close() {
      await batches.return(undefined)
    },
  }
}

/** Collects what is odd row by row; answers with the collection when the row is a candle of the window. */
function createWatch({ timeframe, fromMs, warmUpFromMs }: RecordedHistory) {
  const watchFromMs = warmUpFromMs ?? fromMs
  let expectedMs = watchFromMs === null ? null : nextOpenMs(watchFromMs, timeframe)
  let pending: MarketAnomaly[] = []
  function see(row: CandleRow): readonly MarketAnomaly[] | null {
    if (row.kind === 'bad_row') {
      pending.push({ kind: 'bad_row', line: row.line, reason: row.reason })
      return null
    }
    const openMs = row.candle.openTimeMs
    // What lies before the warm-up is of no concern to this run.
    if (watchFromMs !== null && openMs < watchFromMs) {
      pending = []
      return null
    }
    const gap = expectedMs === null ? null : gapBetween(expectedMs, openMs, timeframe)
    if (gap !== null) pending.push(gap)
    if (row.candle.volume === 0) pending.push({ kind: 'zero_volume', openTimeMs: openMs })
    expectedMs = openMs + timeframeMs[timeframe]
    if (fromMs !== null && openMs < fromMs) return null
    const anomalies = pending
    pending = []
    return anomalies
  }
  return { see, pending: (): readonly MarketAnomaly[] => pending }
}

/** The gap between the last candle and the window's end, which no later candle can carry. */
function gapAtEnd({ timeframe, fromMs, toMs, lastBeforeEndMs }: RecordedHistory): MarketAnomaly[] {
  if (toMs === null) return []
  const lastMs = lastBeforeEndMs === null ? null : lastBeforeEndMs + timeframeMs[timeframe]
  // A gap that began before the window is told from the window's start.
  const expectedMs = Math.max(lastMs ?? 0, fromMs ?? 0)
  const gap = lastMs === null && fromMs === null ? null : gapBetween(nextOpenMs(expectedMs, timeframe), toMs, timeframe)
  return gap === null ? [] : [gap]
}
