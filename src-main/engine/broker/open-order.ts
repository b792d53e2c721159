import type { Order } from '@shared/contract/order'
import { type Amount, amount, basisPoints, smallerOf, zero } from '../risk/amounts'

/** An order on the exchange's books; what the journal's events have made of it so far. */
export interface OpenOrder {
  readonly order: Order
  /** What is not filled yet, in the base asset. */
  readonly leavesQty: Amount
  /** Cash reserved by a buy. */
  readonly lockedCash: Amount
  /** Base asset reserved by a sell. */
  readonly lockedBase: Amount
  readonly fills: number
  /** The trigger was reached, or there never was one. */
  readonly triggered: boolean
  /** The best price that a trailing order has seen since it trails; null before. */
  readonly best: Amount | null
}

/** Whether the order waits for its trigger; only orders that Binance calls "algo" orders ever do. */
export function awaitsTrigger({ order, triggered }: OpenOrder): boolean {
  return !triggered && isAlgo(order)
}

/** Whether the order takes what it can the first time it meets the market, and never rests. */
export function cannotWait({ order }: Pick<OpenOrder, 'order'>): boolean {
  return order.timeInForce === 'IOC' || order.timeInForce === 'FOK'
}

export function isAlgo({ type }: Pick<Order, 'type'>): boolean {
  return type !== 'market' && type !== 'limit' && type !== 'limit_maker'
}

export function isTrailing({ order }: Pick<OpenOrder, 'order'>): boolean {
  return order.trailingDeltaBps !== null && order.trailingDeltaBps !== undefined
}

/** The limit price of an order that works, or will work, as a limit order; null for one that takes any price. */
export function limitOf({ priceQuote }: Pick<Order, 'priceQuote'>): Amount | null {
  return priceQuote === null || priceQuote === undefined ? null : amount(priceQuote)
}

export function stopOf({ stopPriceQuote }: Pick<Order, 'stopPriceQuote'>): Amount | null {
  return stopPriceQuote === null || stopPriceQuote === undefined ? null : amount(stopPriceQuote)
}

/** Whether the stop price is reached by a rising market (a buy's stop, a sell's take-profit) or by a falling one. */
export function triggersOnRise({ type, side }: Pick<Order, 'type' | 'side'>): boolean {
  const isStop = type === 'stop_loss' || type === 'stop_loss_limit'
  return isStop ? side === 'buy' : side === 'sell'
}

/** Where a trailing order triggers now; null while it does not trail yet. */
export function trailingStop({ order, best }: OpenOrder): Amount | null {
  if (best === null) return null
  const share = basisPoints(order.trailingDeltaBps ?? 0)
  return order.side === 'sell' ? best.times(amount(1).minus(share)) : best.times(share.plus(1))
}

/** Whether a price that trades triggers the order; a trailing one that has no best price yet never does. */
export function isReached(open: OpenOrder, price: Amount): boolean {
  if (isTrailing(open)) {
    const trigger = trailingStop(open)
    if (trigger === null) return false
    return open.order.side === 'sell' ? price.lessThanOrEqualTo(trigger) : price.greaterThanOrEqualTo(trigger)
  }
  const stop = stopOf(open.order)
  if (stop === null) return false
  return triggersOnRise(open.order) ? price.greaterThanOrEqualTo(stop) : price.lessThanOrEqualTo(stop)
}

/**
 * The best price of a trailing order after this one, or null where it stays as it is: the highest for a sell, the
 * lowest for a buy, from the moment on at which its stop price, if it has one, was met
 * (https://developers.binance.com/docs/binance-spot-api-docs/faqs/trailing-stop-faq).
 */
export function betterPrice(open: OpenOrder, price: Amount): Amount | null {
  if (!isTrailing(open)) return null
  const { order, best } = open
  if (best !== null) {
    const isBetter = order.side === 'sell' ? price.greaterThan(best) : price.lessThan(best)
    return isBetter ? price : null
  }
  const stop = stopOf(order)
  if (stop === null) return price
  const isMet = triggersOnRise(order) ? price.greaterThanOrEqualTo(stop) : price.lessThanOrEqualTo(stop)
  return isMet ? price : null
}

/** What a second order of an OCO must reserve on top of what the first already has. */
export function beyondSibling(needed: Amount, sibling: Amount): Amount {
  return needed.minus(smallerOf(needed, sibling))
}

export function newlyOpen(order: Order, lockedCash: Amount, lockedBase: Amount): OpenOrder {
  const qty = amount(order.qtyBase)
  return { order, leavesQty: qty, lockedCash, lockedBase, fills: 0, triggered: !isAlgo(order), best: null }
}

export const nothingLocked = { lockedCash: zero, lockedBase: zero }
