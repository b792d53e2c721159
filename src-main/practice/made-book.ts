import { seededFigure, seedOf } from './seeded-figure'

/** One side's levels, best first: [price, quantity in the base asset]. */
export type Levels = readonly (readonly [price: number, qty: number])[]

export interface MadeBook {
  readonly bids: Levels
  readonly asks: Levels
}

/** What the book is made around. */
export interface BookPlace {
  readonly pair: string
  readonly seed: number
  readonly lastPrice: number
  /** Traded per minute just now, in the base asset. */
  readonly volumePerMinute: number
  readonly priceDecimals: number
  readonly qtyDecimals: number
}

/** Distance between the best bid and the best ask, unless a tick is wider. */
export const spreadBps = 1
/** Levels on each side. */
export const bookDepth = 100
/** Distance between two levels behind the best. */
const levelBps = 1
/** A level's quantity, as a share of what is traded in a minute: drawn between these. */
const levelShare = { least: 0.02, most: 0.3 }
/** A level keeps its quantity for this long, then draws another. */
const levelLastsMs = 5000
const bps = 1e-4

/**
 * The order book at a moment: the best bid and ask half a spread to each side of the last trade, the other levels on a
 * grid of prices. The same moment makes the same book; from one moment to a later one only some levels change, as in a
 * real book.
 */
export function madeBook(place: BookPlace, atMs: number): MadeBook {
  const ticks = 10 ** place.priceDecimals
  const last = Math.round(place.lastPrice * ticks)
  const half = Math.max(1, Math.round((last * spreadBps * bps) / 2))
  const grid = gridTicks(last * levelBps * bps)
  const pairSeed = (place.seed ^ seedOf(place.pair)) >>> 0
  const levels = (best: number, direction: 1 | -1): Levels => {
    const side: [number, number][] = []
    let price = best
    while (side.length < bookDepth && price > 0) {
      const epoch = Math.floor((atMs + 997 * (price % 10)) / levelLastsMs)
      side.push([price / ticks, quantity(place, seededFigure(pairSeed, price, epoch))])
      price = direction === 1 ? (Math.floor(price / grid) + 1) * grid : (Math.ceil(price / grid) - 1) * grid
    }
    return side
  }
  return { bids: levels(last - half, -1), asks: levels(last + half, 1) }
}

/** 1, 2 or 5 times a power of ten, the largest at or below `wanted`: whole ticks that stay put while the price moves. */
function gridTicks(wanted: number): number {
  const decade = 10 ** Math.floor(Math.log10(Math.max(1, wanted)))
  const step = [5, 2, 1].find((factor) => factor * decade <= wanted) ?? 1
  return step * decade
}

function quantity({ volumePerMinute, qtyDecimals }: BookPlace, drawn: number): number {
  const lots = 10 ** qtyDecimals
  const share = levelShare.least + drawn * (levelShare.most - levelShare.least)
  return Math.max(1, Math.round(volumePerMinute * share * lots)) / lots
}

/** Levels of `next` that `previous` lacks or holds another quantity of, and those that are gone, at quantity 0. */
export function changedLevels(previous: Levels, next: Levels): Levels {
  const before = new Map(previous)
  const changed: (readonly [number, number])[] = []
  for (const level of next) {
    const [price, qty] = level
    if (before.get(price) !== qty) changed.push(level)
    before.delete(price)
  }
  for (const price of before.keys()) changed.push([price, 0])
  return changed
}
