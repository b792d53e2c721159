/**
 * The broker room: the paper exchange and the account. The account is nothing but the fold of one run's journal
 * events (account-fold.ts), so that what was committed is all there is to restore after a crash. Long-only spot: no
 * shorts, no leverage.
 */
import { type MarketSymbol, symbolParts } from '@shared/contract/candle'
import type { DecimalText } from '@shared/contract/money'
import type { Order } from '@shared/contract/order'
import { type Amount, amount, zero } from '../risk/amounts'
import { noMemory, type ProtectionMemory } from '../risk/protection-memory'
import type { RecentList } from '../risk/recent-list'
import { type Balance, totalOf } from './balance'
import type { OpenOrder } from './open-order'
import type { TradedVolume } from './traded-volume'
import type { TradingDay } from './trading-day'

/** All amounts in the quote asset unless named otherwise; immutable. */
export interface Account {
  readonly quoteAsset: string
  /** Cash and BNB at the start. */
  readonly startingEquity: Amount
  readonly cash: Balance
  /** BNB for fees alone; what is traded of BNB is a holding like any other. */
  readonly bnb: Amount
  /** What BNB is reckoned at where its own pair has no price. */
  readonly bnbPrice: Amount
  readonly holdings: ReadonlyMap<MarketSymbol, Holding>
  /** The last price known of each symbol. */
  readonly marks: ReadonlyMap<MarketSymbol, Amount>
  /** Accepted and neither filled nor ended, oldest first. */
  readonly openOrders: ReadonlyMap<string, OpenOrder>
  /** The last orders of each symbol, ended ones too: enough to know an order of the desk that comes a second time. */
  readonly lastOrders: ReadonlyMap<MarketSymbol, RecentList<string>>
  /** All orders that the trader wrote down: a ticket may be sent again at any time. */
  readonly tickets: ReadonlySet<string>
  readonly realized: Amount
  readonly feesPaid: Amount
  readonly traded: TradedVolume
  readonly day: TradingDay | null
  /** Orders refused so far, by risk or by the exchange: it tells two refusals of one moment apart. */
  readonly refusals: number
  /** What risk remembers of the run. */
  readonly memory: ProtectionMemory
}

/** What is held of one symbol's base asset. */
export interface Holding {
  readonly qtyBase: Balance
  /** What it cost, fees included: also where the fee of a buy was taken from what was bought. */
  readonly costQuote: Amount
  /**
   * When the position was opened. Null for dust: what a sell leaves behind because it is less than a lot step. It
   * keeps its cost and is sold together with the next position.
   */
  readonly openedAtMs: number | null
  readonly stopLoss: Amount | null
  readonly takeProfit: Amount | null
}

export interface AccountOpening {
  readonly startingCash: DecimalText
  readonly quoteAsset: string
  readonly startingBnb?: DecimalText
  /** Null counts what BNB there is as nothing until its own pair has a price. */
  readonly bnbPriceQuote?: DecimalText | null
}

export function openAccount({ startingCash, quoteAsset, startingBnb, bnbPriceQuote }: AccountOpening): Account {
  const cash = amount(startingCash)
  const bnb = amount(startingBnb ?? '0')
  const bnbPrice = amount(bnbPriceQuote ?? '0')
  return {
    quoteAsset,
    startingEquity: cash.plus(bnb.times(bnbPrice)),
    cash: { free: cash, locked: zero },
    bnb,
    bnbPrice,
    holdings: new Map(),
    marks: new Map(),
    openOrders: new Map(),
    lastOrders: new Map(),
    tickets: new Set(),
    realized: zero,
    feesPaid: zero,
    traded: [],
    day: null,
    refusals: 0,
    memory: noMemory,
  }
}

/** Cash, BNB and holdings at their last prices. */
export function equityOf(account: Account): Amount {
  return equityAt(account, account.marks)
}

/** The equity as it would be at these prices. */
export function equityAt(account: Account, marks: Account['marks']): Amount {
  let equity = totalOf(account.cash)
  if (!account.bnb.isZero()) equity = equity.plus(account.bnb.times(bnbPriceOf({ ...account, marks })))
  for (const [symbol, holding] of account.holdings) {
    equity = equity.plus(totalOf(holding.qtyBase).times(markOf({ marks }, symbol)))
  }
  return equity
}

/** What one BNB is worth; zero where nothing is known. */
export function bnbPriceOf(account: Pick<Account, 'marks' | 'quoteAsset' | 'bnbPrice'>): Amount {
  return account.marks.get(`BNB/${account.quoteAsset}`) ?? account.bnbPrice
}

/** Whether a fee in this asset comes from the BNB purse rather than from what was received. */
export function isFromBnb(symbol: MarketSymbol, feeAsset: string): boolean {
  const { base, quote } = symbolParts(symbol)
  return feeAsset === 'BNB' && base !== 'BNB' && quote !== 'BNB'
}

/** The last price known of a symbol; asking before any is known is a bug. */
export function markOf(account: Pick<Account, 'marks'>, symbol: MarketSymbol): Amount {
  const mark = account.marks.get(symbol)
  if (mark === undefined) throw new Error(`No price of ${symbol} is known to the account`)
  return mark
}

const noOrders: readonly OpenOrder[] = []

export function ordersOf(account: Account, symbol: MarketSymbol): readonly OpenOrder[] {
  if (account.openOrders.size === 0) return noOrders
  const orders: OpenOrder[] = []
  for (const open of account.openOrders.values()) if (open.order.symbol === symbol) orders.push(open)
  if (orders.length === 1) return orders
  // A part fill puts its order back at the end of the map; the exchange keeps its place.
  return orders.sort((left, right) => left.order.placedAtMs - right.order.placedAtMs)
}

/** Whether the account has seen this order: open, among the last of its symbol, or ever written down by the trader. */
export function isKnownOrder(
  { openOrders, lastOrders, tickets }: Account,
  symbol: MarketSymbol,
  orderId: string,
): boolean {
  return openOrders.has(orderId) || tickets.has(orderId) || (lastOrders.get(symbol)?.includes(orderId) ?? false)
}

/** The other order of an OCO, while it is open. */
export function siblingOf(account: Account, { orderId, listId }: Order): OpenOrder | null {
  if (listId === null || listId === undefined) return null
  for (const open of account.openOrders.values()) {
    if (open.order.listId === listId && open.order.orderId !== orderId) return open
  }
  return null
}

/** The open position of a symbol; dust is none. */
export function positionOf(account: Account, symbol: MarketSymbol): Holding | null {
  const holding = account.holdings.get(symbol)
  return holding === undefined || holding.openedAtMs === null ? null : holding
}
