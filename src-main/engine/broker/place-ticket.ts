import type { JournalEvent } from '@shared/contract/journal'
import type { OrderTerms, OrderTicket } from '@shared/contract/order'
import { contentId } from '../desk/identity'
import { amount } from '../risk/amounts'
import type { OrderIntent } from '../risk/risk-view'
import { type Account, isKnownOrder } from './account'
import { type Placement, placeOco, placeOrder } from './place-order'

/**
 * Offers what a trader wrote down to the exchange: one order, or the two of an OCO. A ticket that comes a second time
 * changes nothing.
 */
export function placeTicket(account: Account, ticket: OrderTicket, placement: Placement): readonly JournalEvent[] {
  const { symbol, side, qtyBase, stop, clientOrderId, ...terms } = ticket
  const intent = (own: OrderTerms, key: string): OrderIntent => ({
    symbol,
    side,
    qtyBase: amount(qtyBase),
    reason: 'manual',
    decisionId: null,
    stopLoss: null,
    takeProfit: null,
    terms: own,
    key,
  })
  const keys = stop === undefined ? [clientOrderId] : [clientOrderId, `${clientOrderId}/stop`]
  const isKnown = (key: string) =>
    isKnownOrder(account, symbol, contentId('order', placement.runId, symbol, 'manual', key))
  if (keys.some(isKnown)) return []
  if (stop === undefined) return [placeOrder(account, intent(terms, clientOrderId), placement)]
  const { reduceOnly } = terms
  const stopTerms: OrderTerms = { ...stop, ...(reduceOnly === undefined ? {} : { reduceOnly }) }
  return placeOco(account, [intent(terms, clientOrderId), intent(stopTerms, `${clientOrderId}/stop`)], placement)
}
