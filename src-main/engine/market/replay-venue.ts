import { type Candle, closeTimeMs, type MarketSymbol, type Timeframe } from '@shared/contract/candle'
import type { FillSource, MarketUpdate } from '@shared/contract/market-data'
import { type Failure, failure, type Outcome, type Problem, success } from '@shared/contract/outcome'
import { dataHashOf } from './candle-digest'
import { findCandleFile, openCandleFolder } from './candle-folder'
import type { WallClock } from './clock'
import { type InsideRecording, scanInside } from './inside-candles'
import {
  countsSentence,
  findTicks,
  type InsideCounts,
  type InsideSequence,
  openInside,
  scanTicks,
  type TickRecording,
} from './inside-recording'
import { type RecordedHistory, readUpdates, scanHistory, type UpdateStream } from './recorded-history'
import {
  defaultWarmUpCandles,
  type MarketProblemCode,
  type ReplaySpeed,
  type TrailingAnomaly,
  type Venue,
} from './venue'

export interface ReplayOptions {
  /** Folder of candle files, see `candle-folder.ts`. */
  readonly dir: string
  readonly symbols: readonly MarketSymbol[]
  readonly timeframe: Timeframe
  /** Candles that open in [fromMs, toMs) are replayed; null means from the first, or to the last. */
  readonly fromMs: number | null
  readonly toMs: number | null
  readonly warmUpCandles?: number
  /** Shorter candles that stand beside those of the timeframe travel inside them; false leaves them out. */
  readonly inside?: boolean
  /** Trades, or trades and order books, recorded beside the candles tell what happened inside; candles by default. */
  readonly fills?: FillSource
  readonly speed: ReplaySpeed
  readonly clock: WallClock
}

/**
 * Recorded history as a market. Every file is read through once before anything is handed out, so that a broken one is
 * refused before the first decision; the replay then streams them side by side at flat memory.
 */
export async function openReplayVenue(options: ReplayOptions): Promise<Outcome<Venue, MarketProblemCode>> {
  const histories = await scanHistories(options)
  if (!histories.ok) return histories
  return success(createReplay(histories.value, options))
}

/** A symbol's recording, and what tells of the inside of its candles. */
export interface ReplayedHistory extends RecordedHistory {
  readonly inside: InsideRecording | null
  readonly ticks: TickRecording | null
  /** What told how many candles, and the hash of its trades and books; null where candles alone fill orders. */
  readonly told: { readonly counts: InsideCounts; readonly digest: string } | null
}

/** The recordings of the symbols, in their order, each read through once and found sound. */
export async function scanHistories(
  options: Omit<ReplayOptions, 'speed' | 'clock'>,
): Promise<Outcome<readonly ReplayedHistory[], MarketProblemCode>> {
  const { timeframe, fromMs, toMs, fills = 'candles' } = options
  if (fromMs !== null && toMs !== null && fromMs >= toMs) {
    return failure('window_empty', `The start ${iso(fromMs)} is not before the end ${iso(toMs)}. Swap or widen them.`)
  }
  const folder = await openCandleFolder(options.dir)
  if (!folder.ok) return folder
  const symbols = [...new Set(options.symbols)].sort()
  const histories: ReplayedHistory[] = []
  for (const symbol of symbols) {
    const file = findCandleFile(folder.value, symbol, timeframe)
    if (!file.ok) return file
    const window = { symbol, timeframe, path: file.value.path, fromMs, toMs }
    const history = await scanHistory(window, options.warmUpCandles ?? defaultWarmUpCandles)
    if (!history.ok) return history
    const inside = options.inside === false ? success(null) : await scanInside(folder.value, window)
    if (!inside.ok) return inside
    const ticks = findTicks(folder.value, symbol, fills)
    const files = { ...history.value, inside: inside.value, ticks }
    const told = fills === 'candles' ? success(null) : await scanTicks(files)
    if (!told.ok) return told
    histories.push({ ...files, told: told.value })
  }
  const wanted = fills === 'book' ? 'book' : 'trades'
  if (fills !== 'candles' && histories.every(({ ticks }) => (ticks?.[wanted] ?? null) === null)) {
    const pair = symbols[0]?.replace('/', '') ?? ''
    const missing = `${options.dir} has no recorded ${fills === 'book' ? 'order books' : 'trades'} of ${symbols.join(', ')}`
    return failure('ticks_missing', `${missing} (${pair}-${wanted}.csv). Leave --fills out, or put them there.`)
  }
  return refusal(histories, options) ?? success(histories)
}

/** Any symbol may be missing from the window for a while (that is a gap), but not all of them for all of it. */
function refusal(histories: readonly RecordedHistory[], window: ReplayedWindow) {
  if (histories.some((history) => history.candlesInWindow > 0)) return null
  const firstMs = Math.min(...histories.map((history) => history.firstOpenMs))
  const lastMs = Math.max(...histories.map((history) => history.lastOpenMs))
  return nothingInWindow({ firstMs, lastMs }, window)
}

export type ReplayedWindow = Pick<ReplayOptions, 'timeframe' | 'fromMs' | 'toMs'>

