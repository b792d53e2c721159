import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { JournalEvent } from '@shared/contract/journal'
import type { Order, OrderTerms } from '@shared/contract/order'
import type { BrokerSettings } from '@shared/contract/settings'
import { contentId, type NameOf } from '../desk/identity'
import { type Amount, amount, amountText, floorTo, zero } from '../risk/amounts'
import { exitsOnTick } from '../risk/exits'
import type { OrderIntent } from '../risk/risk-view'
import { floorToLot } from '../risk/sizing'
import { type Account, markOf, ordersOf, siblingOf } from './account'
import { totalOf } from './balance'
import { marketPrice } from './fill-model'
import { closedTo, type ExchangeRejection, failedFilter, insufficientBalance, rejected } from './filters'
import { isAlgo, isTrailing, limitOf, stopOf, triggersOnRise } from './open-order'
import { expiry } from './settling'

export interface Placement {
  readonly rules: SymbolRules
  readonly settings: BrokerSettings
  readonly runId: string
  readonly atMs: number
  /** By their content where it is left out. */
  readonly nameOf?: NameOf | undefined
}

const asMarket: OrderTerms = { type: 'market' }

/**
 * Offers an order to the exchange: accepted, to meet the market that comes next, or refused with Binance's code. What
 * the desk asks for is rounded down to the lot and its exits to the tick; what a trader types is taken as it is.
 */
export function placeOrder(account: Account, intent: OrderIntent, placement: Placement): JournalEvent {
  const order = orderOf(intent, placement)
  const rejection = failure(account, order, placement)
  return rejection === null
    ? { type: 'order.accepted', atMs: placement.atMs, payload: order }
    : refusal(account, order, placement, rejection)
}

/**
 * Offers two orders as one: the first to fill or to be triggered ends the other. Either both are accepted, or one
 * refusal says why not. One of them is a limit, the other waits for a trigger, and the last price lies between them.
 */
export function placeOco(
  account: Account,
  legs: readonly [limit: OrderIntent, stop: OrderIntent],
  placement: Placement,
): readonly JournalEvent[] {
  const listId = namedBy(placement)('order', placement.runId, 'list', legs[0].symbol, legs[0].key ?? '')
  const [limitLeg, stopLeg] = legs.map((leg) => ({ ...orderOf(leg, placement), listId }))
  if (limitLeg === undefined || stopLeg === undefined) return []
  const wrong = wrongRelation(account, limitLeg, stopLeg) ?? failure(account, limitLeg, placement)
  if (wrong !== null) return [refusal(account, limitLeg, placement, wrong)]
  // At most one of them ever fills: each must be covered by itself, not both together. They are two orders all the same.
  const rejection = failure(account, stopLeg, placement, 1)
  if (rejection !== null) return [refusal(account, stopLeg, placement, rejection)]
  return [limitLeg, stopLeg].map((payload) => ({ type: 'order.accepted', atMs: placement.atMs, payload }))
}

/**
 * Takes an order off the books, and with it the other of its OCO, as Binance does. Cancelling what is open no more changes
 * nothing: there is no event then.
 */
export function cancelOrder(account: Account, orderId: string, reason: string, atMs: number): readonly JournalEvent[] {
  const open = account.openOrders.get(orderId)
  if (open === undefined) return []
  const sibling = siblingOf(account, open.order)
  const ended = sibling === null ? [open] : [open, sibling]
  return ended.map(({ order }) => expiry(order, reason, atMs, 'cancelled'))
}

function namedBy({ nameOf = contentId }: Placement): NameOf {
  return nameOf
}

function orderOf(intent: OrderIntent, placement: Placement): Order {
  const { rules, runId, atMs } = placement
  const nameOf = namedBy(placement)
  const { symbol, side, reason, decisionId, key } = intent
  const terms = intent.terms ?? asMarket
  const isTyped = reason === 'manual'
  const lots = terms.type === 'market' ? floorToLot(intent.qtyBase, rules) : floorTo(rules.stepSize, intent.qtyBase)
  return {
    // A trader's own name for an order makes the same ticket the same order, whenever it comes.
    orderId:
      key === undefined
        ? nameOf('order', runId, decisionId ?? 'none', symbol, reason, atMs)
        : nameOf('order', runId, symbol, reason, key),
    runId,
    decisionId,
    symbol,
    side,
    ...terms,
    qtyBase: amountText(isTyped ? intent.qtyBase : lots),
    reason,
    ...exitsOnTick(intent, rules),
    ...(intent.sizedBy === undefined ? {} : { sizedBy: intent.sizedBy }),
    placedAtMs: atMs,
  }
}

function refusal(account: Account, order: Order, placement: Placement, why: ExchangeRejection): JournalEvent {
  const { runId, atMs } = placement
  const { symbol, side, decisionId, reason } = order
  const refusalId = namedBy(placement)(
    'refusal',
    runId,
    decisionId ?? 'none',
    symbol,
    reason,
    atMs,
    'exchange',
    account.refusals,
  )
  const payload = { refusalId, runId, decisionId, symbol, side, by: 'exchange', ...why, atMs } as const
  return { type: 'order.refused', atMs, payload }
}

