import { sortedQuantile } from '@shared/rules/distribution-statistics'
import { deepestFall } from '@shared/rules/return-statistics'
import { type SeededRandom, shuffled } from '@shared/rules/seeded-random'
import { compounded, type Interval, intervalOf } from './bootstrap-intervals'
import type { ClosedTrade } from './trading-record'

/** The same trades with other luck. Every trade moves the account by its profit over the equity at its entry. */
export interface TradeOrder {
  readonly rounds: number
  /** Deepest falls when the trades come in another order (each once): 5 %, middle, 95 %. The end is the same. */
  readonly shuffledDrawdown: Interval | null
  /** Fall of the trades in their own order, for comparison. */
  readonly ownDrawdown: number
  /** Share of the orders whose fall was at least as deep as the own. */
  readonly deeperShare: number
  /** When trades are drawn with replacement: what is left of one unit of money, and the deepest fall. */
  readonly resampledEnd: Interval | null
  readonly resampledDrawdown: Interval | null
  readonly lossShare: number
  /** One unit of money after so many drawn trades: 5 %, middle and 95 % of the rounds. */
  readonly bands: {
    readonly trades: readonly number[]
    readonly low: number[]
    readonly middle: number[]
    high: number[]
  }
}

const outerShare = 0.05
const bandPoints = 60

export function tradeOrder(trades: readonly ClosedTrade[], rounds: number, random: SeededRandom): TradeOrder {
  const moves = trades.map(({ realizedQuote, equityAtEntryQuote }) => {
    const equity = Number(equityAtEntryQuote)
    return equity > 0 ? Number(realizedQuote) / equity : 0
  })
  const ownDrawdown = deepestFall(compounded(moves))
  const shuffledFalls: number[] = []
  const drawnFalls: number[] = []
  const ends: number[] = []
  const places = bandPlaces(moves.length)
  const atPlaces = places.map((): number[] => [])
  for (let round = 0; round < rounds; round += 1) {
    shuffledFalls.push(deepestFall(compounded(shuffled(moves, random))))
    const drawn = compounded(moves.map(() => moves[random.below(moves.length)] ?? 0))
    drawnFalls.push(deepestFall(drawn))
    ends.push(drawn.at(-1) ?? 1)
    places.forEach((place, band) => {
      atPlaces[band]?.push(drawn[place] ?? 1)
    })
  }
  const sorted = atPlaces.map((values) => values.toSorted((a, b) => a - b))
  const band = (share: number): number[] => sorted.map((values) => sortedQuantile(values, share) ?? 1)
  return {
    rounds,
    shuffledDrawdown: intervalOf(shuffledFalls, outerShare),
    ownDrawdown,
    deeperShare: shuffledFalls.filter((fall) => fall >= ownDrawdown).length / rounds,
    resampledEnd: intervalOf(ends, outerShare),
    resampledDrawdown: intervalOf(drawnFalls, outerShare),
    lossShare: ends.filter((end) => end < 1).length / rounds,
    bands: { trades: places, low: band(outerShare), middle: band(0.5), high: band(1 - outerShare) },
  }
}

/** Evenly spaced from none to all of the trades. */
function bandPlaces(trades: number): number[] {
  const points = Math.min(bandPoints, trades)
  return Array.from({ length: points + 1 }, (_, point) => Math.round((point / Math.max(1, points)) * trades))
}
