import type { Action } from '@shared/contract/decision'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { DecimalText } from '@shared/contract/money'
import type { RiskSettings } from '@shared/contract/settings'
import type { ExitPrices } from '../desk/decision'
import { type Amount, amount, amountText, ceilTo, effectiveStep, floorTo, ruleAmount } from './amounts'

const noExits: ExitPrices = { stopLoss: null, takeProfit: null, stopAtr: null, takeProfitAtr: null }

export interface ExitRequest {
  readonly action: Action
  /** The last close, in the quote asset. */
  readonly price: number
  readonly atr14: number | null
  /** Distances in ATR: the settings, or what a model answered. */
  readonly settings: Pick<RiskSettings, 'stopAtr' | 'takeProfitAtr'>
  readonly rules: SymbolRules
}

/**
 * Stop and take-profit of an entry by the ATR rule: so many average true ranges below and above the price, rounded
 * to the tick away from it, and kept within the prices that the exchange allows. All null where nothing is opened or
 * where the ATR is unknown or zero.
 */
export function exitPrices({ action, price, atr14, settings, rules }: ExitRequest): ExitPrices {
  if (action !== 'buy' || atr14 === null || atr14 <= 0) return noExits
  const entry = amount(price)
  const { stopAtr, takeProfitAtr } = settings
  const stop = entry.minus(amount(atr14).times(amount(stopAtr)))
  const target = entry.plus(amount(atr14).times(amount(takeProfitAtr)))
  return {
    stopLoss: amountText(stopTick(stop, rules)),
    takeProfit: amountText(takeProfitTick(target, rules)),
    stopAtr,
    takeProfitAtr,
  }
}

/** A stop on the tick, rounded down, and never below the smallest price there is. */
function stopTick(price: Amount, rules: SymbolRules): Amount {
  const smallest = ruleAmount(rules.minPrice).isZero() ? effectiveStep(rules.tickSize) : ruleAmount(rules.minPrice)
  const onTick = floorTo(rules.tickSize, price)
  return onTick.lessThan(smallest) ? smallest : onTick
}

/** A take-profit on the tick, rounded up, and never above the largest price that the exchange takes. */
function takeProfitTick(price: Amount, rules: SymbolRules): Amount {
  const largest = ruleAmount(rules.maxPrice)
  const onTick = ceilTo(rules.tickSize, price)
  return !largest.isZero() && onTick.greaterThan(largest) ? largest : onTick
}

interface ExitTexts {
  readonly stopLoss: DecimalText | null
  readonly takeProfit: DecimalText | null
}

/** Exit prices as they rest on the exchange: on the tick, a stop rounded down and a take-profit up. */
export function exitAmounts({ stopLoss, takeProfit }: ExitTexts, { tickSize }: SymbolRules) {
  return {
    stop: stopLoss === null ? null : floorTo(tickSize, amount(stopLoss)),
    target: takeProfit === null ? null : ceilTo(tickSize, amount(takeProfit)),
  }
}

/** The same as an order tells them. */
export function exitsOnTick(exits: ExitTexts, rules: SymbolRules): ExitTexts {
  const { stop, target } = exitAmounts(exits, rules)
  return {
    stopLoss: stop === null ? null : amountText(stop),
    takeProfit: target === null ? null : amountText(target),
  }
}
