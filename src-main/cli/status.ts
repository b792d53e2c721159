import { openLedgerReader } from '../engine/journal/ledger-reader'
import { openLibraryHere } from '../engine/open-library'
import type { Places } from '../engine/places'
import { type DescribedModels, describeModels } from './described-models'
import { failWith } from './exit'
import { machineText } from './machine-text'
import { print, table, utc } from './output'

/** Where the desk stands, read from the journal; works while a desk is running, and before the first run. */
export async function status(places: Places, options: { json: boolean }): Promise<number> {
  const opened = openLedgerReader(places.dataDir)
  if (!opened.ok && opened.problem.code !== 'ledger_missing') return failWith(opened.problem)
  const models = await describedHere(places)
  const machine = models.machine.ok ? models.machine.value : null
  if (!opened.ok) {
    const empty = { mode: 'paper', dataDir: places.dataDir, state: 'active', lastRun: null, journal: null }
    return print(options.json, { ...empty, machine, slots: models.slots }, () => [
      `Nothing has run yet in ${places.dataDir}.`,
      ...table(modelRows(models)),
    ])
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
      machine,
      slots: models.slots,
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
        ...modelRows(models),
      ]),
    )
  } finally {
    reader.close()
  }
}

async function describedHere(places: Places): Promise<DescribedModels> {
  const library = openLibraryHere(places, process.env)
  try {
    return await describeModels(library)
  } finally {
    await library.close()
  }
}

function modelRows({ machine, slots }: DescribedModels): string[][] {
  return [
    ['machine', machine.ok ? machineText(machine.value) : machine.problem.message],
    ...slots.map(({ slot, model, detail }) => [slot, model === null ? detail : `${model}: ${detail}`]),
  ]
}
