import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { DecimalText } from '@shared/contract/money'
import type { Order, OrderType } from '@shared/contract/order'
import { type Amount, amount, amountText, ruleAmount, shortText, zero } from '../risk/amounts'
import { isAlgo, limitOf, stopOf, triggersOnRise } from './open-order'

/** Binance's code and message, and a sentence that says what to change. */
export interface ExchangeRejection {
  readonly code: string
  readonly message: string
}

export type FilteredOrder = Pick<
  Order,
  | 'side'
  | 'type'
  | 'qtyBase'
  | 'priceQuote'
  | 'stopPriceQuote'
  | 'trailingDeltaBps'
  | 'icebergQtyBase'
  | 'stopLoss'
  | 'takeProfit'
>

/** What the filters look at beside the order itself. */
export interface FilterSurroundings {
  /** The last price. */
  readonly lastPrice: Amount
  /**
   * The average price over the filter's minutes. Where trades are not known minute by minute, the last price stands
   * for it.
   */
  readonly averagePrice: Amount
  readonly openOrders: number
  readonly openAlgoOrders: number
  /** Free and locked base asset, and what open buys may still add. */
  readonly positionQty: Amount
}

/**
 * The first of the symbol's filters that an order fails, or null. Rules, codes and texts are those of Binance spot
 * (https://developers.binance.com/docs/binance-spot-api-docs/filters and .../errors); a bound of zero is switched off.
 * PRICE_FILTER also looks at the exits that will rest beside the position.
 */
export function failedFilter(
  order: FilteredOrder,
  rules: SymbolRules,
  around: FilterSurroundings,
): ExchangeRejection | null {
  const qty = amount(order.qtyBase)
  return (
    priceFilter(order, rules) ??
    percentPrice(order, rules, around) ??
    percentPriceBySide(order, rules, around) ??
    lotSize(order, qty, rules) ??
    marketLotSize(order, qty, rules) ??
    notional(order, qty, rules, around) ??
    icebergParts(order, rules) ??
    orderCounts(order, rules, around) ??
    maxPosition(order, qty, rules, around) ??
    trailingDelta(order, rules)
  )
}

/** Binance's answer to an order that the account cannot pay for. */
export function insufficientBalance(needed: string, available: string): ExchangeRejection {
  return rejected(
    'Account has insufficient balance for requested action.',
    `The order needs ${needed}, and ${available} is free.`,
  )
}

/** A refusal by the matching engine: -2010 with Binance's own words. */
export function rejected(reason: string, message: string): ExchangeRejection {
  return { code: `-2010 ${reason}`, message }
}

const binanceName = {
  market: 'Market',
  limit: 'Limit',
  limit_maker: 'Limit maker',
  stop_loss: 'Stop loss',
  stop_loss_limit: 'Stop loss limit',
  take_profit: 'Take profit',
  take_profit_limit: 'Take profit limit',
} as const satisfies Record<OrderType, string>

/** A symbol that is not traded, or not with orders of this type. */
export function closedTo({ type }: Pick<Order, 'type'>, rules: SymbolRules): ExchangeRejection | null {
  if (rules.status !== 'TRADING') {
    return rejected('Market is closed.', `${rules.symbol} has the status ${rules.status}; it cannot be traded now.`)
  }
  if (rules.orderTypes === null || rules.orderTypes.includes(type.toUpperCase())) return null
  return rejected(
    `${binanceName[type]} orders are not supported for this symbol.`,
    `${rules.symbol} takes ${rules.orderTypes.join(', ')}.`,
  )
}

