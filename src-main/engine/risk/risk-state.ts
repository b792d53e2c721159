import type { RiskState } from '@shared/contract/protection'
import type { RiskSettings } from '@shared/contract/settings'
import { percentText } from './amounts'
import { limitUses } from './limit-use'
import { activeProtections } from './protection-memory'
import type { RiskView } from './risk-view'

/** Where risk stands at this time, for the screen, the API and the command line. */
export function riskState(account: RiskView, settings: RiskSettings, atMs: number): RiskState {
  return {
    killSwitch: settings.killSwitch,
    sizing: sizingWords(settings),
    protections: [...activeProtections(account.memory, atMs)],
    limits: limitUses(account, settings, atMs),
  }
}

/** How entries are sized, in a few words. */
export function sizingWords({ sizing, maxPositionPct }: RiskSettings): string {
  switch (sizing.method) {
    case 'fixed_fraction':
      return `${percentText(sizing.fractionPct ?? maxPositionPct)} of the equity`
    case 'fixed_risk':
      return `${percentText(sizing.riskPct)} of the equity at risk at the stop`
    case 'volatility_target':
      return `${percentText(sizing.volatilityPct)} of the equity for one average true range`
    case 'kelly':
      return `${percentText(sizing.kellyFraction)} of Kelly`
  }
}
