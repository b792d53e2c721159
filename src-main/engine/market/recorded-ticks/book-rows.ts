import type { MarketSymbol } from '@shared/contract/candle'
import { figure, lastPlausibleMs } from '@shared/contract/candle-row'
import type { BookLevel, OrderBook } from '@shared/contract/market-data'
import type { TickRow, TickRows } from './tick-file'

/** First line of a book file; `side` is bid or ask. */
export const bookFileHeader = 'timestamp_ms,side,price,qty'

/** More levels than Binance's deepest snapshot holds on both sides: no book, but a file of another kind. */
const mostLevels = 10_000

interface ReadLevel {
  readonly atMs: number
  readonly side: 'bid' | 'ask'
  readonly level: BookLevel
}

/**
 * Whole order books of one symbol, oldest first: one row per level, and the rows of one time are one book, in any order.
 * A book with a row that cannot be read, one whose sides cross, or one of an earlier time is left out as a whole.
 */
export function createBookRows(symbol: MarketSymbol): TickRows {
  let levels: ReadLevel[] = []
  let problem: { readonly line: number; readonly reason: string } | null = null
  /** Of the book that is being read, and of the latest that was. */
  let atMs = -1
  let lastMs = -1
  let startLine = 0

  /** The book whose last row has been seen. */
  function whole(): TickRow[] {
    const spoilt = problem
    const [first] = levels
    if (spoilt !== null) return [{ kind: 'bad_row', ...spoilt }]
    if (first === undefined) return []
    const book = bookOf(symbol, levels)
    if (typeof book === 'string') return [{ kind: 'bad_row', line: startLine, reason: book }]
    return [{ kind: 'tick', line: startLine, tick: { kind: 'book', book } }]
  }

  function begin(nextMs: number, line: number): TickRow[] {
    const done = whole()
    problem = nextMs < lastMs ? { line, reason: 'the book is before that of an earlier row' } : null
    atMs = nextMs
    lastMs = Math.max(lastMs, nextMs)
    levels = []
    startLine = line
    return done
  }

  return {
    header: `"${bookFileHeader}"`,
    first: (text) => (text === bookFileHeader ? [] : null),
    row(text, line) {
      const read = levelOf(text.split(','))
      if (typeof read === 'string') {
        problem ??= { line, reason: read }
        return []
      }
      const done = read.atMs === atMs ? [] : begin(read.atMs, line)
      levels.push(read)
      if (levels.length > mostLevels) {
        problem ??= { line, reason: `the book has more than ${mostLevels} levels` }
        levels = []
      }
      return done
    },
    end: whole,
  }
}

function levelOf(cells: readonly string[]): ReadLevel | string {
  const [time = '', side, priceText = '', qtyText = ''] = cells
  if (cells.length !== 4) return `${cells.length} columns instead of 4`
  const atMs = figure(time)
  const price = figure(priceText)
  const qty = figure(qtyText)
  if (atMs === null || !Number.isSafeInteger(atMs) || atMs < 0 || atMs > lastPlausibleMs) {
    return 'the time is no whole number of milliseconds'
  }
  if (side !== 'bid' && side !== 'ask') return 'the side is neither bid nor ask'
  if (price === null || !(price > 0)) return 'the price is no number above zero'
  if (qty === null || !(qty > 0)) return 'the quantity is no number above zero'
  return { atMs, side, level: [price, qty] }
}

function bookOf(symbol: MarketSymbol, levels: readonly ReadLevel[]): OrderBook | string {
  const sideOf = (wanted: ReadLevel['side']) => levels.flatMap(({ side, level }) => (side === wanted ? [level] : []))
  const bids = sideOf('bid').toSorted(([a], [b]) => b - a)
  const asks = sideOf('ask').toSorted(([a], [b]) => a - b)
  const [bestBid] = bids
  const [bestAsk] = asks
  if (bestBid !== undefined && bestAsk !== undefined && bestBid[0] >= bestAsk[0]) return 'the bids reach the asks'
  const repeats = (side: readonly BookLevel[]) => side.some(([price], at) => price === side[at + 1]?.[0])
  if (repeats(bids) || repeats(asks)) return 'a price stands twice on one side of the book'
  return { symbol, atMs: levels[0]?.atMs ?? 0, bids, asks }
}
