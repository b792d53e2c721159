/**
 * The broker room: the paper exchange and the account. The account is nothing but the fold of one run's journal
 * events, so that what was committed is all there is to restore after a crash. Long-only spot: no shorts, no leverage.
 *
 * What the fold refuses (an order or a fill applied twice, a balance below zero) is a bug and throws: an account that
 * does not add up must not trade on.
 */
import type { MarketSymbol } from '@shared/contract/candle'
import type { JournalEvent } from '@shared/contract/journal'
import type { DecimalText } from '@shared/contract/money'
import type { Fill, Order } from '@shared/contract/order'
import { type Amount, amount, zero } from '../risk/amounts'
import { noMemory, type ProtectionMemory, rememberEquity, rememberEvent } from '../risk/protection-memory'
import { type TradingDay, tradingDayAfter } from './trading-day'

/** All amounts in the quote asset unless named otherwise; immutable. */
export interface Account {
  readonly quoteAsset: string
  readonly startingCash: Amount
  readonly cash: Balance
  readonly holdings: ReadonlyMap<MarketSymbol, Holding>
  /** The last price known of each symbol. */
  readonly marks: ReadonlyMap<MarketSymbol, Amount>
  /** Accepted and not yet filled or expired, oldest first. */
  readonly openOrders: ReadonlyMap<string, OpenOrder>
  readonly newestOrders: ReadonlyMap<MarketSymbol, NewestOrders>
  readonly realized: Amount
  readonly feesPaid: Amount
  readonly day: TradingDay | null
  /** Orders refused so far, by risk or by the exchange: it tells two refusals of one moment apart. */
  readonly refusals: number
  /** What risk remembers of the run. */
  readonly memory: ProtectionMemory
}

export interface Balance {
  readonly free: Amount
  /** Reserved by pending orders. */
  readonly locked: Amount
}

/** What is held of one symbol's base asset. */
export interface Holding {
  readonly qtyBase: Balance
  /** What it cost, fees included: the fee of a buy is taken from what was bought. */
  readonly costQuote: Amount
  /**
   * When the position was opened. Null for dust: what a sell leaves behind because it is less than a lot step. It
   * keeps its cost and is sold together with the next position.
   */
  readonly openedAtMs: number | null
  readonly stopLoss: Amount | null
  readonly takeProfit: Amount | null
}

export interface OpenOrder {
  readonly order: Order
  /** Cash reserved by a buy: its quantity at the last price. Zero for a sell, which reserves the base asset. */
  readonly lockedCash: Amount
}

/** The orders of a symbol that carry its latest event time: enough to know an order that comes a second time. */
interface NewestOrders {
  readonly atMs: number
  readonly orderIds: readonly string[]
}

export interface AccountOpening {
  readonly startingCash: DecimalText
  readonly quoteAsset: string
}

export function openAccount({ startingCash, quoteAsset }: AccountOpening): Account {
  const cash = amount(startingCash)
  return {
    quoteAsset,
    startingCash: cash,
    cash: { free: cash, locked: zero },
    holdings: new Map(),
    marks: new Map(),
    openOrders: new Map(),
    newestOrders: new Map(),
    realized: zero,
    feesPaid: zero,
    day: null,
    refusals: 0,
    memory: noMemory,
  }
}

/** The account after one event; events that do not concern it leave it as it is. */
export function applyEvent(before: Account, event: JournalEvent): Account {
  const memory = rememberEvent(before.memory, event)
  const account = memory === before.memory ? before : { ...before, memory }
  switch (event.type) {
    case 'decision.made': {
      const { symbol, context } = event.payload
      const marked = { ...account, marks: withEntry(account.marks, symbol, amount(context.price)) }
      const equity = equityOf(marked)
      return {
        ...marked,
        day: tradingDayAfter(account.day, event.atMs, equity),
        memory: rememberEquity(memory, equity),
      }
    }
    case 'order.accepted':
      return acceptOrder(account, event.payload, event.atMs)
    case 'order.filled':
      return applyFill(account, event.payload)
    case 'order.expired':
      return releaseOrder(account, event.payload.orderId)
    case 'order.refused':
      return { ...account, refusals: account.refusals + 1 }
    default:
      return account
  }
}

export function applyEvents(account: Account, events: Iterable<JournalEvent>): Account {
  let folded = account
  for (const event of events) folded = applyEvent(folded, event)
  return folded
}

/** Cash and holdings at their last prices. */
export function equityOf(account: Account): Amount {
  let equity = totalOf(account.cash)
  for (const [symbol, holding] of account.holdings) {
    equity = equity.plus(totalOf(holding.qtyBase).times(markOf(account, symbol)))
  }
  return equity
}

export function totalOf(balance: Balance): Amount {
  return balance.free.plus(balance.locked)
}

/** The last price known of a symbol; asking before any is known is a bug. */
export function markOf(account: Account, symbol: MarketSymbol): Amount {
  return known(account.marks.get(symbol), `No price of ${symbol} is known to the account`)
}

export function ordersOf(account: Account, symbol: MarketSymbol): readonly OpenOrder[] {
  return [...account.openOrders.values()].filter(({ order }) => order.symbol === symbol)
}

/** The open position of a symbol; dust is none. */
export function positionOf(account: Account, symbol: MarketSymbol): Holding | null {
  const holding = account.holdings.get(symbol)
  return holding === undefined || holding.openedAtMs === null ? null : holding
}

