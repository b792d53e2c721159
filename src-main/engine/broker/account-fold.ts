/**
 * The account as the fold of its run's events. What the fold refuses (an order or a fill applied twice, a balance below
 * zero) is a bug and throws: an account that does not add up must not trade on.
 */
import type { MarketSymbol } from '@shared/contract/candle'
import type { JournalEvent } from '@shared/contract/journal'
import type { DecimalText } from '@shared/contract/money'
import type { Fill, Order } from '@shared/contract/order'
import { type Amount, amount, smallerOf, zero } from '../risk/amounts'
import { rememberEquity, rememberEvent } from '../risk/protection-memory'
import { RecentList } from '../risk/recent-list'
import { type Account, equityAt, type Holding, isFromBnb, isKnownOrder, markOf, siblingOf } from './account'
import { lock, spend, totalOf } from './balance'
import { beyondSibling, limitOf, newlyOpen, nothingLocked, type OpenOrder, stopOf } from './open-order'
import { volumeAfter } from './traded-volume'
import { tradingDayAfter } from './trading-day'

type OrderExpiry = Extract<JournalEvent, { type: 'order.expired' }>['payload']

/** The account after one event; events that do not concern it leave it as it is. */
export function applyEvent(before: Account, event: JournalEvent): Account {
  const memory = rememberEvent(before.memory, event)
  const account = memory === before.memory ? before : { ...before, memory }
  switch (event.type) {
    case 'decision.made': {
      const { symbol, context } = event.payload
      return markAccount(account, [[symbol, amount(context.price)]], event.atMs)
    }
    case 'order.accepted':
      return acceptOrder(account, event.payload)
    case 'order.triggered':
      return withOpenOrder(account, { ...openOrder(account, event.payload.orderId), triggered: true })
    case 'order.trailed': {
      const { orderId, bestPriceQuote } = event.payload
      return withOpenOrder(account, { ...openOrder(account, orderId), best: amount(bestPriceQuote) })
    }
    case 'order.filled':
      return applyFill(account, event.payload)
    case 'order.expired':
      return expireOrder(account, event.payload)
    case 'order.refused':
      return asDust({ ...account, refusals: account.refusals + 1 }, event.payload)
    default:
      return account
  }
}

/**
 * The account at the closes of a moment. Of all moments between two other events it keeps nothing but the first of the
 * UTC day, the lowest, the highest and the last equity: a backtest marks those alone.
 */
export function markAccount(
  account: Account,
  closes: Iterable<readonly [symbol: MarketSymbol, close: Amount]>,
  atMs: number,
): Account {
  const marks = copied(account.marks)
  for (const [symbol, close] of closes) marks.set(symbol, close)
  const equity = equityAt(account, marks)
  return {
    ...account,
    marks,
    day: tradingDayAfter(account.day, atMs, equity),
    memory: rememberEquity(account.memory, equity),
  }
}

export function applyEvents(account: Account, events: Iterable<JournalEvent>): Account {
  let folded = account
  for (const event of events) folded = applyEvent(folded, event)
  return folded
}

/** Orders of a symbol that are remembered when they have ended. */
const rememberedOrders = 32

function acceptOrder(account: Account, order: Order): Account {
  const { orderId, symbol } = order
  if (isKnownOrder(account, symbol, orderId)) throw new Error(`Order ${orderId} is accepted a second time`)
  const last = (account.lastOrders.get(symbol) ?? RecentList.atMost<string>(rememberedOrders)).with(orderId)
  const tickets = order.reason === 'manual' ? new Set(account.tickets).add(orderId) : account.tickets
  const noted = { ...account, tickets, lastOrders: withEntry(account.lastOrders, symbol, last) }
  return reserve(noted, newlyOpen(order, zero, zero))
}

/**
 * Reserves what is left of an order and puts it on the books. A reduce-only order reserves nothing, and the second of
 * an OCO only what the first has not: at most one of them ever fills.
 */
