import type { MarketSymbol } from '@shared/contract/candle'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { JournalEvent } from '@shared/contract/journal'
import type { Order } from '@shared/contract/order'
import type { BrokerSettings } from '@shared/contract/settings'
import { contentId, type NameOf } from '../desk/identity'
import { type Amount, amountText, smallerOf, zero } from '../risk/amounts'
import { canBeSoldAgain, floorToLot, qtyFor, sellableQty } from '../risk/sizing'
import { type Account, ordersOf, positionOf, siblingOf } from './account'
import { applyEvent } from './account-fold'
import { withDust } from './dust'
import { feeRateBps } from './fees'
import { type FillTerms, fillOf } from './fill-model'
import { betterPrice, type OpenOrder } from './open-order'

export interface SettlingTerms {
  readonly symbol: MarketSymbol
  readonly runId: string
  readonly rules: SymbolRules
  readonly settings: BrokerSettings
  /** When the desk learns of what happens: the time of all events. */
  readonly atMs: number
  /** By their content where it is left out. */
  readonly nameOf?: NameOf | undefined
}

/** One piece of market being settled: the account as it has become, and the events that made it so. */
export interface Settling extends SettlingTerms {
  readonly account: Account
  readonly nameOf: NameOf
  readonly events: readonly JournalEvent[]
  /** What our orders may still trade of the candle that is being settled, in the base asset; null: as much as they want. */
  volumeLeft: Amount | null
  record(event: JournalEvent): void
}

export function beginSettling(account: Account, terms: SettlingTerms): Settling {
  const events: JournalEvent[] = []
  const settling: Settling & { account: Account } = {
    ...terms,
    nameOf: terms.nameOf ?? contentId,
    account,
    events,
    volumeLeft: null,
    record(event: JournalEvent) {
      settling.account = applyEvent(settling.account, event)
      events.push(event)
    },
  }
  return settling
}

/** The order as it stands now; null when it is open no more. */
export function stillOpen(settling: Settling, { order }: OpenOrder): OpenOrder | null {
  return settling.account.openOrders.get(order.orderId) ?? null
}

/** An order that ends without a fill, or without one of what is left of it. */
export function expiry(
  order: Pick<Order, 'orderId' | 'runId' | 'symbol'>,
  reason: string,
  atMs: number,
  status: 'cancelled' | 'expired' = 'expired',
): JournalEvent {
  const { orderId, runId, symbol } = order
  return { type: 'order.expired', atMs, payload: { orderId, runId, symbol, reason, status } }
}

export function expire(settling: Settling, { order }: OpenOrder, reason: string): void {
  settling.record(withDust(settling.account, expiry(order, reason, settling.atMs), () => settling.rules))
}

/** The trigger was reached: the order now works as a market or limit order, and its OCO sibling ends. */
export function trigger(settling: Settling, open: OpenOrder, price: Amount): OpenOrder {
  const { orderId, runId, symbol } = open.order
  endSibling(settling, open)
  const payload = { orderId, runId, symbol, priceQuote: amountText(price) }
  settling.record({ type: 'order.triggered', atMs: settling.atMs, payload })
  return stillOpen(settling, open) ?? open
}

/** Takes a price that is better than any a trailing order has seen; answers with the order as it then stands. */
export function trail(settling: Settling, open: OpenOrder, price: Amount): OpenOrder {
  const better = betterPrice(open, price)
  if (better === null) return open
  const { orderId, runId, symbol } = open.order
  const payload = { orderId, runId, symbol, bestPriceQuote: amountText(better) }
  settling.record({ type: 'order.trailed', atMs: settling.atMs, payload })
  return stillOpen(settling, open) ?? open
}

/** What of a quantity the candle's volume has room for: all of it, or what is left, in lots. */
export function tradable({ volumeLeft, rules }: Settling, qtyBase: Amount): Amount {
  return volumeLeft === null || qtyBase.lessThanOrEqualTo(volumeLeft) ? qtyBase : floorToLot(volumeLeft, rules)
}

/**
 * Fills an order, or what of it can be: a buy as far as the cash goes, a reduce-only sell as far as the position goes.
 * What cannot be filled for want of either ends with its reason. `qtyBase` is what the market offers.
 */
export function fill(settling: Settling, met: OpenOrder, terms: FillTerms): void {
  const offered = tradable(settling, smallerOf(terms.qtyBase, met.leavesQty))
  if (offered.isZero()) return
  endSibling(settling, met)
  const open = stillOpen(settling, met) ?? met
  const qtyBase =
    open.order.side === 'buy'
      ? affordable(settling, open, { ...terms, qtyBase: offered })
      : held(settling, open, offered)
  if (qtyBase === null) return
  const payload = fillOf(settling.account, open, { ...terms, qtyBase }, settling)
  settling.record({ type: 'order.filled', atMs: settling.atMs, payload })
  if (settling.volumeLeft !== null) settling.volumeLeft = settling.volumeLeft.minus(qtyBase)
  const rest = stillOpen(settling, open)
  if (rest !== null && qtyBase.lessThan(offered)) expire(settling, rest, 'What was left of it was not covered.')
}

/** What the cash covers, in lots; null, and the order expired, where that could not be sold again. */
function affordable(
  settling: Settling,
  open: OpenOrder,
  { price, qtyBase, role, filledAtMs }: FillTerms,
): Amount | null {
  const { account, rules, settings } = settling
  const cash = account.cash.free.plus(open.lockedCash)
  if (qtyBase.times(price).lessThanOrEqualTo(cash)) return qtyBase
  const covered = floorToLot(qtyFor(cash, price), rules)
  if (canBeSoldAgain(covered, price, feeRateBps(account, role, settings, filledAtMs), rules)) return covered
  const reason = `At ${amountText(price)} the cash of ${amountText(cash)} ${rules.quote} covers no tradable quantity.`
  expire(settling, open, reason)
  return null
}

/** What a sell may sell: what it has reserved, or for a reduce-only one what of the position is free. */
function held(settling: Settling, open: OpenOrder, qtyBase: Amount): Amount | null {
  if (!open.order.reduceOnly) return qtyBase
  const free = settling.account.holdings.get(open.order.symbol)?.qtyBase.free ?? zero
  // What is left of an order has passed the exchange's smallest lot with the whole of it.
  const sellable = open.fills === 0 ? sellableQty(free, settling.rules) : floorToLot(free, settling.rules)
  if (!sellable.isZero()) return smallerOf(qtyBase, sellable)
  expire(settling, open, 'There is no position left that it could reduce.')
  return null
}

function endSibling(settling: Settling, open: OpenOrder): void {
  const sibling = siblingOf(settling.account, open.order)
  if (sibling !== null) expire(settling, sibling, 'The other order of its OCO came first.')
}

/** Reduce-only orders end with the position they were to reduce. */
export function endReduceOnly(settling: Settling): void {
  const { account, symbol } = settling
  if (positionOf(account, symbol) !== null) return
  for (const open of ordersOf(account, symbol)) {
    if (open.order.reduceOnly) expire(settling, open, 'There is no position left that it could reduce.')
  }
}