function acceptOrder(account: Account, order: Order, atMs: number): Account {
  const { orderId, symbol } = order
  const newest = account.newestOrders.get(symbol) ?? { atMs: 0, orderIds: [] }
  const repeated = atMs < newest.atMs || (atMs === newest.atMs && newest.orderIds.includes(orderId))
  if (repeated || account.openOrders.has(orderId)) throw new Error(`Order ${orderId} is accepted a second time`)
  const orderIds = atMs === newest.atMs ? [...newest.orderIds, orderId] : [orderId]
  const newestOrders = withEntry(account.newestOrders, symbol, { atMs, orderIds })
  const qty = amount(order.qtyBase)
  if (order.side === 'buy') {
    const lockedCash = qty.times(markOf(account, symbol))
    const openOrders = withEntry(account.openOrders, orderId, { order, lockedCash })
    return { ...account, newestOrders, openOrders, cash: lock(account.cash, lockedCash, orderId) }
  }
  const holding = holdingFor(account, order)
  return {
    ...account,
    newestOrders,
    openOrders: withEntry(account.openOrders, orderId, { order, lockedCash: zero }),
    holdings: withEntry(account.holdings, symbol, { ...holding, qtyBase: lock(holding.qtyBase, qty, orderId) }),
  }
}

/** Gives back what the order reserved; the order is open no more. */
function releaseOrder(account: Account, orderId: string): Account {
  const { order, lockedCash } = known(account.openOrders.get(orderId), `Order ${orderId} is not open`)
  const openOrders = withoutEntry(account.openOrders, orderId)
  if (order.side === 'buy') return { ...account, openOrders, cash: lock(account.cash, lockedCash.negated(), orderId) }
  const holding = holdingFor(account, order)
  const qtyBase = lock(holding.qtyBase, amount(order.qtyBase).negated(), orderId)
  return { ...account, openOrders, holdings: withEntry(account.holdings, order.symbol, { ...holding, qtyBase }) }
}

/** A fill ends its order: what a cut fill leaves of the quantity is dropped. */
function applyFill(account: Account, fill: Fill): Account {
  const { order } = known(account.openOrders.get(fill.orderId), `Order ${fill.orderId} is filled, but it is not open`)
  if (amount(fill.qtyBase).greaterThan(amount(order.qtyBase))) throw new Error(`Fill ${fill.fillId} exceeds its order`)
  const released = releaseOrder(account, fill.orderId)
  const filled = fill.side === 'buy' ? applyBuy(released, fill, order) : applySell(released, fill, order)
  return {
    ...filled,
    marks: withEntry(filled.marks, fill.symbol, amount(fill.referencePriceQuote)),
    feesPaid: filled.feesPaid.plus(amount(fill.feeQuote)),
  }
}

function applyBuy(account: Account, fill: Fill, order: Order): Account {
  const notional = amount(fill.notionalQuote)
  const received = amount(fill.qtyBase).minus(amount(fill.fee))
  const held = account.holdings.get(fill.symbol)
  const holding: Holding = {
    qtyBase: { free: (held?.qtyBase.free ?? zero).plus(received), locked: held?.qtyBase.locked ?? zero },
    costQuote: (held?.costQuote ?? zero).plus(notional),
    openedAtMs: held?.openedAtMs ?? fill.filledAtMs,
    stopLoss: held?.stopLoss ?? nullableAmount(order.stopLoss),
    takeProfit: held?.takeProfit ?? nullableAmount(order.takeProfit),
  }
  const cash = spend(account.cash, notional, `cash by fill ${fill.fillId}`)
  return { ...account, cash, holdings: withEntry(account.holdings, fill.symbol, holding) }
}

/** The desk's sells close the whole position; what stays behind is less than a lot step and becomes dust. */
function applySell(account: Account, fill: Fill, order: Order): Account {
  const held = holdingFor(account, order)
  const received = amount(fill.notionalQuote).minus(amount(fill.fee))
  const realized = amount(fill.realizedQuote)
  const qtyBase = spend(held.qtyBase, amount(fill.qtyBase), `${fill.symbol} by fill ${fill.fillId}`)
  const costQuote = held.costQuote.minus(received.minus(realized))
  const rest: Holding = { qtyBase, costQuote, openedAtMs: null, stopLoss: null, takeProfit: null }
  return {
    ...account,
    cash: { ...account.cash, free: account.cash.free.plus(received) },
    realized: account.realized.plus(realized),
    holdings: totalOf(qtyBase).isZero()
      ? withoutEntry(account.holdings, fill.symbol)
      : withEntry(account.holdings, fill.symbol, rest),
  }
}

function lock(balance: Balance, quantity: Amount, orderId: string): Balance {
  const moved = { free: balance.free.minus(quantity), locked: balance.locked.plus(quantity) }
  if (moved.free.isNegative() || moved.locked.isNegative())
    throw new Error(`Order ${orderId} is not covered by the balance`)
  return moved
}

function spend(balance: Balance, quantity: Amount, what: string): Balance {
  const free = balance.free.minus(quantity)
  if (free.isNegative()) throw new Error(`More is spent than there is: ${what}`)
  return { ...balance, free }
}

function holdingFor(account: Account, { symbol, orderId }: Order): Holding {
  return known(account.holdings.get(symbol), `Order ${orderId} sells ${symbol}, but none is held`)
}

function nullableAmount(text: DecimalText | null): Amount | null {
  return text === null ? null : amount(text)
}

function withEntry<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key, value: Value): ReadonlyMap<Key, Value> {
  return new Map(map).set(key, value)
}

function withoutEntry<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): ReadonlyMap<Key, Value> {
  const rest = new Map(map)
  rest.delete(key)
  return rest
}

function known<Value>(value: Value | undefined, otherwise: string): Value {
  if (value === undefined) throw new Error(otherwise)
  return value
}
