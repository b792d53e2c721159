import { type MarketSymbol, type Timeframe, timeframeMs } from '@shared/contract/candle'
import type { AccountView } from '@shared/contract/context'
import type { AccountSummary, Position } from '@shared/contract/order'
import { type Amount, amount, amountText } from '../risk/amounts'
import type { HeldPosition, RiskView } from '../risk/risk-view'
import { type Account, equityOf, type Holding, markOf, positionOf } from './account'
import { totalOf } from './balance'

/** Digits kept of shares that a model is told; they are figures to reason with, not money. */
const shareDigits = 6

/** Significant digits kept of an average price, which is a quotient. */
const averageDigits = 16

export interface AccountViewRequest {
  readonly symbol: MarketSymbol
  /** The close that is decided on, in the quote asset. */
  readonly price: number
  readonly atMs: number
  readonly timeframe: Timeframe
}

/** What the context tells a model about the account, as fractions. */
export function accountView(account: Account, { symbol, price, atMs, timeframe }: AccountViewRequest): AccountView {
  const position = positionOf(account, symbol)
  if (position === null || position.openedAtMs === null) {
    return { hasPosition: false, positionPct: 0, unrealizedPct: null, positionAgeCandles: null }
  }
  const marked: Account = { ...account, marks: new Map(account.marks).set(symbol, amount(price)) }
  const value = marketValue(marked, symbol, position)
  return {
    hasPosition: true,
    positionPct: share(value, equityOf(marked)),
    unrealizedPct: share(value.minus(position.costQuote), position.costQuote),
    positionAgeCandles: Math.max(0, Math.floor((atMs - position.openedAtMs) / timeframeMs[timeframe])),
  }
}

/**
 * The account for the screen and the API. `equity` is `equityStart` plus `realized` plus `unrealized`, to the last
 * digit; dust counts in the sums and is no position.
 */
export function summarizeAccount(account: Account): AccountSummary {
  const equity = equityOf(account)
  const positions: Position[] = []
  for (const symbol of [...account.holdings.keys()].sort()) {
    const position = positionOf(account, symbol)
    if (position !== null) positions.push(positionSummary(account, symbol, position))
  }
  return {
    quoteAsset: account.quoteAsset,
    equityStart: amountText(account.startingEquity),
    equity: amountText(equity),
    cash: amountText(totalOf(account.cash)),
    realized: amountText(account.realized),
    unrealized: amountText(equity.minus(account.startingEquity).minus(account.realized)),
    feesPaid: amountText(account.feesPaid),
    positions,
    openOrders: [...account.openOrders.values()].map(({ order }) => order),
  }
}

/** What risk is shown of the account. */
export function riskView(account: Account): RiskView {
  const positions = new Map<MarketSymbol, HeldPosition>()
  for (const symbol of account.holdings.keys()) {
    const position = positionOf(account, symbol)
    if (position === null) continue
    positions.set(symbol, { qtyBase: totalOf(position.qtyBase), valueQuote: marketValue(account, symbol, position) })
  }
  return {
    quoteAsset: account.quoteAsset,
    equity: equityOf(account),
    freeCash: account.cash.free,
    reservedCash: account.cash.locked,
    positions,
    memory: account.memory,
    // Neither the trader's own orders nor a take-profit that fills in parts keep the desk from deciding or selling.
    pendingOrders: [...account.openOrders.values()]
      .map(({ order }) => order)
      .filter(({ reason }) => reason !== 'manual' && reason !== 'take_profit'),
    day: account.day === null ? null : { first: account.day.firstEquity, lowest: account.day.lowestEquity },
  }
}

function positionSummary(account: Account, symbol: MarketSymbol, position: Holding): Position {
  const qty = totalOf(position.qtyBase)
  const value = marketValue(account, symbol, position)
  return {
    symbol,
    qtyBase: amountText(qty),
    costQuote: amountText(position.costQuote),
    averagePriceQuote: amountText(position.costQuote.div(qty).toSignificantDigits(averageDigits)),
    lastPriceQuote: amountText(markOf(account, symbol)),
    valueQuote: amountText(value),
    unrealizedQuote: amountText(value.minus(position.costQuote)),
    stopLoss: position.stopLoss === null ? null : amountText(position.stopLoss),
    takeProfit: position.takeProfit === null ? null : amountText(position.takeProfit),
    openedAtMs: position.openedAtMs ?? 0,
  }
}

function marketValue(account: Account, symbol: MarketSymbol, holding: Holding): Amount {
  return totalOf(holding.qtyBase).times(markOf(account, symbol))
}

function share(part: Amount, whole: Amount): number {
  return whole.isZero() ? 0 : part.div(whole).toDecimalPlaces(shareDigits).toNumber()
}
