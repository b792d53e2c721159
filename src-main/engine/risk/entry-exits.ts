import type { MarketSymbol } from '@shared/contract/candle'
import { failure, type Outcome } from '@shared/contract/outcome'
import type { RiskSettings } from '@shared/contract/settings'
import { type Amount, amount, amountText } from './amounts'
import { type ExpectedPrices, payoffOf } from './payoff'

export type EntryExitCode = 'stop_not_below_entry' | 'target_not_above_entry' | 'min_risk_reward'

export interface EntryExits {
  readonly symbol: MarketSymbol
  /** The stop on its tick, before slippage; null without one. */
  readonly stop: Amount | null
  readonly expected: ExpectedPrices
  readonly feeBps: number
  readonly settings: Pick<RiskSettings, 'minRiskReward'>
}

/** A stop that would sell at once, a target below the cost, and too little to win for what is risked; null if sound. */
export function exitsRefusal(exits: EntryExits): Outcome<never, EntryExitCode> | null {
  const { stop, settings } = exits
  const { entry, target } = exits.expected
  const buy = `Buy ${exits.symbol}:`
  if (stop !== null && !stop.lessThan(entry)) {
    return failure(
      'stop_not_below_entry',
      `${buy} the stop at ${amountText(stop)} is not below the expected entry at ${amountText(entry)}.`,
    )
  }
  if (target !== null && !target.greaterThan(entry)) {
    return failure(
      'target_not_above_entry',
      `${buy} the take-profit at ${amountText(target)} is not above the expected entry at ${amountText(entry)}.`,
    )
  }
  if (settings.minRiskReward === null) return null
  const payoff = payoffOf(exits.expected, exits.feeBps)
  if (payoff === null) {
    return failure('min_risk_reward', `${buy} without a stop and a target there is no risk/reward to judge.`)
  }
  const { gain, loss } = payoff
  if (gain.greaterThanOrEqualTo(loss.times(amount(settings.minRiskReward)))) return null
  return failure(
    'min_risk_reward',
    `${buy} after fees it would win ${percent(gain)} at its target and lose ${percent(loss)} at its stop; ` +
      `at least ${settings.minRiskReward} to win for each 1 at risk are needed.`,
  )
}

const percentDigits = 3

function percent(share: Amount): string {
  return `${amountText(share.times(100).toDecimalPlaces(percentDigits))} %`
}