/** Why a window holds no candle, where these are the first and the last that are recorded, by their opening times. */
export function nothingInWindow(
  { firstMs, lastMs }: { readonly firstMs: number; readonly lastMs: number },
  { timeframe, fromMs, toMs }: ReplayedWindow,
): Failure<MarketProblemCode> {
  if (fromMs !== null && toMs !== null && fromMs >= toMs) {
    return failure('window_empty', `The start ${iso(fromMs)} is not before the end ${iso(toMs)}. Swap or widen them.`)
  }
  const isOutside = (fromMs !== null && fromMs > lastMs) || (toMs !== null && toMs <= firstMs)
  const asked = `${fromMs === null ? 'the start' : iso(fromMs)} to ${toMs === null ? 'the end' : iso(toMs)}`
  const known = `The first ${timeframe} candle opens ${iso(firstMs)}, the last ${iso(lastMs)}`
  return isOutside
    ? failure('dates_outside_data', `Nothing is recorded from ${asked}. ${known}.`)
    : failure('window_empty', `No candle opens from ${asked}. ${known}; widen the window.`)
}

/** One hash for all that the recordings tell; shorter candles, trades and books count where there are any. */
export function replayHash(histories: readonly ReplayedHistory[]): string {
  return dataHashOf(
    histories.map(({ symbol, digest, inside, told }) => {
      const candles = inside === null ? digest : `${digest} ${inside.timeframe} ${inside.digest}`
      return { symbol, digest: told === null ? candles : `${candles} ticks ${told.digest}` }
    }),
  )
}

/** What a reader must know of how orders are settled: of each symbol, how many candles by what. */
export function settledSentences(histories: readonly ReplayedHistory[]): readonly string[] {
  return histories.flatMap(({ symbol, told }) => (told === null ? [] : [countsSentence(symbol, told.counts)]))
}

function createReplay(histories: readonly ReplayedHistory[], { timeframe, speed, clock }: ReplayOptions): Venue {
  const symbols = histories.map(({ symbol }) => symbol)
  const warmUps = new Map<MarketSymbol, readonly Candle[]>(histories.map((history) => [history.symbol, history.warmUp]))
  const closing = new AbortController()
  let problem: Problem<MarketProblemCode> | null = null
  let trailing: readonly TrailingAnomaly[] = []

  async function* updates(signal: AbortSignal, decidedUntilMs: number | null = null): AsyncGenerator<MarketUpdate> {
    const stop = AbortSignal.any([signal, closing.signal])
    const pace = createPace(speed, decidedUntilMs ?? 0, clock)
    const streams = histories.map(readUpdates)
    const insides = new Map(
      histories.flatMap((history) =>
        history.inside === null && history.ticks === null ? [] : [[history.symbol, openInside(history)]],
      ),
    )
    try {
      for await (const next of merged(streams)) {
        const told = next.ok ? await withInside(next.value, insides) : next
        if (!told.ok) {
          problem = told.problem
          return
        }
        await pace(closeTimeMs(told.value.candle, timeframe), stop)
        if (stop.aborted) return
        yield told.value
      }
    } finally {
      for (const inside of insides.values()) await inside.close()
    }
    trailing = streams.flatMap((stream) => stream.trailing())
  }

  return {
    symbols,
    timeframe,
    dataHash: replayHash(histories),
    notices: settledSentences(histories),
    warmUp: (symbol) => warmUps.get(symbol) ?? [],
    updates,
    problem: () => problem,
    trailing: () => trailing,
    close: async () => closing.abort(),
  }
}

async function withInside(
  update: MarketUpdate,
  insides: ReadonlyMap<MarketSymbol, InsideSequence>,
): Promise<NextUpdate> {
  const told = await insides.get(update.symbol)?.next(update.candle)
  if (told === undefined) return success(update)
  if (!told.ok) return told
  const { inside, anomalies } = told.value
  return success({
    ...update,
    anomalies: [...update.anomalies, ...anomalies],
    ...(inside === undefined ? {} : { inside }),
  })
}

/** Waits until the wall clock has come as far since the first candle as the market has, at `speed`. */
function createPace(speed: ReplaySpeed, pacedFromMs: number, clock: WallClock) {
  let start: { readonly wallMs: number; readonly marketMs: number } | null = null
  return async (marketMs: number, signal: AbortSignal): Promise<void> => {
    if (speed === 'max' || marketMs <= pacedFromMs) return
    start ??= { wallMs: clock.nowMs(), marketMs }
    await clock.sleepUntilMs(start.wallMs + (marketMs - start.marketMs) / speed, signal)
  }
}

type NextUpdate = Outcome<MarketUpdate, MarketProblemCode>

/** All histories as one, ordered by (close time, symbol); ends with the first failure. */
async function* merged(streams: readonly UpdateStream[]): AsyncGenerator<NextUpdate> {
  try {
    const heads: (MarketUpdate | null)[] = []
    for (const stream of streams) {
      const head = await stream.next()
      if (head !== null && !head.ok) return yield head
      heads.push(head === null ? null : head.value)
    }
    for (;;) {
      const index = earliest(heads)
      const stream = streams[index]
      const update = heads[index]
      if (stream === undefined || update === undefined || update === null) return
      yield success(update)
      const head = await stream.next()
      if (head !== null && !head.ok) return yield head
      heads[index] = head === null ? null : head.value
    }
  } finally {
    for (const stream of streams) await stream.close()
  }
}

/** Index of the head that comes first; -1 when all have ended. Streams stand in the order of their symbols. */
function earliest(heads: readonly (MarketUpdate | null)[]): number {
  let best = -1
  let bestMs = Number.POSITIVE_INFINITY
  heads.forEach((head, index) => {
    if (head === null || head.candle.openTimeMs >= bestMs) return
    best = index
    bestMs = head.candle.openTimeMs
  })
  return best
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString()
}
