import type { MarketSymbol } from '@shared/contract/candle'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { JournalEvent } from '@shared/contract/journal'
import { isSellable } from '../risk/sizing'
import { type Account, markOf, positionOf } from './account'
import { totalOf } from './balance'

/**
 * Tells whether what is held could still be sold: less than the smallest lot, or worth less than the smallest notional, is
 * dust and no position. That is asked where an order ends of which a part was filled, and where the exchange refuses to
 * close a position that has neither a stop nor a take-profit to close it later. Other events stay as they are.
 */
export function withDust(
  account: Account,
  event: JournalEvent,
  rulesOf: (symbol: MarketSymbol) => SymbolRules,
): JournalEvent {
  if (event.type !== 'order.expired' && event.type !== 'order.refused') return event
  const { symbol } = event.payload
  const position = positionOf(account, symbol)
  if (position === null) return event
  if (isSellable(totalOf(position.qtyBase), markOf(account, symbol), rulesOf(symbol))) return event
  if (event.type === 'order.refused') {
    const isStuck = position.stopLoss === null && position.takeProfit === null
    return isStuck ? { ...event, payload: { ...event.payload, leavesDust: true } } : event
  }
  const isPart = (account.openOrders.get(event.payload.orderId)?.fills ?? 0) > 0
  return isPart ? { ...event, payload: { ...event.payload, leavesDust: true } } : event
}