/** `alongside`: orders that come together with this one and are not open yet. */
function failure(account: Account, order: Order, placement: Placement, alongside = 0): ExchangeRejection | null {
  const { rules } = placement
  const lastPrice = markOf(account, order.symbol)
  return (
    closedTo(order, rules) ??
    missingTerms(order) ??
    failedFilter(order, rules, surroundings(account, order, lastPrice, alongside)) ??
    wrongSide(order, lastPrice) ??
    uncovered(account, order, placement)
  )
}

function surroundings(account: Account, { symbol }: Order, lastPrice: Amount, alongside: number) {
  const open = ordersOf(account, symbol)
  const held = account.holdings.get(symbol)
  const buying = open.filter(({ order }) => order.side === 'buy').reduce((sum, buy) => sum.plus(buy.leavesQty), zero)
  return {
    lastPrice,
    averagePrice: lastPrice,
    openOrders: open.length + alongside,
    openAlgoOrders: open.filter(({ order }) => isAlgo(order)).length,
    positionQty: (held === undefined ? zero : totalOf(held.qtyBase)).plus(buying),
  }
}

/** What an order of this type must say, and what it must not. */
function missingTerms(order: Order): ExchangeRejection | null {
  const { type, side, timeInForce, reduceOnly } = order
  const needsLimit = type === 'limit' || type === 'limit_maker' || type.endsWith('_limit')
  if (needsLimit && limitOf(order) === null) return mandatory('price', type)
  if (!needsLimit && limitOf(order) !== null) return unneeded('price', type)
  if (isAlgo(order) && stopOf(order) === null && !isTrailing({ order })) return mandatory('stopPrice', type)
  if (!isAlgo(order) && stopOf(order) !== null) return unneeded('stopPrice', type)
  if (!isAlgo(order) && isTrailing({ order })) return unneeded('trailingDelta', type)
  const choosesTime = type === 'limit' || type.endsWith('_limit')
  if (!choosesTime && timeInForce !== undefined && timeInForce !== 'GTC') return unneeded('timeInForce', type)
  if (reduceOnly && side === 'buy') {
    return rejected('Unsupported order combination', 'On a spot account only a sell can reduce a position.')
  }
  return null
}

function mandatory(parameter: string, type: string): ExchangeRejection {
  return {
    code: `-1102 Mandatory parameter '${parameter}' was not sent, was empty/null, or malformed.`,
    message: `An order of type ${type} needs ${parameter}.`,
  }
}

function unneeded(parameter: string, type: string): ExchangeRejection {
  return {
    code: `-1106 Parameter '${parameter}' sent when not required.`,
    message: `An order of type ${type} takes no ${parameter}.`,
  }
}

/** A stop that the last price has already reached, and a maker that would take. */
function wrongSide(order: Order, lastPrice: Amount): ExchangeRejection | null {
  const stop = stopOf(order)
  if (stop !== null) {
    const isBeyond = triggersOnRise(order) ? stop.greaterThan(lastPrice) : stop.lessThan(lastPrice)
    if (!isBeyond) {
      return rejected(
        'Order would trigger immediately.',
        `The stop price ${amountText(stop)} is already reached at ${amountText(lastPrice)}.`,
      )
    }
  }
  const limit = limitOf(order)
  if (order.type !== 'limit_maker' || limit === null) return null
  const takes = order.side === 'buy' ? limit.greaterThanOrEqualTo(lastPrice) : limit.lessThanOrEqualTo(lastPrice)
  if (!takes) return null
  return rejected(
    'Order would immediately match and take.',
    `The limit ${amountText(limit)} is already met at ${amountText(lastPrice)}.`,
  )
}

function wrongRelation(account: Account, limitLeg: Order, stopLeg: Order): ExchangeRejection | null {
  const limit = limitOf(limitLeg)
  const stop = stopOf(stopLeg)
  const last = markOf(account, limitLeg.symbol)
  const isPair = limitLeg.side === stopLeg.side && limitLeg.qtyBase === stopLeg.qtyBase && !isAlgo(limitLeg)
  if (!isPair || limit === null || !isAlgo(stopLeg) || (stop === null && !isTrailing({ order: stopLeg }))) {
    return rejected('Unsupported order combination', 'An OCO is a limit and a stop of one side and one quantity.')
  }
  const [above, below] = limitLeg.side === 'sell' ? [limit, stop] : [stop, limit]
  const isBetween = (above === null || above.greaterThan(last)) && (below === null || below.lessThan(last))
  if (isBetween) return null
  return rejected(
    'The relationship of the prices for the orders is not correct.',
    `The last price ${amountText(last)} must lie between the limit and the stop.`,
  )
}

function uncovered(account: Account, order: Order, { rules, settings }: Placement): ExchangeRejection | null {
  const qtyBase = amount(order.qtyBase)
  const { symbol, side } = order
  if (order.reduceOnly) return null
  if (side === 'sell') {
    const free = account.holdings.get(symbol)?.qtyBase.free ?? zero
    if (qtyBase.lessThanOrEqualTo(free)) return null
    return insufficientBalance(`${amountText(qtyBase)} ${rules.base}`, `${amountText(free)} ${rules.base}`)
  }
  const free = rules.quote === account.quoteAsset ? account.cash.free : zero
  const price = limitOf(order) ?? stopOf(order) ?? marketPrice('buy', markOf(account, symbol), settings, rules)
  const cost = qtyBase.times(price)
  if (cost.lessThanOrEqualTo(free)) return null
  return insufficientBalance(`${amountText(cost)} ${rules.quote}`, `${amountText(free)} ${rules.quote}`)
}