function priceFilter(order: FilteredOrder, rules: SymbolRules): ExchangeRejection | null {
  const { minPrice, maxPrice, tickSize } = rules
  for (const price of [limitOf(order), stopOf(order)]) {
    if (price !== null && (isOutside(price, minPrice, maxPrice) || !isOnStep(price, tickSize))) {
      return filterFailure(
        'PRICE_FILTER',
        `Price ${amountText(price)} must be within ${bounds(minPrice, maxPrice)}, in steps of ${shortText(tickSize)}.`,
      )
    }
  }
  for (const text of [order.stopLoss, order.takeProfit]) {
    if (text !== null && isOutside(amount(text), minPrice, maxPrice)) {
      return filterFailure('PRICE_FILTER', `Price ${text} is not within ${bounds(minPrice, maxPrice)}.`)
    }
  }
  return null
}

function percentPrice(order: FilteredOrder, rules: SymbolRules, around: FilterSurroundings): ExchangeRejection | null {
  if (rules.percentPrice === null) return null
  const { multiplierUp, multiplierDown, avgPriceMins } = rules.percentPrice
  return priceRange('PERCENT_PRICE', order, around, { up: multiplierUp, down: multiplierDown, avgPriceMins })
}

function percentPriceBySide(
  order: FilteredOrder,
  rules: SymbolRules,
  around: FilterSurroundings,
): ExchangeRejection | null {
  const bySide = rules.percentPriceBySide
  if (bySide === null) return null
  const { avgPriceMins } = bySide
  const range =
    order.side === 'buy'
      ? { up: bySide.bidMultiplierUp, down: bySide.bidMultiplierDown, avgPriceMins }
      : { up: bySide.askMultiplierUp, down: bySide.askMultiplierDown, avgPriceMins }
  return priceRange('PERCENT_PRICE_BY_SIDE', order, around, range)
}

function priceRange(
  filter: string,
  order: FilteredOrder,
  { lastPrice, averagePrice }: FilterSurroundings,
  { up, down, avgPriceMins }: { up: DecimalText; down: DecimalText; avgPriceMins: number },
): ExchangeRejection | null {
  const price = limitOf(order)
  if (price === null) return null
  const average = avgPriceMins === 0 ? lastPrice : averagePrice
  const highest = average.times(ruleAmount(up))
  const lowest = average.times(ruleAmount(down))
  if (!price.greaterThan(highest) && !price.lessThan(lowest)) return null
  return filterFailure(
    filter,
    `Price ${amountText(price)} must be within ${amountText(lowest)} to ${amountText(highest)}.`,
  )
}

function lotSize(
  { qtyBase, icebergQtyBase }: FilteredOrder,
  qty: Amount,
  rules: SymbolRules,
): ExchangeRejection | null {
  const iceberg = icebergQtyBase === null || icebergQtyBase === undefined ? null : amount(icebergQtyBase)
  if (!isLot(qty, rules)) return wrongLot(qtyBase, rules)
  return iceberg === null || isLot(iceberg, rules) ? null : wrongLot(amountText(iceberg), rules)
}

function isLot(qty: Amount, { stepSize, minQty, maxQty }: SymbolRules): boolean {
  return qty.greaterThan(zero) && isOnStep(qty, stepSize) && !isOutside(qty, minQty, maxQty)
}

function wrongLot(qty: DecimalText, { stepSize, minQty, maxQty }: SymbolRules): ExchangeRejection {
  return filterFailure(
    'LOT_SIZE',
    `Quantity ${qty} must be within ${bounds(minQty, maxQty)}, in steps of ${shortText(stepSize)}.`,
  )
}

function marketLotSize({ type, qtyBase }: FilteredOrder, qty: Amount, rules: SymbolRules): ExchangeRejection | null {
  if (type !== 'market') return null
  const { marketStepSize, marketMinQty, marketMaxQty } = rules
  if (isOnStep(qty, marketStepSize) && !isOutside(qty, marketMinQty, marketMaxQty)) return null
  return filterFailure(
    'MARKET_LOT_SIZE',
    `Quantity ${qtyBase} of a market order must be within ${bounds(marketMinQty, marketMaxQty)}.`,
  )
}

