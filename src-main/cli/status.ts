import { openLedgerReader } from '../engine/journal/ledger-reader'
import type { Places } from '../engine/places'
import { failWith } from './exit'
import { print, table, utc } from './output'

/** Where the desk stands, read from the journal; works while a desk is running, and before the first run. */
export function status(places: Places, options: { json: boolean }): number {
  const opened = openLedgerReader(places.dataDir)
  if (!opened.ok && opened.problem.code !== 'ledger_missing') return failWith(opened.problem)
  if (!opened.ok) {
    const empty = { mode: 'paper', dataDir: places.dataDir, state: 'active', lastRun: null, journal: null }
    return print(options.json, empty, () => [`Nothing has run yet in ${places.dataDir}.`])
  }
  const reader = opened.value
  try {
    const run = reader.lastRun()
    const state = reader.deskState()
    const totals = run === null ? null : reader.runTotals(run.runId)
    const lastRun = run === null ? null : { ...run, ...totals }
    const document = {
      mode: 'paper',
      dataDir: places.dataDir,
      state: state?.state ?? 'active',
      lastRun,
      journal: reader.head(),
      counts: reader.counts(),
    }
    return print(options.json, document, () =>
      table([
        ['data folder', places.dataDir],
        ['mode', 'paper'],
        ['state', document.state],
        ['last run', run === null ? 'none' : `${run.spec.venue} ${run.spec.symbols.join(', ')} ${run.spec.timeframe}`],
        ['', run?.end ? `finished ${utc(run.end.atMs)}, equity ${run.end.equityEnd}` : 'not finished'],
        ['decisions', String(totals?.decisions ?? 0)],
        ['journal', `${document.journal.events} events, head ${document.journal.head}`],
      ]),
    )
  } finally {
    reader.close()
  }
}
