import type { Candle } from '@shared/contract/candle'
import { seededFigure } from './seeded-figure'
import { wireDecimals } from './wire-figure'

/** A trade that was made out of a recorded candle. */
export interface MadeTrade {
  readonly id: number
  readonly timeMs: number
  readonly price: number
  readonly qty: number
  /** The seller was the aggressor. */
  readonly buyerIsMaker: boolean
}

/** What of a candle's making does not lie in the candle. */
export interface CandlePlace {
  readonly stepMs: number
  readonly seed: number
  readonly firstTradeId: number
  /** Of the pair's tick. */
  readonly priceDecimals: number
}

const tradeEveryMs = 2000
const fewestTrades = 4
const mostTrades = 240
/** How far a trade strays from the straight line between two corners, as a share of the candle's range. */
const strayShare = 0.15
/** Digits of a whole number that a float holds. */
const wholeDigits = 15

/** Trades that a candle is made into: one every two seconds, 4 to 240; none where nothing was traded. */
export function tradeCount(candle: Candle, stepMs: number): number {
  if (candle.volume === 0) return 0
  return Math.min(Math.max(Math.round(stepMs / tradeEveryMs), fewestTrades), mostTrades)
}

/**
 * Trades that make exactly this candle: the first at its open, the last at its close, one each at its high and low (in
 * an order drawn by seed), none outside, and quantities that sum to its volume. The first trade comes at the very open,
 * the last before the close.
 */
export function madeTrades(candle: Candle, { stepMs, seed, firstTradeId, priceDecimals }: CandlePlace): MadeTrade[] {
  const count = tradeCount(candle, stepMs)
  const draw = (place: number): number => seededFigure(seed, candle.openTimeMs, place)
  const prices = pathOf(candle, count, 10 ** priceDecimals, draw)
  const quantities = sharesOf(candle.volume, count, (index) => draw(2 * mostTrades + index))
  let buyerIsMaker = candle.close < candle.open
  return prices.map((price, index) => {
    const before = index === 0 ? candle.open : (prices[index - 1] ?? price)
    if (price !== before) buyerIsMaker = price < before
    const slotMs = stepMs / count
    const lateMs = index === 0 ? 0 : Math.floor(draw(mostTrades + index) * slotMs)
    const timeMs = candle.openTimeMs + Math.floor(index * slotMs) + lateMs
    return { id: firstTradeId + index, timeMs, price, qty: quantities[index] ?? 0, buyerIsMaker }
  })
}

/** Open, one extreme, the other, close, with straying steps between them; counted in ticks so that nothing is between. */
function pathOf({ open, high, low, close }: Candle, count: number, ticks: number, draw: (place: number) => number) {
  if (count === 0) return []
  const lowFirst = draw(4 * mostTrades) < 0.5
  const firstTurn = 1 + Math.floor(draw(4 * mostTrades + 1) * (count - 3))
  const secondTurn = firstTurn + 1 + Math.floor(draw(4 * mostTrades + 2) * (count - 2 - firstTurn))
  const corners = [
    { at: 0, price: open },
    { at: firstTurn, price: lowFirst ? low : high },
    { at: secondTurn, price: lowFirst ? high : low },
    { at: count - 1, price: close },
  ]
  const prices: number[] = []
  for (let leg = 0; leg + 1 < corners.length; leg++) {
    const from = corners[leg]
    const to = corners[leg + 1]
    if (from === undefined || to === undefined) continue
    prices.push(from.price)
    for (let at = from.at + 1; at < to.at; at++) {
      const straight = from.price + ((to.price - from.price) * (at - from.at)) / (to.at - from.at)
      const strayed = straight + (2 * draw(at) - 1) * strayShare * (high - low)
      prices.push(Math.min(Math.max(Math.round(strayed * ticks) / ticks, low), high))
    }
  }
  prices.push(close)
  return prices
}

/** `total` cut into `count` uneven parts whose decimal texts sum to it exactly. */
function sharesOf(total: number, count: number, draw: (index: number) => number): number[] {
  if (count === 0) return []
  const wholePart = String(Math.floor(total)).length
  const units = 10 ** Math.min(wireDecimals, Math.max(0, wholeDigits - wholePart))
  const totalUnits = Math.round(total * units)
  const weights = Array.from({ length: count }, (_, index) => 0.25 + 1.5 * draw(index))
  const allWeights = weights.reduce((sum, weight) => sum + weight, 0)
  let weightSoFar = 0
  let unitsSoFar = 0
  return weights.map((weight, index) => {
    weightSoFar += weight
    const upTo = index === count - 1 ? totalUnits : Math.floor((totalUnits * weightSoFar) / allWeights)
    const share = upTo - unitsSoFar
    unitsSoFar = upTo
    return share / units
  })
}
