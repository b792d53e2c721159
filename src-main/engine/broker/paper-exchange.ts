import { type Candle, closeTimeMs, type MarketSymbol, type Timeframe } from '@shared/contract/candle'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { JournalEvent } from '@shared/contract/journal'
import type { Order } from '@shared/contract/order'
import type { BrokerSettings } from '@shared/contract/settings'
import { contentId } from '../desk/identity'
import { type Amount, amount, amountText } from '../risk/amounts'
import { exitsOnTick } from '../risk/exits'
import type { OrderIntent } from '../risk/risk-view'
import { canBeSoldAgain, floorToLot, sellableQty } from '../risk/sizing'
import { type Account, applyEvent, type Holding, markOf, ordersOf, positionOf, totalOf } from './account'
import { buyFill, marketPrice, sellFill, stopPrice } from './fill-model'
import { type ExchangeRejection, failedFilter, insufficientBalance } from './filters'

export interface CandleSettlement {
  readonly symbol: MarketSymbol
  readonly timeframe: Timeframe
  /** A closed candle of the symbol. */
  readonly candle: Candle
  readonly settings: BrokerSettings
  readonly rules: SymbolRules
  readonly runId: string
}

/**
 * What a closed candle makes happen to the orders and the position of its symbol, in this order:
 *
 * 1. Pending market orders fill at the candle's open, plus half the spread and the slippage; cash that no longer covers
 *    a buy cuts it down to the lots that are covered, and where those could not be sold again, the order expires.
 * 2. The position's stop: at the open where the candle opens past it, otherwise at the trigger; less the slippage.
 * 3. Its take-profit: at the limit price, where the high is strictly above it.
 *
 * A position that was opened in (1) is exposed to (2) and (3) in the same candle, the stop first: a candle does not
 * tell which came first. In a candle without volume nobody traded: nothing fills, and orders wait. So does an order
 * that is younger than the candle's open.
 *
 * All events carry the candle's close as their time: that is when the desk learns of them. `filledAtMs` is the open
 * for fills at the open, and the candle's last millisecond for those inside it, whose moment a candle does not tell.
 */
export function settleCandle(account: Account, settlement: CandleSettlement): JournalEvent[] {
  const { candle, symbol } = settlement
  if (candle.volume === 0) return []
  const events: JournalEvent[] = []
  let settled = account
  const record = (...happened: JournalEvent[]) => {
    for (const event of happened) {
      settled = applyEvent(settled, event)
      events.push(event)
    }
  }
  for (const { order } of ordersOf(account, symbol)) {
    if (order.placedAtMs <= candle.openTimeMs) record(fillAtOpen(settled, order, settlement))
  }
  const position = positionOf(settled, symbol)
  const exit = position === null ? [] : exitEvents(position, settlement)
  if (exit.length === 0) return events
  for (const { order } of ordersOf(settled, symbol)) {
    if (order.side === 'sell')
      record(expiry(order, 'The position was closed by its own exit first.', closeOf(settlement)))
  }
  record(...exit)
  return events
}

export interface Placement {
  readonly rules: SymbolRules
  readonly settings: BrokerSettings
  readonly runId: string
  readonly atMs: number
}

/**
 * Offers an order to the exchange: accepted, to fill in the symbol's next candle, or refused with Binance's code. The
 * quantity is rounded down to the lot, the exits to the tick.
 */
export function placeOrder(account: Account, intent: OrderIntent, placement: Placement): JournalEvent {
  const { rules, runId, atMs } = placement
  const { symbol, side, reason, decisionId } = intent
  const qtyBase = floorToLot(intent.qtyBase, rules)
  const price = markOf(account, symbol)
  const exits = exitsOnTick(intent, rules)
  const content = [runId, decisionId ?? 'none', symbol, reason, atMs]
  const rejection = failedFilter({ qtyBase, price, ...exits }, rules) ?? uncovered(account, intent, qtyBase, placement)
  if (rejection !== null) {
    const refusalId = contentId('refusal', ...content, 'exchange', account.refusals)
    const payload = { refusalId, runId, decisionId, symbol, side, by: 'exchange', ...rejection, atMs } as const
    return { type: 'order.refused', atMs, payload }
  }
  const order: Order = {
    orderId: contentId('order', ...content),
    runId,
    decisionId,
    symbol,
    side,
    type: 'market',
    qtyBase: amountText(qtyBase),
    reason,
    ...exits,
    placedAtMs: atMs,
  }
  return { type: 'order.accepted', atMs, payload: order }
}

/** An order that ends without a fill. */
export function expiry(order: Pick<Order, 'orderId' | 'runId' | 'symbol'>, reason: string, atMs: number): JournalEvent {
  const { orderId, runId, symbol } = order
  return { type: 'order.expired', atMs, payload: { orderId, runId, symbol, reason } }
}

