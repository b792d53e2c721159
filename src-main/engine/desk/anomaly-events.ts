import type { JournalEvent } from '@shared/contract/journal'
import type { MarketUpdate } from '@shared/contract/market-data'

type Anomaly = Pick<MarketUpdate, 'symbol' | 'timeframe'> & { readonly anomaly: MarketUpdate['anomalies'][number] }

/** How oddities of the market enter the journal of a run. `atMs`: the market's clock. */
export function anomalyEvents(anomalies: readonly Anomaly[], runId: string, atMs: number): JournalEvent[] {
  return anomalies.map(({ symbol, timeframe, anomaly }) => ({
    type: 'market.anomaly',
    atMs,
    payload: { runId, symbol, timeframe, anomaly },
  }))
}
