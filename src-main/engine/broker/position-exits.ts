import type { Order } from '@shared/contract/order'
import { contentId } from '../desk/identity'
import { type Amount, amountText, smallerOf, zero } from '../risk/amounts'
import { sellableQty } from '../risk/sizing'
import { type Holding, isKnownOrder, ordersOf, positionOf } from './account'
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
 * filters then, and is accepted and filled in one; a position above the largest lot of a market order is sold in several.
 * Sells that still wait are cancelled first, so that nothing is sold twice. A position of less than the smallest lot
 * cannot be sold and stays.
 */
export function exitPosition(settling: Settling, exit: ReachedExit): void {
  let left = smallerOf(exit.offeredQty ?? heldOf(settling), heldOf(settling))
  for (let part = 1; !sellableQty(left, settling.rules).isZero(); part++) {
    const before = heldOf(settling)
    sellPart(settling, exit, sellableQty(left, settling.rules), part)
    const sold = before.minus(heldOf(settling))
    // The book has ended.
    if (sold.isZero()) return
    left = left.minus(sold)
  }
}

function sellPart(settling: Settling, exit: ReachedExit, qtyBase: Amount, part: number): void {
  const { symbol, runId, atMs } = settling
  for (const open of ordersOf(settling.account, symbol)) {
    if (open.order.side === 'sell') expire(settling, open, 'The position was closed by its own exit first.')
  }
  const order: Order = {
    orderId: exitOrderId(settling, exit, part),
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

/** The first exit of an occasion is named by it alone; a candle may see several, of one position or of one after another. */
function exitOrderId({ account, symbol, runId }: Settling, { reason, occasion }: ReachedExit, part: number): string {
  const first = contentId('order', runId, 'none', symbol, reason, occasion)
  for (let number = part; ; number++) {
    const orderId = number === 1 ? first : contentId('order', first, number)
    if (!isKnownOrder(account, symbol, orderId)) return orderId
  }
}

/** What of an open position is held. */
function heldOf({ account, symbol }: Settling): Amount {
  const position = positionOf(account, symbol)
  return position === null ? zero : totalOf(position.qtyBase)
}

/** The exits of an open position; nulls where there is none. */
export function exitsOf(settling: Settling): Pick<Holding, 'stopLoss' | 'takeProfit'> {
  return positionOf(settling.account, settling.symbol) ?? { stopLoss: null, takeProfit: null }
}
