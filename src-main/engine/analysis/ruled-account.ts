import type { Candle, MarketSymbol } from '@shared/contract/candle'
import type { AccountView } from '@shared/contract/context'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { Settings } from '@shared/contract/settings'
import type { ContextSubject } from '../context/context-builder'
import { rulesPolicy } from './backtest/policy'
import { openStepByStep } from './backtest/step-by-step'

/**
 * What an account that trades one symbol by the rules would show at each candle, by the candle's opening time: positions
 * as they come about, for questions that need some. The desk's own step, so that candle k is told what 1 to k made of it.
 */
export function ruledAccount(
  { symbol, timeframe }: ContextSubject,
  candles: readonly Candle[],
  settings: Settings,
  rulesOf: (symbol: MarketSymbol) => SymbolRules,
): ReadonlyMap<number, AccountView> {
  const policy = rulesPolicy(settings)
  const way = openStepByStep({ runId: 'lookahead', timeframe, settings, policy, warmUps: new Map(), rulesOf })
  const views = new Map<number, AccountView>()
  for (const candle of candles) {
    for (const event of way.step({ symbol, timeframe, candle, anomalies: [] })) {
      if (event.type !== 'decision.made') continue
      const { hasPosition, positionPct, unrealizedPct, positionAgeCandles } = event.payload.context
      views.set(candle.openTimeMs, { hasPosition, positionPct, unrealizedPct, positionAgeCandles })
    }
  }
  return views
}
