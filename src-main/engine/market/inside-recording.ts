import {
  type Candle,
  type MarketAnomaly,
  type MarketSymbol,
  type Timeframe,
  timeframeMs,
} from '@shared/contract/candle'
import type { FillSource, InsideCandle, MarketTick } from '@shared/contract/market-data'
import { type Outcome, success } from '@shared/contract/outcome'
import type { CandleFolder } from './candle-folder'
import { type InsideRecording, readInside } from './inside-candles'
import { type RecordedHistory, readUpdates } from './recorded-history'
import { createBookRows } from './recorded-ticks/book-rows'
import { createTickDigest } from './recorded-ticks/tick-digest'
import { openTickStream, type TicksWithin, timeOf } from './recorded-ticks/tick-stream'
import { createTradeRows } from './recorded-ticks/trade-rows'
import type { CandleFileProblemCode } from './recording-text'

/** How far the trades of a candle may be from its volume and still be all of it. */
const volumeTolerance = 0.001

/** Trades and books of a symbol that lie beside its candles; null for what does not. */
export interface TickRecording {
  readonly trades: string | null
  readonly book: string | null
}

/** Of how many candles what told the inside. */
export type InsideCounts = Readonly<Record<InsideSource, number>>

/** What settles a candle: its order books, its trades, shorter candles, or its own four prices. */
export type InsideSource = 'book' | 'trades' | 'candles' | 'itself'

/** Which trade and book files are of use: with `trades` no books are, with `candles` neither. */
export function findTicks({ ticks }: CandleFolder, symbol: MarketSymbol, fills: FillSource): TickRecording | null {
  if (fills === 'candles') return null
  const pair = symbol.replace('/', '')
  const pathOf = (kind: 'trades' | 'book') =>
    ticks.find((file) => file.pair === pair && file.kind === kind)?.path ?? null
  const found = { trades: pathOf('trades'), book: fills === 'book' ? pathOf('book') : null }
  return found.trades === null && found.book === null ? null : found
}

export interface Inside {
  readonly toldBy: InsideSource
  /** Undefined where the candle is settled by its own prices. */
  readonly inside: InsideCandle | undefined
  /** What was odd about the rows of trades and books since the candle before. */
  readonly anomalies: readonly MarketAnomaly[]
}

/** Reads the insides of one symbol's candles, one after the other. */
export interface InsideSequence {
  next(candle: Candle): Promise<Outcome<Inside, CandleFileProblemCode>>
  close(): Promise<void>
}

export interface InsideFiles {
  readonly symbol: MarketSymbol
  readonly timeframe: Timeframe
  /** Shorter candles; null where there are none, or none are wanted. */
  readonly inside: InsideRecording | null
  readonly ticks: TickRecording | null
}

/**
 * A candle is told by its order books where any is recorded inside it, else by its trades where they make up its volume,
 * else by shorter candles where all are there, else by itself. Books need trades beside them to say what was traded;
 * without all of those, the candle's own prices say it.
 */
export function openInside({ symbol, timeframe, inside, ticks }: InsideFiles): InsideSequence {
  const { trades: tradePath = null, book: bookPath = null } = ticks ?? {}
  const trades = tradePath === null ? null : openTickStream(tradePath, createTradeRows(symbol))
  const books = bookPath === null ? null : openTickStream(bookPath, createBookRows(symbol))
  const shorter = inside === null ? null : readInside(inside, timeframe)
  const none: Outcome<TicksWithin, CandleFileProblemCode> = success({ ticks: [], anomalies: [] })
  return {
    async next(candle) {
      const fromMs = candle.openTimeMs
      const toMs = fromMs + timeframeMs[timeframe]
      const traded = (await trades?.within(fromMs, toMs)) ?? none
      if (!traded.ok) return traded
      const stood = (await books?.within(fromMs, toMs)) ?? none
      if (!stood.ok) return stood
      const within = await shorter?.next(fromMs)
      if (within !== undefined && !within.ok) return within
      const anomalies = [...traded.value.anomalies, ...stood.value.anomalies]
      const isWhole = makesUp(candle, traded.value.ticks)
      if (stood.value.ticks.length > 0) {
        const known = merged(isWhole ? traded.value.ticks : [], stood.value.ticks)
        return success({ toldBy: 'book', inside: { kind: 'ticks', ticks: known, isWhole }, anomalies })
      }
      if (isWhole) {
        return success({ toldBy: 'trades', inside: { kind: 'ticks', ticks: traded.value.ticks, isWhole }, anomalies })
      }
      if (within?.value === undefined) return success({ toldBy: 'itself', inside: undefined, anomalies })
      return success({ toldBy: 'candles', inside: within.value, anomalies })
    },
    async close() {
      await trades?.close()
      await books?.close()
      await shorter?.close()
    },
  }
}

/** Trades that were recorded only in part, or of another market, do not tell what happened in the candle. */
function makesUp({ volume }: Candle, ticks: readonly MarketTick[]): boolean {
  if (ticks.length === 0 || volume === 0) return false
  const traded = ticks.reduce((sum, tick) => sum + (tick.kind === 'trade' ? tick.trade.qtyBase : 0), 0)
  return Math.abs(traded - volume) <= volume * volumeTolerance
}

/** Both in the order of time; a book shows what the trades of its moment have left. */
function merged(trades: readonly MarketTick[], books: readonly MarketTick[]): readonly MarketTick[] {
  return [...trades, ...books].toSorted((a, b) => timeOf(a) - timeOf(b))
}

/** Reads all insides of a recording through once: what told how many candles, and one hash over trades and books. */
export async function scanTicks(
  history: RecordedHistory & InsideFiles,
): Promise<Outcome<{ readonly counts: InsideCounts; readonly digest: string }, CandleFileProblemCode>> {
  const updates = readUpdates(history)
  const insides = openInside(history)
  const counts = { book: 0, trades: 0, candles: 0, itself: 0 }
  const digest = createTickDigest()
  try {
    for (;;) {
      const update = await updates.next()
      if (update === null) return success({ counts, digest: digest.end() })
      if (!update.ok) return update
      const told = await insides.next(update.value.candle)
      if (!told.ok) return told
      counts[told.value.toldBy] += 1
      if (told.value.inside?.kind === 'ticks') told.value.inside.ticks.forEach(digest.add)
    }
  } finally {
    await updates.close()
    await insides.close()
  }
}

const sourceWords = {
  book: 'recorded order books',
  trades: 'recorded trades',
  candles: 'shorter candles',
  itself: 'their own four prices',
} as const satisfies Record<InsideSource, string>

/** One sentence of how many of a symbol's candles were settled by what. */
export function countsSentence(symbol: MarketSymbol, counts: InsideCounts): string {
  const all = counts.book + counts.trades + counts.candles + counts.itself
  const said = (['book', 'trades', 'candles', 'itself'] as const)
    .filter((source) => counts[source] > 0)
    .map((source) => `${counts[source]} by ${sourceWords[source]}`)
  return `Of ${all} candles of ${symbol}, orders are settled in ${said.join(', in ')}.`
}
