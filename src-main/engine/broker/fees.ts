import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { Fill } from '@shared/contract/order'
import type { BrokerSettings } from '@shared/contract/settings'
import { type Amount, amount, assetPrecision, basisPoints } from '../risk/amounts'
import { type Account, bnbPriceOf, isFromBnb } from './account'
import { recentVolume } from './traded-volume'

export type Role = NonNullable<Fill['role']>

export interface Fee {
  readonly fee: Amount
  readonly feeAsset: string
  readonly feeQuote: Amount
}

/** What is to be charged for. */
export interface ChargedFill {
  readonly side: 'buy' | 'sell'
  readonly role: Role
  readonly qtyBase: Amount
  readonly price: Amount
  readonly rules: SymbolRules
  readonly filledAtMs: number
}

/** The account's rate: of the highest tier that its 30 days of trading reach. */
export function feeRateBps(account: Account, role: Role, settings: BrokerSettings, atMs: number): number {
  const rate = role === 'maker' ? 'makerFeeBps' : 'takerFeeBps'
  if (settings.feeTiers.length === 0) return settings[rate]
  const volume = recentVolume(account.traded, atMs)
  let reached = settings[rate]
  let from = amount('-1')
  for (const tier of settings.feeTiers) {
    const tierFrom = amount(tier.fromVolumeQuote)
    if (volume.lessThan(tierFrom) || !tierFrom.greaterThan(from)) continue
    reached = tier[rate]
    from = tierFrom
  }
  return reached
}

/** Binance's own precision: fees are rounded up to eight decimals, so that no fee is ever too small. */
export function feeOn(charged: Amount, feeBps: number): Amount {
  return roundedUp(charged.times(basisPoints(feeBps)))
}

/**
 * The fee is taken from what is received, base when buying and quote when selling; or, where the account pays in BNB
 * and holds enough of it, from its BNB at a discount. Pairs of BNB itself always pay with what is received.
 */
export function feeOf(account: Account, fill: ChargedFill, settings: BrokerSettings): Fee {
  const { side, role, qtyBase, price, rules, filledAtMs } = fill
  const rate = feeRateBps(account, role, settings, filledAtMs)
  const inBnb = settings.payFeesInBnb ? bnbFee(account, fill, rate, settings) : null
  if (inBnb !== null) return inBnb
  if (side === 'sell') {
    const fee = feeOn(price.times(qtyBase), rate)
    return { fee, feeAsset: rules.quote, feeQuote: fee }
  }
  const fee = feeOn(qtyBase, rate)
  return { fee, feeAsset: rules.base, feeQuote: fee.times(price) }
}

function bnbFee(account: Account, { qtyBase, price, rules }: ChargedFill, rate: number, settings: BrokerSettings) {
  const bnbPrice = bnbPriceOf(account)
  if (!isFromBnb(rules.symbol, 'BNB') || !bnbPrice.greaterThan(0) || rules.quote !== account.quoteAsset) return null
  const discounted = basisPoints(rate).times(amount(1).minus(amount(settings.bnbDiscountPct)))
  const fee = price.times(qtyBase).times(discounted).quotient(bnbPrice, assetPrecision, 'up')
  return fee.greaterThan(account.bnb) ? null : { fee, feeAsset: 'BNB', feeQuote: fee.times(bnbPrice) }
}

function roundedUp(fee: Amount): Amount {
  return fee.toDecimalPlaces(assetPrecision, 'up')
}
