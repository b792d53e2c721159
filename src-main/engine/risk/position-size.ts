import type { SizingSettings } from '@shared/contract/settings'
import { type Amount, amount, percentText, zero } from './amounts'
import { type ExpectedPrices, lossAtStop, payoffOf } from './payoff'

export interface SizeRequest {
  readonly settings: SizingSettings
  /** The limit on one position, which is also the fixed fraction where none is set. */
  readonly maxPositionPct: number
  readonly equity: Amount
  readonly expected: ExpectedPrices
  readonly feeBps: number
  /** Average true range of the symbol in the quote asset; null where it is not known yet. */
  readonly atr: Amount | null
  /** How often a decision of this confidence paid, as a share; null where no outcomes are known. */
  readonly calibrated: number | null
}

export interface WantedSize {
  /** In the quote asset, before any limit; zero where the method sees no reason to enter. */
  readonly notional: Amount
  /** How it was found, for people. */
  readonly words: string
}

/** Digits of a quotient that is only ever multiplied by an equity and then rounded down to a lot. */
const shareDigits = 18

/**
 * How large an entry should be by the chosen method; limits are the caller's. A method that misses what it needs (a
 * stop, an average true range, a calibration) falls back to the fixed fraction and says so.
 */
export function wantedSize(request: SizeRequest): WantedSize {
  const { settings, equity } = request
  const found = shareBy[settings.method](request)
  if ('share' in found) return { notional: equity.times(found.share), words: found.words }
  const fixed = fixedFraction(request)
  return { notional: equity.times(fixed.share), words: `${fixed.words}, because ${found.missing}` }
}

type Found = { readonly share: Amount; readonly words: string } | { readonly missing: string }

const shareBy = {
  fixed_fraction: fixedFraction,

  /** Equity times the risk over the share of the position that the stop loses. */
  fixed_risk: ({ settings, expected, feeBps }): Found => {
    const loss = lossAtStop(expected, feeBps)
    if (loss === null || !loss.greaterThan(zero)) return { missing: 'there is no stop to measure the risk by' }
    return {
      share: quotient(amount(settings.riskPct), loss),
      words: `${percentText(settings.riskPct)} of the equity at risk`,
    }
  },

  /** Equity times the target over the average true range as a share of the entry. */
  volatility_target: ({ settings, expected, atr }): Found => {
    if (atr === null || !atr.greaterThan(zero)) return { missing: 'the average true range is not known yet' }
    return {
      share: quotient(amount(settings.volatilityPct).times(expected.entry), atr),
      words: `${percentText(settings.volatilityPct)} of the equity for one average true range`,
    }
  },

  /**
   * A part of Kelly's bet (J. L. Kelly, "A New Interpretation of Information Rate", 1956) in its form for a partial
   * loss: probability over what is lost, less its complement over what is won.
   */
  kelly: ({ settings, expected, feeBps, calibrated }): Found => {
    if (calibrated === null) return { missing: 'no calibration of the confidence is known' }
    const payoff = payoffOf(expected, feeBps)
    if (payoff === null || !payoff.loss.greaterThan(zero)) return { missing: 'there is no stop and target to bet on' }
    const words = `${percentText(settings.kellyFraction)} of Kelly at a calibrated confidence of ${calibrated}`
    if (!payoff.gain.greaterThan(zero)) return { share: zero, words }
    const wins = amount(calibrated)
    const bet = quotient(wins, payoff.loss).minus(quotient(amount(1).minus(wins), payoff.gain))
    return { share: bet.isNegative() ? zero : bet.times(amount(settings.kellyFraction)), words }
  },
} satisfies Record<SizingSettings['method'], (request: SizeRequest) => Found>

function fixedFraction({ settings, maxPositionPct }: SizeRequest) {
  const fraction = settings.fractionPct ?? maxPositionPct
  return { share: amount(fraction), words: `${percentText(fraction)} of the equity` }
}

function quotient(numerator: Amount, denominator: Amount): Amount {
  return numerator.quotient(denominator, shareDigits)
}