function reserve(account: Account, open: OpenOrder): Account {
  const { order, leavesQty } = open
  if (order.reduceOnly) return withOpenOrder(account, { ...open, ...nothingLocked })
  const sibling = siblingOf(account, order)
  if (order.side === 'buy') {
    const needed = leavesQty.times(limitOf(order) ?? stopOf(order) ?? markOf(account, order.symbol))
    const beyond = beyondSibling(needed, sibling?.lockedCash ?? zero)
    // What is left of a market order that filled above the last price is dropped or bought for what there is.
    const isNew = open.fills === 0 && !account.openOrders.has(order.orderId)
    const lockedCash = isNew ? beyond : smallerOf(beyond, account.cash.free)
    const cash = lock(account.cash, lockedCash, order.orderId)
    return withOpenOrder({ ...account, cash }, { ...open, lockedCash, lockedBase: zero })
  }
  const lockedBase = beyondSibling(leavesQty, sibling?.lockedBase ?? zero)
  const holding = holdingFor(account, order)
  const qtyBase = lock(holding.qtyBase, lockedBase, order.orderId)
  const holdings = withEntry(account.holdings, order.symbol, { ...holding, qtyBase })
  return withOpenOrder({ ...account, holdings }, { ...open, lockedCash: zero, lockedBase })
}

/** Gives back what the order reserved; it is open no more. What it had reserved for both of an OCO, the other now does. */
function endOrder(account: Account, orderId: string): Account {
  const open = openOrder(account, orderId)
  const ended = { ...release(account, open), openOrders: withoutEntry(account.openOrders, orderId) }
  const sibling = siblingOf(ended, open.order)
  return sibling === null ? ended : reserve(release(ended, sibling), sibling)
}

/** An order that ends in part may leave too little to be sold: it keeps its cost, and is sold with what is bought next. */
function expireOrder(account: Account, { orderId, symbol, leavesDust }: OrderExpiry): Account {
  return asDust(endOrder(account, orderId), { symbol, leavesDust })
}

function asDust(account: Account, { symbol, leavesDust }: Pick<OrderExpiry, 'symbol' | 'leavesDust'>): Account {
  const held = account.holdings.get(symbol)
  if (leavesDust !== true || held === undefined) return account
  return { ...account, holdings: withEntry(account.holdings, symbol, { ...held, ...dust }) }
}

function release(account: Account, { order, lockedCash, lockedBase }: OpenOrder): Account {
  const { orderId, symbol } = order
  if (!lockedCash.isZero()) return { ...account, cash: lock(account.cash, lockedCash.negated(), orderId) }
  if (lockedBase.isZero()) return account
  const holding = holdingFor(account, order)
  const qtyBase = lock(holding.qtyBase, lockedBase.negated(), orderId)
  return { ...account, holdings: withEntry(account.holdings, symbol, { ...holding, qtyBase }) }
}

/** A fill that leaves nothing ends its order; otherwise what is left is reserved anew. */
function applyFill(account: Account, fill: Fill): Account {
  const open = openOrder(account, fill.orderId)
  const { order } = open
  const leavesQty = amount(fill.leavesQtyBase ?? '0')
  if (amount(fill.qtyBase).plus(leavesQty).greaterThan(open.leavesQty)) {
    throw new Error(`Fill ${fill.fillId} exceeds its order`)
  }
  const released = endOrder(account, fill.orderId)
  const filled = fill.side === 'buy' ? applyBuy(released, fill, order) : applySell(released, fill, order)
  const after: Account = {
    ...filled,
    bnb: isFromBnb(fill.symbol, fill.feeAsset) ? filled.bnb.minus(amount(fill.fee)) : filled.bnb,
    marks: withEntry(filled.marks, fill.symbol, amount(fill.referencePriceQuote)),
    feesPaid: filled.feesPaid.plus(amount(fill.feeQuote)),
    traded: volumeAfter(filled.traded, fill.filledAtMs, amount(fill.notionalQuote)),
  }
  if (after.bnb.isNegative()) throw new Error(`Fill ${fill.fillId} takes more BNB than there is`)
  return leavesQty.isZero() ? after : reserve(after, { ...open, leavesQty, fills: open.fills + 1 })
}

