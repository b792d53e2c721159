import type { MarketSymbol } from '@shared/contract/candle'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import { type Amount, amount, assetPrecision, basisPoints, floorTo, ruleAmount, smallerOf, zero } from './amounts'
import type { RiskView } from './risk-view'

/** Value that may still be bought of one symbol before its position reaches the limit; never below zero. */
export function roomBelowLimit(account: RiskView, symbol: MarketSymbol, maxPositionPct: number): Amount {
  const held = account.positions.get(symbol)?.valueQuote ?? zero
  const room = account.equity.times(amount(maxPositionPct)).minus(held)
  return room.isNegative() ? zero : room
}

/** What a value buys at this price, down to the exchange's own precision, which no lot step is finer than. */
export function qtyFor(value: Amount, price: Amount): Amount {
  return value.quotient(price, assetPrecision, 'floor')
}

/** Rounds down to LOT_SIZE and MARKET_LOT_SIZE; a step of zero is switched off. */
export function floorToLot(qtyBase: Amount, rules: SymbolRules): Amount {
  const lots = floorTo(rules.stepSize, qtyBase)
  return ruleAmount(rules.marketStepSize).isZero() ? lots : floorTo(rules.marketStepSize, lots)
}

/** What of a quantity could be sold in one market order; zero where it is below the exchange's smallest lot. */
export function sellableQty(qtyBase: Amount, rules: SymbolRules): Amount {
  const lots = floorToLot(smallerOf(qtyBase, largestMarketLot(rules)), rules)
  const tooSmall = lots.lessThan(ruleAmount(rules.minQty)) || lots.lessThan(ruleAmount(rules.marketMinQty))
  return tooSmall ? zero : lots
}

/**
 * Whether a bought quantity could be sold again at this price: after the fee, which is taken from what was bought, at
 * least the smallest lot and the smallest notional must be left. A position below that could never be closed.
 */
export function canBeSoldAgain(qtyBase: Amount, price: Amount, takerFeeBps: number, rules: SymbolRules): boolean {
  return isSellable(qtyBase.times(amount(1).minus(basisPoints(takerFeeBps))), price, rules)
}

/** Whether the exchange would take a market order that sells this, or the largest lot of it, at this price. */
export function isSellable(qtyBase: Amount, price: Amount, rules: SymbolRules): boolean {
  const sellable = sellableQty(qtyBase, rules)
  if (sellable.isZero()) return false
  return !rules.applyMinToMarket || sellable.times(price).greaterThanOrEqualTo(ruleAmount(rules.minNotional))
}

/** Stands for a bound that is switched off. */
const beyondAnyLot = amount(1e30)

/** The smaller of LOT_SIZE's and MARKET_LOT_SIZE's upper bounds; a bound of zero is switched off. */
export function largestMarketLot(rules: SymbolRules): Amount {
  const bounds = [ruleAmount(rules.maxQty), ruleAmount(rules.marketMaxQty)].filter((bound) => !bound.isZero())
  return bounds.length === 0 ? beyondAnyLot : bounds.reduce(smallerOf)
}
