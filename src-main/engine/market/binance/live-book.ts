import type { BookLevel } from '@shared/contract/market-data'
import type { DepthSnapshot } from '../binance-client'
import type { DepthMessage } from './stream-message'

/**
 * One order book, carried on from a snapshot by the changes of the depth stream: Binance's "How to manage a local order
 * book correctly" (https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams).
 *
 * A snapshot of limited depth says nothing of what lies beyond its last level. Changes out there are left out, so that
 * everything the book shows is whole; when the price has walked to the edge of what is known, `isShallow` asks for
 * another snapshot.
 */
export interface LiveBook {
  /** `depth` is how many levels a side were asked for. */
  reset(snapshot: DepthSnapshot, depth: number): void
  /** `gap`: changes are missing in between, and the book cannot be believed any longer. */
  apply(change: DepthMessage): 'applied' | 'old' | 'gap'
  isShallow(): boolean
  bids(levels: number): readonly BookLevel[]
  asks(levels: number): readonly BookLevel[]
}

/** With fewer levels than this share of a snapshot left on a side, another one is due. */
const shallowShare = 0.25

export function createLiveBook(): LiveBook {
  let lastId = -1
  let bids: BookLevel[] = []
  let asks: BookLevel[] = []
  /** Prices between which every level is known. */
  let floor = 0
  let ceiling = Number.POSITIVE_INFINITY
  let fewest = 0
  let isFresh = true

  return {
    reset(snapshot, depth) {
      lastId = snapshot.lastUpdateId
      bids = [...snapshot.bids]
      asks = [...snapshot.asks]
      floor = bids.length >= depth ? (bids.at(-1)?.[0] ?? 0) : 0
      ceiling = asks.length >= depth ? (asks.at(-1)?.[0] ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY
      fewest = Math.floor(depth * shallowShare)
      isFresh = true
    },
    apply(change) {
      if (change.lastId <= lastId) return 'old'
      // The first change after a snapshot may reach back before it; from then on each begins where the last ended.
      if (isFresh ? change.firstId > lastId + 1 : change.firstId !== lastId + 1) return 'gap'
      isFresh = false
      lastId = change.lastId
      for (const level of change.bids) if (level[0] >= floor) setLevel(bids, level, true)
      for (const level of change.asks) if (level[0] <= ceiling) setLevel(asks, level, false)
      return 'applied'
    },
    isShallow: () =>
      (floor > 0 && bids.length < fewest) || (ceiling < Number.POSITIVE_INFINITY && asks.length < fewest),
    bids: (levels) => bids.slice(0, levels),
    asks: (levels) => asks.slice(0, levels),
  }
}

/** Puts a level into its place, replaces it, or takes it out (quantity zero). */
function setLevel(side: BookLevel[], level: BookLevel, highestFirst: boolean): void {
  const [price, qtyBase] = level
  let low = 0
  let high = side.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const at = side[middle]?.[0] ?? 0
    const isBefore = highestFirst ? at > price : at < price
    if (isBefore) low = middle + 1
    else high = middle
  }
  const isThere = side[low]?.[0] === price
  if (qtyBase === 0) {
    if (isThere) side.splice(low, 1)
  } else if (isThere) side[low] = level
  else side.splice(low, 0, level)
}
