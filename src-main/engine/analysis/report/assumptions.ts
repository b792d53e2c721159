import type { BrokerSettings } from '@shared/contract/settings'
import { shareText } from './report-words'
import type { Assumptions } from './trading-record'

/** What the paper exchange assumes with these settings, for fills of this kind. */
export function assumptionsOf(broker: BrokerSettings, fills: Assumptions['fills']): Assumptions {
  const { takerFeeBps, makerFeeBps, halfSpreadBps, slippageBps } = broker
  const notes = [
    ...(broker.feeTiers.length > 0 ? ['Fees fall with the volume of the last 30 days, as the settings say.'] : []),
    ...(broker.payFeesInBnb ? [`Fees are paid in BNB at a discount of ${broker.bnbDiscountPct * 100} %.`] : []),
    ...(broker.latencyMs > 0 ? [`Orders arrive ${broker.latencyMs} ms after the decision.`] : []),
    ...(broker.queueAhead ? ['A resting limit order first waits for what stood at its price before it.'] : []),
    ...(broker.entryOrder === 'limit'
      ? [
          `Entries are limit orders ${broker.entryOffsetBps} bps below the close that wait ${broker.entryCandles} candles at most.`,
        ]
      : []),
    ...(broker.maxCandleVolumePct === null
      ? []
      : [`Where candles fill, at most ${shareText(broker.maxCandleVolumePct)} of a candle's volume is traded.`]),
  ]
  return { fills, insideCandles: null, takerFeeBps, makerFeeBps, halfSpreadBps, slippageBps, notes }
}
