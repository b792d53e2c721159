import type { DecimalText } from '@shared/contract/money'
import { ExactDecimal } from './exact-decimal'

/** An exact decimal: money, a price or a quantity. Only divisions can round, and each says where. */
export type Amount = ExactDecimal

/** Where an exchange switches a step or a tick off ("0"), its own precision remains: eight decimals. */
export const assetPrecision = 8

const finestStep = ExactDecimal.from(1, assetPrecision)

const oneBasisPoint = ExactDecimal.from(1, 4)

/** The amount that the text or the shortest form of the number stands for: 0.1 is one tenth. */
export function amount(value: DecimalText | number): Amount {
  return ExactDecimal.of(value)
}

const ruleAmounts = new Map<DecimalText, Amount>()

/** The same of a text in an exchange's rules: there are few of them, and every order asks for them again. */
export function ruleAmount(text: DecimalText): Amount {
  const known = ruleAmounts.get(text)
  if (known !== undefined) return known
  const parsed = amount(text)
  ruleAmounts.set(text, parsed)
  return parsed
}

export const zero: Amount = amount(0)

/** Plain digits without exponent, as amounts are stored and shown. */
export function amountText(value: Amount): DecimalText {
  return value.toFixed()
}

/** 10 basis points are 0.001. */
export function basisPoints(bps: number): Amount {
  return amount(bps).times(oneBasisPoint)
}

export function smallerOf(left: Amount, right: Amount): Amount {
  return left.lessThan(right) ? left : right
}

export function largerOf(left: Amount, right: Amount): Amount {
  return left.greaterThan(right) ? left : right
}

/** Rounds a quantity down to a lot step, or a price down to a tick. */
export function floorTo(step: DecimalText, value: Amount): Amount {
  return value.toNearest(effectiveStep(step), 'floor')
}

/** Rounds a price up to a tick. */
export function ceilTo(step: DecimalText, value: Amount): Amount {
  return value.toNearest(effectiveStep(step), 'ceil')
}

/** The step itself, or the exchange's own precision where the step is switched off. */
export function effectiveStep(step: DecimalText): Amount {
  const given = ruleAmount(step)
  return given.isZero() ? finestStep : given
}

/** "5" for "5.00000000". */
export function shortText(text: DecimalText): string {
  return amountText(amount(text))
}

/** "2 %" for 0.02. */
export function percentText(share: number): string {
  return `${amountText(amount(share).times(100))} %`
}
