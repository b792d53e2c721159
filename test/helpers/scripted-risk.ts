import type { RiskState } from '@shared/contract/protection'

const hourMs = 3_600_000

/** A desk whose risk has something to tell: a symbol that rests, and limits partly used. */
export function scriptedRisk(openPositions: number, nowMs: number): RiskState {
  const share = { symbol: null, unit: 'share', windowMs: null } as const
  const count = { symbol: null, unit: 'count', windowMs: null } as const
  return {
    killSwitch: 'flatten',
    sizing: '2 % of the equity',
    protections: [
      {
        code: 'cooldown',
        symbol: 'ETH/USDT',
        reason: 'ETH/USDT was closed at 2021-05-19T13:00:00Z and rests for 4 hours.',
        sinceMs: nowMs,
        untilMs: nowMs + 4 * hourMs,
        counters: { cooldownMs: 4 * hourMs },
      },
    ],
    limits: [
      { ...share, code: 'max_position', used: openPositions > 0 ? 0.0187 : 0, limit: 0.02 },
      { ...share, code: 'max_total_exposure', used: 0.0187 * openPositions, limit: 1 },
      { ...count, code: 'max_open_positions', used: openPositions, limit: 5 },
      { ...share, code: 'daily_loss', used: 0.0121, limit: 0.05 },
      { ...share, code: 'max_drawdown', used: 0.0304, limit: 0.5 },
      { ...count, code: 'stop_loss_guard', used: 1, limit: null, windowMs: 24 * hourMs },
      { ...count, code: 'consecutive_losses', used: 2, limit: 4 },
      { ...count, code: 'order_rate', used: 1, limit: 100, windowMs: 60_000 },
      { ...count, code: 'order_rate', used: 12, limit: 1000, windowMs: 24 * hourMs },
    ],
  }
}
