import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { Fill, Order, Side } from '@shared/contract/order'
import type { BrokerSettings } from '@shared/contract/settings'
import { Decimal } from 'decimal.js'
import { contentId } from '../desk/identity'
import {
  type Amount,
  amount,
  amountText,
  assetPrecision,
  basisPoints,
  ceilTo,
  effectiveStep,
  floorTo,
  zero,
} from '../risk/amounts'
import { type Holding, totalOf } from './account'

type Costs = Pick<BrokerSettings, 'halfSpreadBps' | 'slippageBps'>

/** A market order pays half the spread and the slippage on top of a candle's price, rounded to the tick against it. */
export function marketPrice(side: Side, reference: Amount, costs: Costs, rules: SymbolRules): Amount {
  return worsened(side, reference, basisPoints(costs.halfSpreadBps).plus(basisPoints(costs.slippageBps)), rules)
}

/** A triggered stop sells at its trigger, or at the open of a gap past it, less the slippage: the print was the bid. */
export function stopPrice(reference: Amount, costs: Costs, rules: SymbolRules): Amount {
  return worsened('sell', reference, basisPoints(costs.slippageBps), rules)
}

function worsened(side: Side, reference: Amount, share: Amount, rules: SymbolRules): Amount {
  if (side === 'buy') return ceilTo(rules.tickSize, reference.times(share.plus(1)))
  const price = floorTo(rules.tickSize, reference.times(amount(1).minus(share)))
  return price.greaterThan(zero) ? price : effectiveStep(rules.tickSize)
}

/** The fee on what is received, rounded up to the exchange's eight decimals. */
export function feeOn(received: Amount, takerFeeBps: number): Amount {
  return received.times(basisPoints(takerFeeBps)).toDecimalPlaces(assetPrecision, Decimal.ROUND_UP)
}

export interface FillTerms {
  readonly price: Amount
  readonly qtyBase: Amount
  /** The candle's price before spread and slippage. */
  readonly reference: Amount
  readonly filledAtMs: number
  readonly takerFeeBps: number
  readonly rules: SymbolRules
}

/** The fill of a buy: the fee is taken from the base asset that was bought. */
export function buyFill(order: Order, terms: FillTerms): Fill {
  const fee = feeOn(terms.qtyBase, terms.takerFeeBps)
  return {
    ...commonTerms(order, terms),
    fee: amountText(fee),
    feeAsset: terms.rules.base,
    feeQuote: amountText(fee.times(terms.price)),
    realizedQuote: '0',
  }
}

/** The fill of a sell: the fee is taken from the proceeds, and the profit is what is left of them above the cost. */
export function sellFill(order: Order, terms: FillTerms, holding: Holding): Fill {
  const proceeds = terms.price.times(terms.qtyBase)
  const fee = feeOn(proceeds, terms.takerFeeBps)
  return {
    ...commonTerms(order, terms),
    fee: amountText(fee),
    feeAsset: terms.rules.quote,
    feeQuote: amountText(fee),
    realizedQuote: amountText(proceeds.minus(fee).minus(costOf(holding, terms.qtyBase))),
  }
}

/** The cost of a part of a holding, in proportion; the rounding stays with what is left, so that no cost is lost. */
function costOf(holding: Holding, qtyBase: Amount): Amount {
  const held = totalOf(holding.qtyBase)
  if (qtyBase.equals(held)) return holding.costQuote
  return holding.costQuote.times(qtyBase).div(held).toDecimalPlaces(assetPrecision)
}

function commonTerms(order: Order, terms: FillTerms) {
  return {
    fillId: contentId('fill', order.orderId),
    orderId: order.orderId,
    runId: order.runId,
    symbol: order.symbol,
    side: order.side,
    priceQuote: amountText(terms.price),
    qtyBase: amountText(terms.qtyBase),
    notionalQuote: amountText(terms.price.times(terms.qtyBase)),
    referencePriceQuote: amountText(terms.reference),
    reason: order.reason,
    filledAtMs: terms.filledAtMs,
  }
}
