import type { MarketSymbol } from '@shared/contract/candle'
import type { Account } from '../../broker/account'
import { markAccount } from '../../broker/account-fold'
import { type Amount, amount } from '../../risk/amounts'

/**
 * Marks the account at closes without touching it: notes floats, and remembers the closes of the few moments that the
 * account would keep (`markAccount`). `bring` then marks the account at those, so that its decimals come out as if it
 * had been marked at every candle. Where two moments are too close for floats to order them, both are kept.
 */
export interface MarkTrack {
  /**
   * A candle closed; `closes` holds the last close of every symbol, NaN before its first. `moves` is false where nothing
   * is held and the equity cannot change.
   */
  note(atMs: number, equity: number, closes: readonly number[], moves: boolean): void
  /** The account after all that was noted since the last time. */
  bring(account: Account): Account
  /** The account was marked itself since `bring`: goes on with its day. */
  follow(account: Account): void
}

const dayMs = 86_400_000
/** Equities of cash and a handful of positions are exact to a few parts in 10^15. */
const floatShare = 1e-13

interface Moment {
  readonly turn: number
  readonly atMs: number
  readonly closes: readonly number[]
}

const noMoments: readonly Moment[] = []

export function createMarkTrack(symbols: readonly MarketSymbol[]): MarkTrack {
  let dayStartMs = -1
  let firstAtMs = -1
  let turn = 0
  let first: Moment | null = null
  let lowest = Number.POSITIVE_INFINITY
  let highest = Number.NEGATIVE_INFINITY
  const lows: Moment[] = []
  const highs: Moment[] = []
  let lastAtMs = -1
  let lastCloses: readonly number[] | null = null

  function moment(atMs: number, closes: readonly number[]): Moment {
    return { turn, atMs, closes: closes.slice() }
  }

  /** Replaces the kept moments where this one is clearly beyond them, and joins them where floats cannot tell. */
  function keep(kept: Moment[], isClearly: boolean, atMs: number, closes: readonly number[]): void {
    if (isClearly) kept.length = 0
    const newest = kept.at(-1)
    if (newest?.closes.every((close, index) => close === closes[index])) return
    kept.push(moment(atMs, closes))
  }

  function note(atMs: number, equity: number, closes: readonly number[], moves: boolean): void {
    turn++
    lastAtMs = atMs
    lastCloses = closes
    if (atMs - dayStartMs >= dayMs || dayStartMs < 0) {
      dayStartMs = atMs - (atMs % dayMs)
      firstAtMs = atMs
    }
    if (atMs === firstAtMs) {
      first = moment(atMs, closes)
      lowest = equity
      lows.length = 0
    }
    if (!moves) return
    const unsure = equity * floatShare
    if (equity <= lowest + unsure) {
      keep(lows, equity < lowest - unsure, atMs, closes)
      if (equity < lowest) lowest = equity
    }
    if (equity >= highest - unsure) {
      keep(highs, equity > highest + unsure, atMs, closes)
      if (equity > highest) highest = equity
    }
  }

  function bring(account: Account): Account {
    if (lastCloses === null) return account
    let marked = account
    let markedTurn = -1
    for (const { turn: ofMoment, atMs, closes } of earlierMoments()) {
      if (ofMoment === markedTurn) continue
      markedTurn = ofMoment
      marked = markAccount(marked, pricesOf(closes), atMs)
    }
    if (markedTurn !== turn) marked = markAccount(marked, pricesOf(lastCloses), lastAtMs)
    first = null
    lows.length = 0
    highs.length = 0
    lastCloses = null
    follow(marked)
    return marked
  }

  /** Those kept, in the order in which they came; mostly none. */
  function earlierMoments(): readonly Moment[] {
    if (lows.length === 0 && highs.length === 0) return first === null ? noMoments : [first]
    const kept = first === null ? [...lows, ...highs] : [first, ...lows, ...highs]
    return kept.sort((left, right) => left.turn - right.turn)
  }

  function pricesOf(closes: readonly number[]): [MarketSymbol, Amount][] {
    const prices: [MarketSymbol, Amount][] = []
    for (const [place, symbol] of symbols.entries()) {
      const close = closes[place] ?? Number.NaN
      if (!Number.isNaN(close)) prices.push([symbol, amount(close)])
    }
    return prices
  }

  function follow({ day, memory }: Account): void {
    dayStartMs = day?.startMs ?? -1
    firstAtMs = day?.firstAtMs ?? -1
    // What is neither lower nor higher than what the account knows already, it would not keep.
    lowest = day?.lowestEquity.toNumber() ?? Number.POSITIVE_INFINITY
    highest = memory.peakEquity?.toNumber() ?? Number.NEGATIVE_INFINITY
  }

  return { note, bring, follow }
}
