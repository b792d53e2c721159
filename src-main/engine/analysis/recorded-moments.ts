import { type Horizon, horizonMs } from '@shared/contract/calibration'
import { type Candle, closeTimeMs, type MarketSymbol, type Timeframe } from '@shared/contract/candle'
import type { MarketContext } from '@shared/contract/context'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { type DecisionOutcome, outcomeLabel, type TradeCosts } from '@shared/rules/outcome-labels'
import { createContextBuilder } from '../context/context-builder'
import { readCandleFile } from '../market/candle-file'
import { findCandleFile, openCandleFolder } from '../market/candle-folder'
import { defaultWarmUpCandles, type MarketProblemCode } from '../market/venue'
import { evenlySpaced } from './evenly-spaced'

/** A moment of recorded history: what a model would have been told then, and what became of the market. */
export interface RecordedMoment {
  readonly context: MarketContext
  /** Null where the recording does not tell, see `outcomeLabel`. */
  readonly outcomes: Readonly<Record<Horizon, DecisionOutcome | null>>
}

export interface MomentsRequest {
  readonly candlesDir: string
  readonly symbol: MarketSymbol
  readonly timeframe: Timeframe
  /** Open times [fromMs, toMs) of the candles that may be asked about; null means no bound. */
  readonly fromMs: number | null
  readonly toMs: number | null
  /** So many moments, evenly spaced; null or more than there are: all of them. */
  readonly samples: number | null
  readonly costs: TradeCosts
}

export interface RecordedMoments {
  readonly moments: readonly RecordedMoment[]
  /** Candles of the window at which every figure of the context is warmed up. */
  readonly available: number
}

/** EMA 200 is the last figure to speak. */
const warmedUpCandles = 200
const longestHorizonMs = Math.max(...Object.values(horizonMs))

/** A desk that holds nothing: the same question at every moment, whatever was answered before. */
const noPosition = { hasPosition: false, positionPct: 0, unrealizedPct: null, positionAgeCandles: null }

/** Reads a symbol's recording; outcomes may use candles after the window, contexts never use a candle after their own. */
export async function readMoments(request: MomentsRequest): Promise<Outcome<RecordedMoments, MarketProblemCode>> {
  const { symbol, timeframe, fromMs, toMs, samples, costs } = request
  const read = await readCandles(request)
  if (!read.ok) return read
  const { candles } = read.value
  const places = askable(candles, fromMs, toMs)
  if (places.length === 0) return nothingToAsk(request, read.value)
  const asked = new Set(evenlySpaced(places, samples ?? places.length))
  const byOpenTime = new Map(candles.map((candle) => [candle.openTimeMs, candle]))
  const builder = createContextBuilder({ symbol, timeframe })
  const moments = candles.flatMap((candle, index): RecordedMoment[] => {
    builder.observe(candle)
    if (!asked.has(index)) return []
    const outcomeAfter = (horizon: Horizon) =>
      outcomeLabel((time) => byOpenTime.get(time), closeTimeMs(candle, timeframe), horizon, timeframe, costs)
    const outcomes = { '1h': outcomeAfter('1h'), '4h': outcomeAfter('4h'), '24h': outcomeAfter('24h') }
    return [{ context: builder.contextFor(noPosition), outcomes }]
  })
  return success({ moments, available: places.length })
}

interface ReadCandles {
  readonly candles: readonly Candle[]
  /** Open times of the first and last candle of the whole file. */
  readonly firstMs: number
  readonly lastMs: number
}

/** The window's candles with as many before it as a run would take, and as many after it as the outcomes need. */
async function readCandles(request: MomentsRequest): Promise<Outcome<ReadCandles, MarketProblemCode>> {
  const { candlesDir, symbol, timeframe, fromMs, toMs } = request
  const folder = await openCandleFolder(candlesDir)
  if (!folder.ok) return folder
  const file = findCandleFile(folder.value, symbol, timeframe)
  if (!file.ok) return file
  const wantedToMs = toMs === null ? Number.POSITIVE_INFINITY : toMs + longestHorizonMs
  let warmUp: Candle[] = []
  const candles: Candle[] = []
  let firstMs: number | null = null
  let lastMs = 0
  for await (const batch of readCandleFile(file.value.path, timeframe)) {
    if (!batch.ok) return batch
    for (const row of batch.value) {
      if (row.kind === 'bad_row') continue
      firstMs ??= row.candle.openTimeMs
      lastMs = row.candle.openTimeMs
      if (fromMs !== null && row.candle.openTimeMs < fromMs) warmUp.push(row.candle)
      else if (row.candle.openTimeMs <= wantedToMs) candles.push(row.candle)
    }
    if (warmUp.length > defaultWarmUpCandles) warmUp = warmUp.slice(-defaultWarmUpCandles)
  }
  return success({ candles: [...warmUp, ...candles], firstMs: firstMs ?? 0, lastMs })
}

/** Places of the candles that lie in the window and behind the warm-up. */
function askable(candles: readonly Candle[], fromMs: number | null, toMs: number | null): readonly number[] {
  return candles.flatMap(({ openTimeMs }, index) => {
    const isInWindow = (fromMs === null || openTimeMs >= fromMs) && (toMs === null || openTimeMs < toMs)
    return isInWindow && index + 1 >= warmedUpCandles ? [index] : []
  })
}

function nothingToAsk(
  { symbol, timeframe, fromMs, toMs }: MomentsRequest,
  { firstMs, lastMs }: ReadCandles,
): Outcome<never, MarketProblemCode> {
  if (fromMs !== null && toMs !== null && fromMs >= toMs) {
    return failure('window_empty', 'The start (--from) must lie before the end (--to).')
  }
  return failure(
    'dates_outside_data',
    `No ${timeframe} candle of ${symbol} between these dates can be asked about: it is recorded from ${iso(firstMs)} to ` +
      `${iso(lastMs)}, and the first ${warmedUpCandles} candles only warm the figures up.`,
  )
}

const iso = (timeMs: number): string => new Date(timeMs).toISOString()
