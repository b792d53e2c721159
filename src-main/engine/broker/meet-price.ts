import type { Side } from '@shared/contract/order'
import { type Amount, largerOf, smallerOf } from '../risk/amounts'
import { marketPrice, stopPrice } from './fill-model'
import { awaitsTrigger, cannotWait, isReached, limitOf, type OpenOrder } from './open-order'
import { expire, fill, type Settling, stillOpen, tradable, trail, trigger } from './settling'

/** One level that a taker may take: a price, and how much is offered at it. */
export interface Offer {
  readonly price: Amount
  readonly qtyBase: Amount
}

/** A price at which the market stands when an order meets it. */
export interface MetPrice {
  readonly price: Amount
  readonly atMs: number
  /** The order has just come to the exchange: what crosses takes, and is not filled as if it had rested. */
  readonly isArriving: boolean
  /** Levels of the book that face a taker of this side, best first; without a book, price and costs stand for them. */
  readonly offers?: (side: Side) => readonly Offer[]
  /** Told what was taken at which price, so that nobody takes it twice. */
  readonly taken?: (side: Side, offer: Offer) => void
  /** What a resting order of this side and limit is given at this price; absent: all of it, where traded through. */
  readonly given?: (open: OpenOrder, limit: Amount) => Amount
}

/**
 * One order meets one price: it trails, triggers, takes, rests or ends. The rules are those of docs/paper-exchange.md;
 * a resting limit fills only when the market trades strictly through it.
 */
export function meetPrice(settling: Settling, open: OpenOrder, met: MetPrice): void {
  if (!awaitsTrigger(open)) {
    work(settling, open, met, 'market')
    return
  }
  if (isReached(open, met.price)) {
    const isStop = open.order.type.startsWith('stop_loss')
    work(settling, trigger(settling, open, met.price), { ...met, isArriving: true }, isStop ? 'stop' : 'market')
  } else {
    trail(settling, open, met.price)
  }
}

type Costs = 'market' | 'stop'

function work(settling: Settling, open: OpenOrder, met: MetPrice, costs: Costs): void {
  const limit = limitOf(open.order)
  if (limit === null) take(settling, open, met, costs, null)
  // What cannot wait is new whenever it comes: its first candle may have been missing.
  else if (met.isArriving || cannotWait(open)) arrive(settling, open, met, costs, limit)
  else rest(settling, open, met, limit)
}

/** A limit order that comes to the exchange: it takes what crosses it, and what is left rests or ends. */
function arrive(settling: Settling, open: OpenOrder, met: MetPrice, costs: Costs, limit: Amount): void {
  const { side, type, timeInForce } = open.order
  const offers = facing(settling, open, met, costs).filter(({ price }) => isWithin(side, price, limit))
  if (offers.length > 0 && type === 'limit_maker') {
    expire(settling, open, 'Order would immediately match and take.')
    return
  }
  const offered = offers.reduce((sum, { qtyBase }) => sum.plus(qtyBase), open.leavesQty.times(0))
  const isAllOrNothing = timeInForce === 'FOK'
  if (isAllOrNothing && offered.lessThan(open.leavesQty)) {
    expire(settling, open, 'Fill or kill: not all of it could be filled at once.')
    return
  }
  takeOffers(settling, open, met, offers)
  const left = stillOpen(settling, open)
  if (left === null || !cannotWait(left)) return
  expire(settling, left, 'Immediate or cancel: nothing more could be filled at once.')
}

/**
 * Takes whatever there is; a market order that finds the book empty ends, and what is left of it is not priced. What a
 * candle's volume has no room for waits for the next candle.
 */
function take(settling: Settling, open: OpenOrder, met: MetPrice, costs: Costs, limit: Amount | null): void {
  takeOffers(settling, open, met, facing(settling, open, met, costs))
  const left = stillOpen(settling, open)
  if (left === null || limit !== null || met.offers === undefined) return
  expire(settling, left, 'The order book ended before the whole of it was filled.')
}

/** The levels of the book, or where there is none, all that is wanted at the price that costs make of this one. */
function facing(settling: Settling, open: OpenOrder, { price, offers }: MetPrice, costs: Costs): readonly Offer[] {
  const { order, leavesQty } = open
  if (offers !== undefined) return offers(order.side)
  const { settings, rules } = settling
  const { side } = order
  const limit = limitOf(order)
  const isStop = costs === 'stop'
  // What the other side of the market asks: a trade triggers a stop on that side; otherwise half the spread lies between.
  const quoted = isStop ? price : marketPrice(side, price, { ...settings, slippageBps: 0 }, rules)
  if (limit !== null && !isWithin(side, quoted, limit)) return []
  const worse = isStop ? stopPrice(price, settings, rules, side) : marketPrice(side, price, settings, rules)
  // Slippage may take the price to the limit, never beyond it.
  const paid = limit === null ? worse : side === 'buy' ? smallerOf(worse, limit) : largerOf(worse, limit)
  return [{ price: paid, qtyBase: tradable(settling, leavesQty) }]
}

function takeOffers(settling: Settling, open: OpenOrder, met: MetPrice, offers: readonly Offer[]): void {
  const { side } = open.order
  for (const offer of offers) {
    const current = stillOpen(settling, open)
    if (current === null) return
    const qtyBase = smallerOf(offer.qtyBase, current.leavesQty)
    if (qtyBase.isZero()) continue
    const reference = met.offers === undefined ? met.price : offer.price
    fill(settling, current, { price: offer.price, qtyBase, reference, filledAtMs: met.atMs, role: 'taker' })
    met.taken?.(side, { price: offer.price, qtyBase })
  }
}

/** A resting order fills at its limit, as the maker, once the market has gone strictly through it. */
function rest(settling: Settling, open: OpenOrder, met: MetPrice, limit: Amount): void {
  const qtyBase = met.given?.(open, limit) ?? (isThrough(open.order.side, met.price, limit) ? open.leavesQty : null)
  if (qtyBase === null || qtyBase.isZero()) return
  fill(settling, open, { price: limit, qtyBase, reference: limit, filledAtMs: met.atMs, role: 'maker' })
}

/** Whether a taker of this side would pay this price under its limit. */
function isWithin(side: Side, price: Amount, limit: Amount): boolean {
  return side === 'buy' ? price.lessThanOrEqualTo(limit) : price.greaterThanOrEqualTo(limit)
}

/** Whether a trade at this price went strictly through a resting order's limit. */
export function isThrough(side: Side, price: Amount, limit: Amount): boolean {
  return side === 'buy' ? price.lessThan(limit) : price.greaterThan(limit)
}
