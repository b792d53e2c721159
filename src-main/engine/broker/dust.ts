import type { MarketSymbol } from '@shared/contract/candle'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { JournalEvent } from '@shared/contract/journal'
import { isSellable } from '../risk/sizing'
import { type Account, markOf, positionOf } from './account'
import { totalOf } from './balance'

/**
 * Tells of an order that ends after a part of it was filled whether what is now held could be sold at all: less than the
 * smallest lot, or worth less than the smallest notional, is dust and no position. Other events stay as they are.
 */
export function withDust(
  account: Account,
  event: JournalEvent,
  rulesOf: (symbol: MarketSymbol) => SymbolRules,
): JournalEvent {
  if (event.type !== 'order.expired') return event
  const { orderId, symbol } = event.payload
  const position = positionOf(account, symbol)
  const isPart = (account.openOrders.get(orderId)?.fills ?? 0) > 0
  if (!isPart || position === null) return event
  if (isSellable(totalOf(position.qtyBase), markOf(account, symbol), rulesOf(symbol))) return event
  return { ...event, payload: { ...event.payload, leavesDust: true } }
}
