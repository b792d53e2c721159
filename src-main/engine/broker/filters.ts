import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { DecimalText } from '@shared/contract/money'
import { type Amount, amount, amountText, shortText, zero } from '../risk/amounts'

/** Binance's code and message, and a sentence that says what to change. */
export interface ExchangeRejection {
  readonly code: string
  readonly message: string
}

export interface FilteredOrder {
  readonly qtyBase: Amount
  /** The last price: what NOTIONAL is measured at (Binance takes an average over minutes, or the last price). */
  readonly price: Amount
  readonly stopLoss: DecimalText | null
  readonly takeProfit: DecimalText | null
}

/**
 * The first of the symbol's filters that a market order fails, or null. Codes and texts are those of Binance spot
 * (https://developers.binance.com/docs/binance-spot-api-docs/filters and .../errors); a bound of zero is switched off.
 * PRICE_FILTER concerns the stop and take-profit that rest beside the order: a market order itself has no price.
 */
export function failedFilter(order: FilteredOrder, rules: SymbolRules): ExchangeRejection | null {
  return priceFilter(order, rules) ?? lotSize(order, rules) ?? marketLotSize(order, rules) ?? notional(order, rules)
}

/** Binance's answer to an order that the account cannot pay for. */
export function insufficientBalance(needed: string, available: string): ExchangeRejection {
  return {
    code: '-2010 Account has insufficient balance for requested action.',
    message: `The order needs ${needed}, and ${available} is free.`,
  }
}

function priceFilter({ stopLoss, takeProfit }: FilteredOrder, rules: SymbolRules): ExchangeRejection | null {
  for (const text of [stopLoss, takeProfit]) {
    if (text !== null && isOutside(amount(text), rules.minPrice, rules.maxPrice)) {
      return filterFailure('PRICE_FILTER', `Price ${text} is not within ${bounds(rules.minPrice, rules.maxPrice)}.`)
    }
  }
  return null
}

function lotSize({ qtyBase }: FilteredOrder, rules: SymbolRules): ExchangeRejection | null {
  const { stepSize, minQty, maxQty } = rules
  if (!qtyBase.isZero() && isOnStep(qtyBase, stepSize) && !isOutside(qtyBase, minQty, maxQty)) return null
  return filterFailure(
    'LOT_SIZE',
    `Quantity ${amountText(qtyBase)} must be within ${bounds(minQty, maxQty)}, in steps of ${shortText(stepSize)}.`,
  )
}

function marketLotSize({ qtyBase }: FilteredOrder, rules: SymbolRules): ExchangeRejection | null {
  const { marketStepSize, marketMinQty, marketMaxQty } = rules
  if (isOnStep(qtyBase, marketStepSize) && !isOutside(qtyBase, marketMinQty, marketMaxQty)) return null
  return filterFailure(
    'MARKET_LOT_SIZE',
    `Quantity ${amountText(qtyBase)} of a market order must be within ${bounds(marketMinQty, marketMaxQty)}.`,
  )
}

function notional({ qtyBase, price }: FilteredOrder, rules: SymbolRules): ExchangeRejection | null {
  const value = qtyBase.times(price)
  const smallest = rules.applyMinToMarket ? rules.minNotional : '0'
  const largest = rules.applyMaxToMarket ? rules.maxNotional : '0'
  if (!isOutside(value, smallest, largest)) return null
  return filterFailure(
    'NOTIONAL',
    `A value of ${amountText(value)} ${rules.quote} is not within ${bounds(smallest, largest)}.`,
  )
}

function filterFailure(filter: string, message: string): ExchangeRejection {
  return { code: `-1013 Filter failure: ${filter}`, message }
}

function isOutside(value: Amount, lower: DecimalText, upper: DecimalText): boolean {
  const largest = amount(upper)
  return value.lessThan(amount(lower)) || (!largest.isZero() && value.greaterThan(largest))
}

function isOnStep(value: Amount, step: DecimalText): boolean {
  return amount(step).isZero() || value.mod(amount(step)).equals(zero)
}

function bounds(lower: DecimalText, upper: DecimalText): string {
  const least = shortText(lower)
  return amount(upper).isZero() ? `${least} and above` : `${least} to ${shortText(upper)}`
}
