import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { Fill, Side } from '@shared/contract/order'
import type { BrokerSettings } from '@shared/contract/settings'
import type { NameOf } from '../desk/identity'
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
import { isSellable } from '../risk/sizing'
import type { Account, Holding } from './account'
import { totalOf } from './balance'
import { feeOf, type Role } from './fees'
import type { OpenOrder } from './open-order'

type Costs = Pick<BrokerSettings, 'halfSpreadBps' | 'slippageBps'>

/** Without a book, a taker pays half the spread and the slippage on top of a price, rounded to the tick against it. */
export function marketPrice(side: Side, reference: Amount, costs: Costs, rules: SymbolRules): Amount {
  return worsened(side, reference, basisPoints(costs.halfSpreadBps).plus(basisPoints(costs.slippageBps)), rules)
}

/** A triggered stop fills at its trigger, or at the open of a gap past it, less the slippage: the print was its side. */
export function stopPrice(
  reference: Amount,
  costs: Pick<Costs, 'slippageBps'>,
  rules: SymbolRules,
  side: Side = 'sell',
): Amount {
  return worsened(side, reference, basisPoints(costs.slippageBps), rules)
}

function worsened(side: Side, reference: Amount, share: Amount, rules: SymbolRules): Amount {
  if (side === 'buy') return ceilTo(rules.tickSize, reference.times(share.plus(1)))
  const price = floorTo(rules.tickSize, reference.times(amount(1).minus(share)))
  return price.greaterThan(zero) ? price : effectiveStep(rules.tickSize)
}

export interface FillTerms {
  readonly price: Amount
  readonly qtyBase: Amount
  /** The market's price before spread and slippage. */
  readonly reference: Amount
  readonly filledAtMs: number
  readonly role: Role
}

export interface FillSurroundings {
  readonly rules: SymbolRules
  readonly settings: BrokerSettings
  readonly nameOf: NameOf
}

/** What a fill of an open order is worth, to the last digit. */
export function fillOf(account: Account, open: OpenOrder, terms: FillTerms, around: FillSurroundings): Fill {
  const { order, fills } = open
  const { price, qtyBase, reference, filledAtMs, role } = terms
  const { rules, settings, nameOf } = around
  const notional = price.times(qtyBase)
  const charged = { side: order.side, role, qtyBase, price, rules, filledAtMs }
  const { fee, feeAsset, feeQuote } = feeOf(account, charged, settings)
  const leaves = open.leavesQty.minus(qtyBase)
  const holding = order.side === 'sell' ? account.holdings.get(order.symbol) : undefined
  return {
    fillId: fills === 0 ? nameOf('fill', order.orderId) : nameOf('fill', order.orderId, fills),
    orderId: order.orderId,
    runId: order.runId,
    symbol: order.symbol,
    side: order.side,
    priceQuote: amountText(price),
    qtyBase: amountText(qtyBase),
    notionalQuote: amountText(notional),
    fee: amountText(fee),
    feeAsset,
    feeQuote: amountText(feeQuote),
    realizedQuote: holding === undefined ? '0' : amountText(notional.minus(feeQuote).minus(costOf(holding, qtyBase))),
    referencePriceQuote: amountText(reference),
    reason: order.reason,
    filledAtMs,
    role,
    ...(leaves.isZero() ? {} : { leavesQtyBase: amountText(leaves) }),
    ...(holding !== undefined && leavesPosition(holding, { ...terms, leaves }, rules) ? { leavesPosition: true } : {}),
  }
}

/** Whether what is left after a sell is more than dust, or still being sold by the same order. */
function leavesPosition(
  { openedAtMs, qtyBase: held }: Holding,
  { qtyBase, price, leaves }: Pick<FillTerms, 'qtyBase' | 'price'> & { readonly leaves: Amount },
  rules: SymbolRules,
): boolean {
  if (openedAtMs === null) return false
  return !leaves.isZero() || isSellable(totalOf(held).minus(qtyBase), price, rules)
}

/** The average cost of a part of a holding; the rounding stays with what is left, so that no cost is lost. */
function costOf(holding: Holding, qtyBase: Amount): Amount {
  const held = totalOf(holding.qtyBase)
  if (qtyBase.equals(held)) return holding.costQuote
  return holding.costQuote.times(qtyBase).quotient(held, assetPrecision)
}
