import { type Amount, amount, basisPoints } from './amounts'

/** What one unit of the base asset, bought now, is expected to cost and to bring, in the quote asset. */
export interface ExpectedPrices {
  /** The next open, spread and slippage included. */
  readonly entry: Amount
  /** What the stop would fill at, slippage included; null without a stop. */
  readonly stop: Amount | null
  /** The take-profit on its tick; null without one. */
  readonly target: Amount | null
}

/** What an entry stands to lose at its stop and to win at its target, as shares of its cost. */
export interface Payoff {
  readonly loss: Amount
  readonly gain: Amount
}

/**
 * The payoff net of fees: the buy's fee leaves less to sell, the sell's fee less of the proceeds. Computed from what
 * the entry will really cost rather than from the last price, because a ratio over an invented entry always passes.
 * Null without a stop or a target.
 */
export function payoffOf({ entry, stop, target }: ExpectedPrices, feeBps: number): Payoff | null {
  if (stop === null || target === null) return null
  const kept = amount(1).minus(basisPoints(feeBps)).pow(2)
  return { loss: entry.minus(kept.times(stop)).div(entry), gain: kept.times(target).minus(entry).div(entry) }
}

/** What the entry loses at its stop, as a share of its cost, net of fees; null without a stop. */
export function lossAtStop({ entry, stop }: Omit<ExpectedPrices, 'target'>, feeBps: number): Amount | null {
  return payoffOf({ entry, stop, target: entry }, feeBps)?.loss ?? null
}
