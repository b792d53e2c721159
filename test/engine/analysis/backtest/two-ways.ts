import { fileURLToPath } from 'node:url'
import type { MarketSymbol, Timeframe } from '@shared/contract/candle'
import type { JournalEvent } from '@shared/contract/journal'
import type { Fill } from '@shared/contract/order'
import type { Settings } from '@shared/contract/settings'
import { historyInMemory } from '../../../../src-main/engine/analysis/backtest/candle-chunks'
import { runFastBacktest } from '../../../../src-main/engine/analysis/backtest/fast-backtest'
import type { PlainPolicy } from '../../../../src-main/engine/analysis/backtest/policy'
import type { QuickPolicy } from '../../../../src-main/engine/analysis/backtest/quick-policy'
import { openStepByStep } from '../../../../src-main/engine/analysis/backtest/step-by-step'
import type { Account } from '../../../../src-main/engine/broker/account'
import { summarizeAccount } from '../../../../src-main/engine/broker/account-views'
import { type CandleColumns, candleAt } from '../../../../src-main/engine/context/candle-columns'
import { loadSymbolRules } from '../../../../src-main/engine/market/exchange-rules'
import { fillsHash } from '../../../helpers/fills-hash'

const bundled = await loadSymbolRules(
  fileURLToPath(new URL('../../../../resources/exchange-info.json', import.meta.url)),
)
if (!bundled.ok) throw new Error(bundled.problem.message)
export const rulesOf = bundled.value

export interface TwoWays {
  readonly timeframe: Timeframe
  readonly settings: Settings
  readonly policy: PlainPolicy
  readonly quick: QuickPolicy
  readonly markets: ReadonlyMap<MarketSymbol, CandleColumns>
  readonly chunk?: number
}

/** What a way came to: its fills as one hash, its counts and its account. */
export interface WayEnd {
  readonly fills: number
  readonly fillsHash: string
  readonly refusals: Readonly<Record<string, number>>
  readonly actions: Readonly<Record<string, number>>
  readonly account: unknown
  readonly day: unknown
  readonly exactSteps?: number
}

function tally() {
  const refusals: Record<string, number> = {}
  const actions: Record<string, number> = { buy: 0, sell: 0, hold: 0 }
  const fills: Fill[] = []
  return {
    event(event: JournalEvent) {
      if (event.type === 'order.filled') fills.push(event.payload)
      if (event.type === 'order.refused') {
        refusals[event.payload.code] = (refusals[event.payload.code] ?? 0) + 1
      }
    },
    refused(code: string) {
      refusals[code] = (refusals[code] ?? 0) + 1
    },
    action(action: string) {
      actions[action] = (actions[action] ?? 0) + 1
    },
    end: () => ({ fills: fills.length, fillsHash: fillsHash(fills), refusals, actions }),
  }
}

export async function fastWay({ timeframe, settings, policy, quick, markets, chunk }: TwoWays): Promise<WayEnd> {
  const counted = tally()
  const options = chunk === undefined ? {} : { chunk }
  const { account, exactSteps } = await runFastBacktest({
    runId: 'two-ways',
    timeframe,
    settings,
    policy,
    quick,
    rulesOf,
    histories: [...markets].map(([symbol, columns]) => historyInMemory(symbol, columns, options)),
    observer: {
      stepped: (events) => events.forEach(counted.event),
      closed: () => undefined,
      decided: counted.action,
      refused: counted.refused,
    },
  })
  return { ...counted.end(), ...accountOf(account), exactSteps }
}

export function stepByStepWay({ timeframe, settings, policy, markets }: TwoWays): WayEnd {
  const counted = tally()
  const way = openStepByStep({ runId: 'two-ways', timeframe, settings, policy, rulesOf, warmUps: new Map() })
  const candles = [...markets].flatMap(([symbol, columns]) =>
    Array.from(columns.openTimeMs, (openTimeMs, at) => ({ symbol, openTimeMs, candle: candleAt(columns, at) })),
  )
  candles.sort((a, b) => a.openTimeMs - b.openTimeMs || (a.symbol < b.symbol ? -1 : 1))
  for (const { symbol, candle } of candles) {
    for (const event of way.step({ symbol, timeframe, candle, anomalies: [] })) {
      if (event.type === 'decision.made') counted.action(event.payload.action)
      counted.event(event)
    }
  }
  return { ...counted.end(), ...accountOf(way.account()) }
}

/** An open order's ids differ with who gave them. */
function accountOf(account: Account): Pick<WayEnd, 'account' | 'day'> {
  const { openOrders, ...summary } = summarizeAccount(account)
  const named = openOrders.map((order) => ({ ...order, orderId: '', decisionId: '' }))
  return { account: { ...summary, openOrders: named }, day: account.day }
}
