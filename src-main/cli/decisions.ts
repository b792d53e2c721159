import type { RecentDecision } from '@shared/contract/desk-calls'
import { openLedgerReader } from '../engine/journal/ledger-reader'
import type { Places } from '../engine/places'
import { failWith } from './exit'
import { percent, print, table, utc } from './output'

export interface DecisionsOptions {
  readonly limit: number
  readonly symbol?: string
  readonly json: boolean
}

export function decisions(places: Places, options: DecisionsOptions): number {
  const opened = openLedgerReader(places.dataDir)
  if (!opened.ok) return failWith(opened.problem)
  const reader = opened.value
  try {
    const { limit, symbol } = options
    const recent = reader.decisions(symbol === undefined ? { limit } : { limit, symbol })
    const documents = recent.map(({ decision, measurement }) => ({
      ...decision,
      latencyMs: measurement?.latencyMs ?? null,
    }))
    return print(options.json, documents, () => (recent.length === 0 ? ['No decisions yet.'] : table(recent.map(row))))
  } finally {
    reader.close()
  }
}

function row({ decision }: RecentDecision): string[] {
  const route =
    decision.routedTo === decision.servedBy ? decision.routedTo : `${decision.routedTo} (${decision.servedBy})`
  return [
    utc(decision.decidedAtMs),
    decision.symbol,
    decision.timeframe,
    decision.action.toUpperCase(),
    percent(decision.confidence),
    route,
    decision.rationale,
  ]
}
