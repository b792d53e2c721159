import type { MarketSymbol } from '@shared/contract/candle'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { Settings } from '@shared/contract/settings'
import type { Account } from '../../broker/account'
import type { RiskCode } from '../../risk/review'

const dayMs = 86_400_000
/** Equities in floats are exact to a few parts in 10^15; what lies closer than this to a limit is asked in decimals. */
const unsureShare = 1e-9
/** Confidences are told in four digits. */
const unsureConfidence = 1e-4

/**
 * The equity at or below which a protection could act (`actingEquity` of risk), followed in floats from candle to
 * candle. A little too high rather than too low: whoever comes below it asks risk itself.
 */
export interface ActingLevel {
  /** After the account was marked at this equity. */
  after(atMs: number, equity: number): number
  /** Goes on from what the account remembers. */
  follow(account: Account): void
}

export function createActingLevel({ risk }: Pick<Settings, 'risk'>): ActingLevel {
  const ofDay = 1 - risk.maxDailyLossPct
  const ofPeak = 1 - risk.maxDrawdownPct
  let dayStartMs = -1
  let firstAtMs = -1
  let first = 0
  let peak = 0
  return {
    after(atMs, equity) {
      if (dayStartMs < 0 || atMs - dayStartMs >= dayMs) {
        dayStartMs = atMs - (atMs % dayMs)
        firstAtMs = atMs
      }
      if (atMs === firstAtMs) first = equity
      if (equity > peak) peak = equity
      return Math.max(first * ofDay, peak * ofPeak) * (1 + unsureShare)
    },
    follow({ day, memory }) {
      dayStartMs = day?.startMs ?? -1
      firstAtMs = day?.firstAtMs ?? -1
      first = day?.firstEquity.toNumber() ?? 0
      peak = memory.peakEquity?.toNumber() ?? 0
    },
  }
}

export interface WishedEntry {
  readonly symbol: MarketSymbol
  /** Value of the symbol's position; zero without one. */
  readonly heldValue: number
  readonly confidence: number
  readonly equity: number
}

/**
 * The code with which `reviewDecision` certainly refuses a buy while no order of the symbol waits and no protection is
 * in force, or null where it must be asked. A rule asks again and again for what a limit forbids; that is no reason to
 * leave the floats.
 */
export function certainRefusal(settings: Settings, account: Account, rulesOf: (symbol: MarketSymbol) => SymbolRules) {
  const { risk } = settings
  const needed = [risk.minConfidence, ...Object.values(risk.minConfidenceBySlot)]
  const leastConfidence = Math.min(...needed)
  const mostConfidence = Math.max(...needed)
  const minimums = new Map<MarketSymbol, number>()
  return ({ symbol, heldValue, confidence, equity }: WishedEntry): RiskCode | null => {
    const known = minimums.get(symbol)
    const rules = known === undefined ? rulesOf(symbol) : null
    // NaN where the order is refused for its currency: nothing is certain about it here.
    const minNotional = known ?? (rules?.quote === account.quoteAsset ? Number(rules.minNotional) : Number.NaN)
    minimums.set(symbol, minNotional)
    if (Number.isNaN(minNotional)) return null
    if (confidence < leastConfidence - unsureConfidence) return 'below_min_confidence'
    if (confidence < mostConfidence + unsureConfidence || heldValue === 0) return null
    const room = equity * risk.maxPositionPct - heldValue
    return room < minNotional - equity * unsureShare ? 'max_position' : null
  }
}
