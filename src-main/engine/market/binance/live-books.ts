import type { MarketSymbol } from '@shared/contract/candle'
import type { OrderBook } from '@shared/contract/market-data'
import type { Outcome } from '@shared/contract/outcome'
import type { DepthSnapshot } from '../binance-client'
import type { WallClock } from '../clock'
import { createLiveBook, type LiveBook } from './live-book'
import type { DepthMessage } from './stream-message'

export interface LiveBooksOptions {
  readonly symbols: readonly MarketSymbol[]
  snapshot(symbol: MarketSymbol, levels: number): Promise<Outcome<DepthSnapshot>>
  readonly clock: Pick<WallClock, 'sleepMs'>
  readonly signal: AbortSignal
}

export interface LiveBooks {
  /** The book after this change, as far as a listener needs it; null while it is not (or no longer) known. */
  hear(symbol: MarketSymbol, change: DepthMessage): OrderBook | null
  /** The whole known book as it stands now; null while it is not known. */
  book(symbol: MarketSymbol): OrderBook | null
  /** The stream was interrupted: what was known of these books holds no longer. */
  forget(symbols: readonly MarketSymbol[]): void
  /** Times that changes were missing and a book was fetched anew. */
  resyncs(): number
}

/** A snapshot of 100 levels weighs 5, one of 500 weighs 25: a long watchlist takes the small ones. */
const depthOfMany = 100
const depthOfFew = 500
const fewSymbols = 40
/** Levels a side that go with a tick; `book` gives all. */
const toldLevels = 20
/** Snapshots asked for at the same time. */
const atOnce = 4
const askAgainMs = 2000
/** Changes kept while a snapshot is awaited, two minutes' worth; older ones would not connect to it anyway. */
const mostWaiting = 1200

interface SymbolBook {
  readonly symbol: MarketSymbol
  readonly book: LiveBook
  /** `unknown`: nobody asked yet. `asked`: changes wait for the snapshot. */
  state: 'unknown' | 'asked' | 'known'
  waiting: DepthMessage[]
  atMs: number
}

/** Order books of many symbols, each fetched once and carried on by its changes, and fetched anew where one is missing. */
export function createLiveBooks({ symbols, snapshot, clock, signal }: LiveBooksOptions): LiveBooks {
  const depth = symbols.length <= fewSymbols ? depthOfFew : depthOfMany
  const books = new Map<MarketSymbol, SymbolBook>(
    symbols.map((symbol) => [symbol, { symbol, book: createLiveBook(), state: 'unknown', waiting: [], atMs: 0 }]),
  )
  const queue: SymbolBook[] = []
  let asking = 0
  let resyncs = 0

  function ask(wanted: SymbolBook): void {
    wanted.state = 'asked'
    queue.push(wanted)
    void pump()
  }

  async function pump(): Promise<void> {
    if (asking >= atOnce) return
    asking++
    for (let next = queue.shift(); next !== undefined && !signal.aborted; next = queue.shift()) await fetchOne(next)
    asking--
  }

  async function fetchOne(wanted: SymbolBook): Promise<void> {
    const answer = await snapshot(wanted.symbol, depth)
    if (wanted.state !== 'asked' || signal.aborted) return
    if (answer.ok && connects(wanted, answer.value)) return
    await clock.sleepMs(askAgainMs, signal)
    if (wanted.state === 'asked') queue.push(wanted)
  }

  /** False where the snapshot is older than the first change that was heard. */
  function connects(wanted: SymbolBook, answer: DepthSnapshot): boolean {
    const { book, waiting } = wanted
    book.reset(answer, depth)
    for (const change of waiting) {
      if (book.apply(change) === 'gap') return false
      wanted.atMs = change.eventMs
    }
    wanted.waiting = []
    wanted.state = 'known'
    return true
  }

  function shown({ symbol, book, atMs }: SymbolBook, levels: number): OrderBook {
    return { symbol, atMs, bids: book.bids(levels), asks: book.asks(levels) }
  }

  return {
    hear(symbol, change) {
      const heard = books.get(symbol)
      if (heard === undefined) return null
      if (heard.state !== 'known') {
        if (heard.waiting.length >= mostWaiting) heard.waiting.shift()
        heard.waiting.push(change)
        if (heard.state === 'unknown') ask(heard)
        return null
      }
      const applied = heard.book.apply(change)
      if (applied === 'old') return null
      if (applied === 'gap' || heard.book.isShallow()) {
        if (applied === 'gap') resyncs++
        heard.waiting = [change]
        ask(heard)
        return null
      }
      heard.atMs = change.eventMs
      return shown(heard, toldLevels)
    },
    book(symbol) {
      const known = books.get(symbol)
      return known?.state === 'known' ? shown(known, Number.POSITIVE_INFINITY) : null
    },
    forget(forgotten) {
      for (const symbol of forgotten) {
        const book = books.get(symbol)
        if (book === undefined) continue
        book.state = 'unknown'
        book.waiting = []
      }
    },
    resyncs: () => resyncs,
  }
}