/** Orders with a limit are measured at it, those without at the average price. */
function notional(
  order: FilteredOrder,
  qty: Amount,
  rules: SymbolRules,
  around: FilterSurroundings,
): ExchangeRejection | null {
  const limit = limitOf(order)
  const average = rules.notionalAvgPriceMins === 0 ? around.lastPrice : around.averagePrice
  const value = qty.times(limit ?? average)
  const smallest = limit !== null || rules.applyMinToMarket ? rules.minNotional : '0'
  const largest = limit !== null || rules.applyMaxToMarket ? rules.maxNotional : '0'
  if (!isOutside(value, smallest, largest)) return null
  return filterFailure(
    'NOTIONAL',
    `A value of ${amountText(value)} ${rules.quote} is not within ${bounds(smallest, largest)}.`,
  )
}

function icebergParts({ qtyBase, icebergQtyBase }: FilteredOrder, rules: SymbolRules): ExchangeRejection | null {
  if (icebergQtyBase === null || icebergQtyBase === undefined || rules.icebergParts === null) return null
  const parts = amount(qtyBase).div(amount(icebergQtyBase)).ceil()
  if (!parts.greaterThan(rules.icebergParts)) return null
  return filterFailure('ICEBERG_PARTS', `${amountText(parts)} parts are more than the ${rules.icebergParts} allowed.`)
}

function orderCounts(
  order: FilteredOrder,
  rules: SymbolRules,
  { openOrders, openAlgoOrders }: FilterSurroundings,
): ExchangeRejection | null {
  if (rules.maxNumOrders !== null && openOrders >= rules.maxNumOrders) {
    return filterFailure('MAX_NUM_ORDERS', `${openOrders} orders of ${rules.symbol} are open; that is the most.`)
  }
  if (rules.maxNumAlgoOrders === null || !isAlgo(order) || openAlgoOrders < rules.maxNumAlgoOrders) return null
  return filterFailure(
    'MAX_NUM_ALGO_ORDERS',
    `${openAlgoOrders} stop and take-profit orders of ${rules.symbol} are open; that is the most.`,
  )
}

function maxPosition(
  { side }: FilteredOrder,
  qty: Amount,
  rules: SymbolRules,
  { positionQty }: FilterSurroundings,
): ExchangeRejection | null {
  if (side === 'sell' || rules.maxPosition === null) return null
  const reached = positionQty.plus(qty)
  if (!reached.greaterThan(ruleAmount(rules.maxPosition))) return null
  return filterFailure(
    'MAX_POSITION',
    `A position of ${amountText(reached)} ${rules.base} would exceed ${shortText(rules.maxPosition)}.`,
  )
}

function trailingDelta(order: FilteredOrder, rules: SymbolRules): ExchangeRejection | null {
  const delta = order.trailingDeltaBps
  if (delta === null || delta === undefined || rules.trailingDelta === null) return null
  const { minAbove, maxAbove, minBelow, maxBelow } = rules.trailingDelta
  const [least, most] = triggersOnRise(order) ? [minAbove, maxAbove] : [minBelow, maxBelow]
  if (delta >= least && delta <= most) return null
  return filterFailure('TRAILING_DELTA', `A delta of ${delta} basis points must be within ${least} to ${most}.`)
}

function filterFailure(filter: string, message: string): ExchangeRejection {
  return { code: `-1013 Filter failure: ${filter}`, message }
}

function isOutside(value: Amount, lower: DecimalText, upper: DecimalText): boolean {
  const largest = ruleAmount(upper)
  return value.lessThan(ruleAmount(lower)) || (!largest.isZero() && value.greaterThan(largest))
}

function isOnStep(value: Amount, step: DecimalText): boolean {
  return ruleAmount(step).isZero() || value.mod(ruleAmount(step)).equals(zero)
}

function bounds(lower: DecimalText, upper: DecimalText): string {
  const least = shortText(lower)
  return ruleAmount(upper).isZero() ? `${least} and above` : `${least} to ${shortText(upper)}`
}
