import type { MarketSymbol } from '@shared/contract/candle'
import type { MarketTick } from '@shared/contract/market-data'
import { createTickSettler, type TickSettler } from './settle-ticks'
import type { Settling } from './settling'

/** The candle whose ticks are settled: [openMs, closeMs). */
export interface TickSpan {
  readonly openMs: number
  readonly closeMs: number
}

/**
 * Settles the trades and order books that are recorded inside closed candles, through the same settler as those of a live
 * market, and remembers from one candle to the next what the journal does not hold: the book, what was taken from it, and
 * the queue. A candle may be settled again, as long as it is the last one: what its first settling left is forgotten. A
 * book counts no longer than candles follow each other without a gap and each has books of its own.
 */
export interface RecordedTicks {
  settle(settling: Settling, span: TickSpan, ticks: readonly MarketTick[]): void
  /** Ticks of a symbol that the account has no part in. */
  note(symbol: MarketSymbol, span: TickSpan, ticks: readonly MarketTick[]): void
}

interface Remembered extends TickSpan {
  /** As it was when the candle began; null where nothing was known. */
  readonly before: TickSettler | null
  readonly after: TickSettler
}

export function createRecordedTicks(): RecordedTicks {
  const remembered = new Map<MarketSymbol, Remembered>()

  function begin(symbol: MarketSymbol, span: TickSpan, ticks: readonly MarketTick[]): TickSettler {
    const before = knownAt(remembered.get(symbol), span.openMs)
    const after = before?.copy() ?? createTickSettler()
    if (!ticks.some(({ kind }) => kind === 'book')) after.forgetBook()
    remembered.set(symbol, { ...span, before, after })
    return after
  }

  return {
    settle(settling, span, ticks) {
      const settler = begin(settling.symbol, span, ticks)
      settler.noteRested(settling, span.openMs)
      for (const tick of ticks) {
        if (tick.kind === 'trade') settler.onTrade(settling, tick.trade)
        else settler.onBook(settling, tick.book)
      }
    },
    note(symbol, span, ticks) {
      const settler = begin(symbol, span, ticks)
      for (const tick of ticks) settler.note(tick)
    },
  }
}

function knownAt(last: Remembered | undefined, openMs: number): TickSettler | null {
  if (last?.openMs === openMs) return last.before
  return last?.closeMs === openMs ? last.after : null
}
