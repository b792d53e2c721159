import type { Order } from '@shared/contract/order'
import { contentId } from '../desk/identity'
import { type Amount, amountText, smallerOf } from '../risk/amounts'
import { sellableQty } from '../risk/sizing'
import { type Holding, ordersOf, positionOf } from './account'
import { totalOf } from './balance'
import type { OpenOrder } from './open-order'
import { expire, fill, type Settling } from './settling'

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
 * Closes the position of the symbol. The exit has rested on the exchange since the position was opened: it passed its
 * filters then, and is accepted and filled in one. Sells that still wait are cancelled first, so that nothing is sold
 * twice. A position of less than the smallest lot cannot be sold and stays.
 */
export function exitPosition(settling: Settling, exit: ReachedExit): void {
  const position = positionOf(settling.account, settling.symbol)
  const { symbol, runId, rules, atMs } = settling
  if (position === null) return
  const held = totalOf(position.qtyBase)
  const qtyBase = sellableQty(smallerOf(exit.offeredQty ?? held, held), rules)
  if (qtyBase.isZero()) return
  for (const open of ordersOf(settling.account, symbol)) {
    if (open.order.side === 'sell') expire(settling, open, 'The position was closed by its own exit first.')
  }
  const order: Order = {
    orderId: contentId('order', runId, 'none', symbol, exit.reason, exit.occasion),
    runId,
    decisionId: null,
    symbol,
    side: 'sell',
    type: exit.reason === 'take_profit' ? 'limit' : 'market',
    ...(exit.reason === 'take_profit' ? { priceQuote: amountText(exit.price) } : {}),
    qtyBase: amountText(qtyBase),
    reason: exit.reason,
    stopLoss: null,
    takeProfit: null,
    placedAtMs: exit.filledAtMs,
  }
  settling.record({ type: 'order.accepted', atMs, payload: order })
  const open = settling.account.openOrders.get(order.orderId)
  if (open === undefined) throw new Error(`Exit ${order.orderId} was accepted and is not open`)
  const { price, reference, role, filledAtMs } = exit
  if (exit.sellInto) exit.sellInto(settling, open)
  else fill(settling, open, { price, reference, role, filledAtMs, qtyBase })
}

/** The exits of an open position; nulls where there is none. */
export function exitsOf(settling: Settling): Pick<Holding, 'stopLoss' | 'takeProfit'> {
  return positionOf(settling.account, settling.symbol) ?? { stopLoss: null, takeProfit: null }
}
