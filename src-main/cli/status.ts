import type { Outcome } from '@shared/contract/outcome'
import type { ActiveProtection } from '@shared/contract/protection'
import type { RiskSettings } from '@shared/contract/settings'
import { openLedgerReader } from '../engine/journal/ledger-reader'
import { openLibraryHere } from '../engine/open-library'
import type { Places } from '../engine/places'
import { limitWords } from '../engine/risk/limit-words'
import { readSettings } from '../engine/settings-file'
import { answersLine, type KeptAnswersState, keptAnswersHere } from './answers/answers-line'
import { type DescribedModels, describeModels } from './described-models'
import { failWith } from './exit'
import { machineText } from './machine-text'
import { print, table, utc } from './output'

/** Where the desk stands, read from the journal; works while a desk is running, and before the first run. */
export async function status(places: Places, options: { json: boolean }): Promise<number> {
  const settings = readSettings(places.dataDir, process.env)
  if (!settings.ok) return failWith(settings.problem)
  const risk = { settings: settings.value.risk, protections: [] }
  const opened = openLedgerReader(places.dataDir)
  if (!opened.ok && opened.problem.code !== 'ledger_missing') return failWith(opened.problem)
  const models = await describedHere(places)
  const kept = keptAnswersHere(places)
  const answers = kept.ok ? kept.value : null
  const machine = models.machine.ok ? models.machine.value : null
  if (!opened.ok) {
    const empty = { mode: 'paper', dataDir: places.dataDir, state: 'active', risk, lastRun: null, journal: null }
    return print(options.json, { ...empty, answers, machine, slots: models.slots }, () => [
      `Nothing has run yet in ${places.dataDir}.`,
      ...table([...riskRows(settings.value.risk, []), ...answerRows(kept), ...modelRows(models)]),
    ])
  }
  const reader = opened.value
  try {
    const run = reader.lastRun()
    const state = reader.deskState()
    const totals = run === null ? null : reader.runTotals(run.runId)
    const [last] = run === null ? [] : reader.decisions({ limit: 1, runId: run.runId })
    const protections =
      run === null || last === undefined
        ? []
        : reader.protections({ runId: run.runId, atMs: last.decision.decidedAtMs })
    const lastRun = run === null ? null : { ...run, ...totals }
    const document = {
      mode: 'paper',
      dataDir: places.dataDir,
      state: state?.state ?? 'active',
      stateReason: state?.reason ?? null,
      risk: { ...risk, protections },
      lastRun,
      journal: reader.head(),
      counts: reader.counts(),
      answers,
      machine,
      slots: models.slots,
    }
    return print(options.json, document, () =>
      table([
        ['data folder', places.dataDir],
        ['mode', 'paper'],
        ['state', state === null ? document.state : `${state.state} (${state.reason})`],
        ['last run', run === null ? 'none' : `${run.spec.venue} ${run.spec.symbols.join(', ')} ${run.spec.timeframe}`],
        ['', run?.end ? `finished ${utc(run.end.atMs)}, equity ${run.end.equityEnd}` : 'not finished'],
        ['decisions', String(totals?.decisions ?? 0)],
        ['journal', `${document.journal.events} events, head ${document.journal.head}`],
        ...riskRows(settings.value.risk, protections),
        ...answerRows(kept),
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

/** What entries are held back by, and the limits they stand under. */
function riskRows(settings: RiskSettings, protections: readonly ActiveProtection[]): string[][] {
  const held = protections.map(({ code, symbol, reason, untilMs }) => {
    const end = untilMs === null ? 'until the desk is resumed' : `until ${utc(untilMs)}`
    return ['held back', `${code}${symbol === null ? '' : ` ${symbol}`} ${end}: ${reason}`]
  })
  return [...held, ...limitWords(settings).map(([code, words]) => [code, words])]
}

function answerRows(kept: Outcome<KeptAnswersState>): string[][] {
  return [['answers', kept.ok ? answersLine(kept.value) : kept.problem.message]]
}

function modelRows({ machine, slots }: DescribedModels): string[][] {
  return [
    ['machine', machine.ok ? machineText(machine.value) : machine.problem.message],
    ...slots.map(({ slot, model, detail }) => [slot, model === null ? detail : `${model}: ${detail}`]),
  ]
}
