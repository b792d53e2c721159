import type { MarketContext } from '@shared/contract/context'
import type { JournalEvent } from '@shared/contract/journal'
import type { MarketUpdate } from '@shared/contract/market-data'
import { type Outcome, success } from '@shared/contract/outcome'
import { settingsSchema } from '@shared/contract/settings'
import { paperFloor } from '../../../src-main/engine/broker/paper-floor'
import { type Desk, type DeskOptions, openDesk } from '../../../src-main/engine/desk/desk'
import type { GatewayAnswer } from '../../../src-main/engine/gateway/gateway'
import { assumedRules } from '../../../src-main/engine/market/exchange-rules'
import { hourlyReplay } from './hourly-replay'
import { answerOf } from './scripted-answer'

export const hourMs = 3_600_000
const symbols = ['BTC/USDT', 'ETH/USDT']

/** Protections so tight that a falling market sets every one of them off. */
export const settings = settingsSchema.parse({
  risk: {
    maxPositionPct: 0.4,
    minConfidence: 0,
    maxDailyLossPct: 0.03,
    maxDrawdownPct: 0.06,
    drawdownLockMs: 12 * hourMs,
    stopLossGuard: { stops: 2, lockMs: 3 * hourMs },
    consecutiveLosses: { losses: 3, lockMs: 6 * hourMs },
    cooldownMs: 2 * hourMs,
    lowProfit: { trades: 2, lockMs: 4 * hourMs },
    orderRate: { perDay: 7 },
    stopAtr: 0.5,
  },
})

/** Two pairs that fall in waves, by the hour. */
export function fallingMarket(hours: number): MarketUpdate[] {
  const price = (hour: number, phase: number): number =>
    Number((100 * 0.995 ** hour * (1 + 0.04 * Math.sin(hour / 3 + phase))).toFixed(4))
  return Array.from({ length: hours }, (_, hour) =>
    symbols.map((symbol, phase): MarketUpdate => {
      const open = price(hour, phase)
      const close = price(hour + 1, phase)
      const high = Number((Math.max(open, close) * 1.01).toFixed(4))
      const low = Number((Math.min(open, close) * 0.99).toFixed(4))
      const candle = { openTimeMs: hour * hourMs, open, high, low, close, volume: 10 }
      return { symbol, timeframe: '1h', candle, anomalies: [] }
    }),
  ).flat()
}

/** A model that always wants to buy once a stop can be set, and is sure of it. */
export async function alwaysBuy({ context }: { context: MarketContext }): Promise<Outcome<GatewayAnswer>> {
  return success(answerOf(context.atr14 === null ? 'hold' : 'buy', 1))
}

/** A desk over these updates that goes on after `history`, and adds to it what it commits. */
export function openProtectedDesk(
  updates: readonly MarketUpdate[],
  history: JournalEvent[],
  { freshness, decide = alwaysBuy }: Partial<Pick<DeskOptions<never>, 'freshness' | 'decide'>> = {},
): Desk {
  const spec = hourlyReplay(symbols, settings)
  return openDesk({
    runId: 'run',
    spec,
    history: [...history],
    venue: {
      symbols,
      timeframe: '1h',
      dataHash: null,
      warmUp: () => [],
      async *updates() {
        yield* updates
      },
      problem: () => null,
      trailing: () => [],
      close: async () => undefined,
    },
    floor: paperFloor({ runId: 'run', timeframe: '1h', settings, rulesOf: assumedRules }),
    decide,
    calibrate: () => null,
    wallClock: () => 0,
    ...(freshness === undefined ? {} : { freshness }),
    journal: {
      commit(step) {
        history.push(...step.events)
        return success({ events: history.length, head: '0'.repeat(64) })
      },
    },
  })
}
