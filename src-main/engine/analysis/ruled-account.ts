import { type MarketSymbol, timeframeMs } from '@shared/contract/candle'
import type { AccountView } from '@shared/contract/context'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { Settings } from '@shared/contract/settings'
import { openAccount } from '../broker/account'
import { accountView } from '../broker/account-views'
import type { CandleColumns } from '../context/candle-columns'
import type { ContextSubject } from '../context/context-builder'
import { historyInMemory } from './backtest/candle-chunks'
import { runFastBacktest } from './backtest/fast-backtest'
import { rulesPolicy } from './backtest/policy'
import { quickRules } from './backtest/quick-policy'

/**
 * What an account that trades one symbol by the rules would show at each of the asked candles, by the candle's opening
 * time: positions as they come about, for questions that need some. Candle k is told what 1 to k made of it.
 */
export async function ruledAccount(
  { symbol, timeframe }: ContextSubject,
  candles: CandleColumns,
  places: Iterable<number>,
  settings: Settings,
  rulesOf: (symbol: MarketSymbol) => SymbolRules,
): Promise<ReadonlyMap<number, AccountView>> {
  const asked = new Set(places)
  const views = new Map<number, AccountView>()
  let account = openAccount(settings.broker)
  let at = 0
  await runFastBacktest({
    ...{ runId: 'lookahead', timeframe, settings, rulesOf },
    histories: [historyInMemory(symbol, candles)],
    policy: rulesPolicy(settings),
    quick: quickRules(),
    observer: {
      stepped(_events, _before, after) {
        account = after
      },
      // A decision comes after what its candle made happen and before what it makes happen itself; there is one per candle.
      decided() {
        const openMs = candles.openTimeMs[at] ?? 0
        if (asked.has(at)) {
          const price = candles.close[at] ?? 0
          views.set(openMs, accountView(account, { symbol, price, atMs: openMs + timeframeMs[timeframe], timeframe }))
        }
        at += 1
      },
      closed: () => undefined,
      refused: () => undefined,
    },
  })
  return views
}
