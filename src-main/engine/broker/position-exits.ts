import type { Order } from '@shared/contract/order'
import { type Amount, amountText, smallerOf, zero } from '../risk/amounts'
import { floorToLot, sellableQty } from '../risk/sizing'
import { type Holding, isKnownOrder, ordersOf, positionOf } from './account'
import { totalOf } from './balance'
import type { OpenOrder } from './open-order'
import { expiry, fill, type Settling, stillOpen, tradable } from './settling'

/** A stop or take-profit of a position that the market has reached. */
export interface ReachedExit {
  readonly reason: 'stop_loss' | 'take_profit'
  /** The market's price it started from: the open of a gap, the trigger, or the trade that reached it. */
  readonly reference: Amount
  readonly price: Amount
  readonly role: 'maker' | 'taker'
  readonly filledAtMs: number
  /** Tells two exits of one symbol apart: the candle's open, or the trade's number. */
  readonly occasion: number
  /** What the market takes at this price; absent: all of the position. */
  readonly offeredQty?: Amount
  /** Sells into this instead of at `price`, level by level: a stop that meets an order book. */
  readonly sellInto?: (settling: Settling, open: OpenOrder) => void
}

/**
 * Closes the position of the symbol, or what of it the market takes. The exit has rested on the exchange since the position
 * was opened: it passed its filters then, and is accepted as it is reached; a position above the largest lot of a market
 * order is sold in several. What is not taken at once goes on waiting in the same order, which reserves nothing. Other
 * sells that still wait are cancelled first, so that nothing is sold twice. A position of less than the smallest lot
 * cannot be sold and stays.
 */
export function exitPosition(settling: Settling, exit: ReachedExit): void {
  if (openExit(settling, 'stop_loss') !== null) return
  let left = smallerOf(exit.offeredQty ?? heldOf(settling), heldOf(settling))
  if (exit.reason === 'take_profit') left = tradable(settling, left)
  for (let part = 1; !floorToLot(left, settling.rules).isZero(); part++) {
    const before = heldOf(settling)
    const waiting = openExit(settling, exit.reason)
    const order = waiting?.order ?? orderOf(settling, exit, left, part)
    if (order === null) return
    endEntries(settling)
    cancelOtherSells(settling, order)
    const open = waiting ?? accepted(settling, order)
    sellPart(settling, exit, open, left)
    const sold = before.minus(heldOf(settling))
    // The book, or what the market takes, has ended.
    if (sold.isZero() || stillOpen(settling, open) !== null) return
    left = left.minus(sold)
  }
}

/** A stop or take-profit that was reached before and still waits for the rest of its quantity. */
function openExit({ account, symbol }: Settling, reason: ReachedExit['reason']): OpenOrder | null {
  return ordersOf(account, symbol).find(({ order }) => order.reason === reason) ?? null
}

/** A stop sells what it can get of what is left, a take-profit is a limit for all that is held; null where that is no lot. */
function orderOf(settling: Settling, exit: ReachedExit, left: Amount, part: number): Order | null {
  const { symbol, runId, rules } = settling
  const isLimit = exit.reason === 'take_profit'
  const qtyBase = sellableQty(isLimit ? heldOf(settling) : left, rules)
  if (qtyBase.isZero()) return null
  return {
    orderId: exitOrderId(settling, exit, part),
    runId,
    decisionId: null,
    symbol,
    side: 'sell',
    type: isLimit ? 'limit' : 'market',
    ...(isLimit ? { priceQuote: amountText(exit.price) } : {}),
    qtyBase: amountText(qtyBase),
    ...(floorToLot(left, rules).lessThan(qtyBase) ? { reduceOnly: true } : {}),
    reason: exit.reason,
    stopLoss: null,
    takeProfit: null,
    placedAtMs: exit.filledAtMs,
  }
}

function accepted(settling: Settling, order: Order): OpenOrder {
  settling.record({ type: 'order.accepted', atMs: settling.atMs, payload: order })
  const open = settling.account.openOrders.get(order.orderId)
  if (open === undefined) throw new Error(`Exit ${order.orderId} was accepted and is not open`)
  return open
}

/** What is left of the entry that opened the position is not bought any more. */
function endEntries(settling: Settling): void {
  for (const { order, fills } of ordersOf(settling.account, settling.symbol)) {
    const isEntry = order.side === 'buy' && (order.stopLoss !== null || order.takeProfit !== null)
    if (isEntry && fills > 0)
      settling.record(expiry(order, 'The position was closed before all of it was bought.', settling.atMs))
  }
}

function cancelOtherSells(settling: Settling, { orderId }: Pick<Order, 'orderId'>): void {
  for (const { order } of ordersOf(settling.account, settling.symbol)) {
    if (order.side !== 'sell' || order.orderId === orderId) continue
    settling.record(expiry(order, 'The position was closed by its own exit first.', settling.atMs))
  }
}

function sellPart(settling: Settling, exit: ReachedExit, open: OpenOrder, left: Amount): void {
  const { price, reference, role, filledAtMs } = exit
  if (exit.sellInto) exit.sellInto(settling, open)
  else fill(settling, open, { price, reference, role, filledAtMs, qtyBase: floorToLot(left, settling.rules) })
}

/** The first exit of an occasion is named by it alone; a candle may see several, of one position or of one after another. */
function exitOrderId(
  { account, symbol, runId, nameOf }: Settling,
  { reason, occasion }: ReachedExit,
  part: number,
): string {
  const first = nameOf('order', runId, 'none', symbol, reason, occasion)
  for (let number = part; ; number++) {
    const orderId = number === 1 ? first : nameOf('order', first, number)
    if (!isKnownOrder(account, symbol, orderId)) return orderId
  }
}

/** What of an open position is held. */
function heldOf({ account, symbol }: Settling): Amount {
  const position = positionOf(account, symbol)
  return position === null ? zero : totalOf(position.qtyBase)
}

/** An exit of the position is met by its own rules, not with the other orders. */
export function isOwnExit({ order }: OpenOrder): boolean {
  return order.reason === 'take_profit'
}

/** The exits of an open position; nulls where there is none. */
export function exitsOf(settling: Settling): Pick<Holding, 'stopLoss' | 'takeProfit'> {
  return positionOf(settling.account, settling.symbol) ?? { stopLoss: null, takeProfit: null }
}
