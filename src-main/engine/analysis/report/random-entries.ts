import { sortedQuantile } from '@shared/rules/distribution-statistics'
import { type SeededRandom, shuffled } from '@shared/rules/seeded-random'
import type { Assumptions, ClosedTrade, PriceBars, TradingRecord } from './trading-record'

/**
 * Whether the entries were better than chance. Each round keeps every trade's symbol, size and holding time, deals the
 * holding times of a symbol out over the run at random (in random order, with random pauses, never two at once), and
 * pays the same costs. What remains of the difference is the choice of the moment.
 *
 * `pValue` is the share of rounds that earned at least as much, the run itself counted as one of them.
 *
 * Source of the p-value: B. Phipson and G. K. Smyth, "Permutation P-values Should Never Be Zero" (2010).
 */
export interface RandomEntries {
  readonly rounds: number
  /** Sum of the closed trades' profits, in the quote asset. */
  readonly profit: number
  /** Of the rounds: 5 %, middle, 95 %. */
  readonly low: number
  readonly middle: number
  readonly high: number
  readonly pValue: number
  /** Counts of rounds between `from` and `to`, for a picture. */
  readonly histogram: { readonly from: number; readonly to: number; readonly counts: readonly number[] }
}

/** What one round of random entries earns, in the quote asset. */
export type RandomEntrySampler = (random: SeededRandom) => number

const outerShare = 0.05
const histogramBins = 31
const basisPoint = 1e-4

export function randomEntries(
  trades: readonly ClosedTrade[],
  sample: RandomEntrySampler,
  rounds: number,
  random: SeededRandom,
): RandomEntries {
  const profit = trades.reduce((sum, { realizedQuote }) => sum + Number(realizedQuote), 0)
  const profits = Array.from({ length: rounds }, () => sample(random)).toSorted((a, b) => a - b)
  const atLeast = profits.filter((value) => value >= profit).length
  const quantile = (share: number): number => sortedQuantile(profits, share) ?? 0
  return {
    rounds,
    profit,
    low: quantile(outerShare),
    middle: quantile(0.5),
    high: quantile(1 - outerShare),
    pValue: (1 + atLeast) / (1 + rounds),
    histogram: histogramOf(profits),
  }
}

/**
 * A sampler over the record's own price bars: in and out at closes. Null where they are too coarse for the trades, so
 * that the holding times of a symbol would not fit into the run.
 */
export function randomEntrySampler({ trades, bars, assumptions }: TradingRecord): RandomEntrySampler | null {
  const samplers: RandomEntrySampler[] = []
  for (const symbol of new Set(trades.map((trade) => trade.symbol))) {
    const prices = bars.find((one) => one.symbol === symbol)
    if (prices === undefined) return null
    const own = trades.filter((trade) => trade.symbol === symbol)
    const sampler = symbolSampler(own, prices, assumptions)
    if (sampler === null) return null
    samplers.push(sampler)
  }
  return (random) => samplers.reduce((sum, sampler) => sum + sampler(random), 0)
}

function symbolSampler(
  trades: readonly ClosedTrade[],
  { barMs, close }: PriceBars,
  { takerFeeBps, halfSpreadBps, slippageBps }: Assumptions,
): RandomEntrySampler | null {
  const stays = trades.map(({ entryAtMs, exitAtMs, costQuote }) => ({
    bars: Math.max(1, Math.round((exitAtMs - entryAtMs) / barMs)),
    cost: Number(costQuote),
  }))
  const held = stays.reduce((sum, stay) => sum + stay.bars, 0)
  const idle = close.length - 1 - held
  if (idle < 0) return null
  const worse = (halfSpreadBps + slippageBps) * basisPoint
  const kept = ((1 - takerFeeBps * basisPoint) ** 2 * (1 - worse)) / (1 + worse)
  return (random) => {
    // Points on the idle time, in order: the pauses lie between them.
    const pauses = stays.map(() => random.below(idle + 1)).toSorted((a, b) => a - b)
    let heldBefore = 0
    let profit = 0
    shuffled(stays, random).forEach((stay, place) => {
      const entry = (pauses[place] ?? 0) + heldBefore
      heldBefore += stay.bars
      const [priceIn, priceOut] = [close[entry], close[entry + stay.bars]]
      if (priceIn !== undefined && priceOut !== undefined) profit += stay.cost * ((priceOut / priceIn) * kept - 1)
    })
    return profit
  }
}

function histogramOf(sorted: readonly number[]): RandomEntries['histogram'] {
  const from = sorted[0] ?? 0
  const to = sorted.at(-1) ?? 0
  const counts = Array.from({ length: histogramBins }, () => 0)
  for (const value of sorted) {
    const bin =
      to === from ? 0 : Math.min(histogramBins - 1, Math.floor(((value - from) / (to - from)) * histogramBins))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  return { from, to, counts }
}