function uncovered(
  account: Account,
  { side, symbol }: OrderIntent,
  qtyBase: Amount,
  { rules, settings }: Placement,
): ExchangeRejection | null {
  if (side === 'sell') {
    const free = account.holdings.get(symbol)?.qtyBase.free ?? amount(0)
    if (qtyBase.lessThanOrEqualTo(free)) return null
    return insufficientBalance(`${amountText(qtyBase)} ${rules.base}`, `${amountText(free)} ${rules.base}`)
  }
  const free = rules.quote === account.quoteAsset ? account.cash.free : amount(0)
  const cost = qtyBase.times(marketPrice('buy', markOf(account, symbol), settings, rules))
  if (cost.lessThanOrEqualTo(free)) return null
  return insufficientBalance(`${amountText(cost)} ${rules.quote}`, `${amountText(free)} ${rules.quote}`)
}

function fillAtOpen(account: Account, order: Order, settlement: CandleSettlement): JournalEvent {
  const { candle, settings, rules, symbol } = settlement
  const reference = amount(candle.open)
  const price = marketPrice(order.side, reference, settings, rules)
  const ordered = amount(order.qtyBase)
  const terms = { price, reference, rules, filledAtMs: candle.openTimeMs, takerFeeBps: settings.takerFeeBps }
  const atMs = closeOf(settlement)
  if (order.side === 'sell') {
    const holding = account.holdings.get(symbol)
    if (holding === undefined) throw new Error(`Order ${order.orderId} sells ${symbol}, but none is held`)
    return { type: 'order.filled', atMs, payload: sellFill(order, { ...terms, qtyBase: ordered }, holding) }
  }
  const lockedCash = account.openOrders.get(order.orderId)?.lockedCash ?? amount(0)
  const cash = account.cash.free.plus(lockedCash)
  if (ordered.times(price).lessThanOrEqualTo(cash)) {
    return { type: 'order.filled', atMs, payload: buyFill(order, { ...terms, qtyBase: ordered }) }
  }
  const qtyBase = floorToLot(cash.div(price), rules)
  if (!canBeSoldAgain(qtyBase, price, settings.takerFeeBps, rules)) {
    const reason = `At ${amountText(price)} the cash of ${amountText(cash)} ${rules.quote} covers no tradable quantity.`
    return expiry(order, reason, atMs)
  }
  return { type: 'order.filled', atMs, payload: buyFill(order, { ...terms, qtyBase }) }
}

interface ReachedExit {
  readonly reason: 'stop_loss' | 'take_profit'
  readonly reference: Amount
  readonly price: Amount
  readonly filledAtMs: number
}

/** The stop before the take-profit: where one candle reached both, the worse is assumed. */
function exitReached(position: Holding, settlement: CandleSettlement): ReachedExit | null {
  const { candle, settings, rules } = settlement
  const open = amount(candle.open)
  const insideMs = closeOf(settlement) - 1
  const { stopLoss, takeProfit } = position
  if (stopLoss !== null && open.lessThanOrEqualTo(stopLoss)) {
    const price = stopPrice(open, settings, rules)
    return { reason: 'stop_loss', reference: open, price, filledAtMs: candle.openTimeMs }
  }
  if (stopLoss !== null && amount(candle.low).lessThanOrEqualTo(stopLoss)) {
    const price = stopPrice(stopLoss, settings, rules)
    return { reason: 'stop_loss', reference: stopLoss, price, filledAtMs: insideMs }
  }
  if (takeProfit !== null && amount(candle.high).greaterThan(takeProfit)) {
    return { reason: 'take_profit', reference: takeProfit, price: takeProfit, filledAtMs: insideMs }
  }
  return null
}

/**
 * An exit has rested on the exchange since the position was opened: it passed its filters then, and is accepted and
 * filled in one. A position of less than the smallest lot cannot be sold and stays.
 */
function exitEvents(position: Holding, settlement: CandleSettlement): JournalEvent[] {
  const exit = exitReached(position, settlement)
  if (exit === null) return []
  const { symbol, runId, rules, settings, candle } = settlement
  const qtyBase = sellableQty(totalOf(position.qtyBase), rules)
  if (qtyBase.isZero()) return []
  const atMs = closeOf(settlement)
  const order: Order = {
    orderId: contentId('order', runId, 'none', symbol, exit.reason, candle.openTimeMs),
    runId,
    decisionId: null,
    symbol,
    side: 'sell',
    type: 'market',
    qtyBase: amountText(qtyBase),
    reason: exit.reason,
    stopLoss: null,
    takeProfit: null,
    placedAtMs: exit.filledAtMs,
  }
  const { price, reference, filledAtMs } = exit
  const terms = { price, reference, qtyBase, filledAtMs, rules, takerFeeBps: settings.takerFeeBps }
  return [
    { type: 'order.accepted', atMs, payload: order },
    { type: 'order.filled', atMs, payload: sellFill(order, terms, position) },
  ]
}

function closeOf({ candle, timeframe }: CandleSettlement): number {
  return closeTimeMs(candle, timeframe)
}