function applyBuy(account: Account, fill: Fill, order: Order): Account {
  const notional = amount(fill.notionalQuote)
  const fromBnb = isFromBnb(fill.symbol, fill.feeAsset)
  const received = amount(fill.qtyBase).minus(fromBnb ? zero : amount(fill.fee))
  const cost = fromBnb ? notional.plus(amount(fill.feeQuote)) : notional
  const held = account.holdings.get(fill.symbol)
  const holding: Holding = {
    qtyBase: { free: (held?.qtyBase.free ?? zero).plus(received), locked: held?.qtyBase.locked ?? zero },
    costQuote: (held?.costQuote ?? zero).plus(cost),
    openedAtMs: held?.openedAtMs ?? fill.filledAtMs,
    stopLoss: held?.stopLoss ?? nullableAmount(order.stopLoss),
    takeProfit: held?.takeProfit ?? nullableAmount(order.takeProfit),
  }
  const cash = spend(account.cash, notional, `cash by fill ${fill.fillId}`)
  return { ...account, cash, holdings: withEntry(account.holdings, fill.symbol, holding) }
}

/** Is no position: it has neither an age nor exits. */
const dust = { openedAtMs: null, stopLoss: null, takeProfit: null }

/** What a closing sell leaves behind is less than a lot step and becomes dust. */
function applySell(account: Account, fill: Fill, order: Order): Account {
  const held = holdingFor(account, order)
  const fee = isFromBnb(fill.symbol, fill.feeAsset) ? zero : amount(fill.fee)
  const received = amount(fill.notionalQuote).minus(fee)
  const realized = amount(fill.realizedQuote)
  const qtyBase = spend(held.qtyBase, amount(fill.qtyBase), `${fill.symbol} by fill ${fill.fillId}`)
  const netOfFee = amount(fill.notionalQuote).minus(amount(fill.feeQuote))
  const costQuote = held.costQuote.minus(netOfFee.minus(realized))
  const rest: Holding = { ...held, qtyBase, costQuote, ...(fill.leavesPosition ? {} : dust) }
  return {
    ...account,
    cash: { ...account.cash, free: account.cash.free.plus(received) },
    realized: account.realized.plus(realized),
    holdings: totalOf(qtyBase).isZero()
      ? withoutEntry(account.holdings, fill.symbol)
      : withEntry(account.holdings, fill.symbol, rest),
  }
}

function openOrder(account: Account, orderId: string): OpenOrder {
  return known(account.openOrders.get(orderId), `Order ${orderId} is not open`)
}

function withOpenOrder(account: Account, open: OpenOrder): Account {
  return { ...account, openOrders: withEntry(account.openOrders, open.order.orderId, open) }
}

function holdingFor(account: Account, { symbol, orderId }: Order): Holding {
  return known(account.holdings.get(symbol), `Order ${orderId} sells ${symbol}, but none is held`)
}

function nullableAmount(text: DecimalText | null): Amount | null {
  return text === null ? null : amount(text)
}

function withEntry<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key, value: Value): ReadonlyMap<Key, Value> {
  const copy = copied(map)
  copy.set(key, value)
  return copy
}

function withoutEntry<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): ReadonlyMap<Key, Value> {
  const rest = copied(map)
  rest.delete(key)
  return rest
}

/** Entry by entry: for the few that an account has, that takes half as long as the constructor. */
function copied<Key, Value>(map: ReadonlyMap<Key, Value>): Map<Key, Value> {
  const copy = new Map<Key, Value>()
  map.forEach((value, key) => {
    copy.set(key, value)
  })
  return copy
}

function known<Value>(value: Value | undefined, otherwise: string): Value {
  if (value === undefined) throw new Error(otherwise)
  return value
}
