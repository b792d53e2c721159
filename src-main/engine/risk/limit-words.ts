import type { RiskSettings } from '@shared/contract/settings'
import { percentText } from './amounts'
import { tellDuration } from './duration-words'
import { sizingWords } from './risk-state'

const off = 'off'

/** Every limit and protection by its code, with what it is set to, in words; "off" where it is switched off. */
export function limitWords(risk: RiskSettings): readonly (readonly [code: string, words: string])[] {
  const { stopLossGuard, consecutiveLosses, lowProfit, orderRate } = risk
  const drawdownEnd = risk.drawdownLockMs === null ? 'until resumed' : `for ${tellDuration(risk.drawdownLockMs)}`
  return [
    ['sizing', sizingWords(risk)],
    ['kill switch', risk.killSwitch],
    ['max_position', percentText(risk.maxPositionPct)],
    ['max_total_exposure', percentText(risk.maxTotalExposurePct)],
    ['max order', risk.maxOrderNotional ?? off],
    ['max_open_positions', String(risk.maxOpenPositions)],
    ['below_min_confidence', String(risk.minConfidence)],
    ['min_risk_reward', risk.minRiskReward === null ? off : `${risk.minRiskReward} to 1 after fees`],
    ['daily_loss', `${percentText(risk.maxDailyLossPct)}, until the next UTC day`],
    ['max_drawdown', `${percentText(risk.maxDrawdownPct)}, ${drawdownEnd}`],
    [
      'stop_loss_guard',
      stopLossGuard.stops === null
        ? off
        : `${stopLossGuard.stops} within ${tellDuration(stopLossGuard.windowMs)}, for ${tellDuration(stopLossGuard.lockMs)}, of the ${stopLossGuard.scope}`,
    ],
    [
      'consecutive_losses',
      consecutiveLosses.losses === null
        ? off
        : `${consecutiveLosses.losses} in a row, for ${tellDuration(consecutiveLosses.lockMs)}`,
    ],
    ['cooldown', risk.cooldownMs === 0 ? off : tellDuration(risk.cooldownMs)],
    [
      'low_profit',
      lowProfit.trades === null
        ? off
        : `below ${lowProfit.minRealized} in ${lowProfit.trades} trades within ${tellDuration(lowProfit.windowMs)}, for ${tellDuration(lowProfit.lockMs)}`,
    ],
    ['order_rate', `${orderRate.perMinute ?? off} a minute, ${orderRate.perDay ?? off} a day`],
    ['stale_data', `${risk.staleAfterCandles} candle lengths`],
  ]
}
