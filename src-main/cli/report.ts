import { failure, type Outcome, success } from '@shared/contract/outcome'
import { comparisonPage } from '../engine/analysis/report/page/comparison-page'
import { reportPage } from '../engine/analysis/report/page/report-page'
import { type Report, reportDocument, reportOf } from '../engine/analysis/report/report'
import { comparisonSentences, runFigures, runHeads, runRow } from '../engine/analysis/report/run-table'
import { tradingRecordOfJournal } from '../engine/analysis/report/trading-record-of-journal'
import { type LedgerReader, openLedgerReader } from '../engine/journal/ledger-reader'
import type { RunRecord } from '../engine/journal/ledger-rows'
import { knownModels } from '../engine/known-models'
import type { Places } from '../engine/places'
import { failWith } from './exit'
import { note, print, table } from './output'
import { writePage } from './page-file'

export interface ReportOptions {
  /** Ids of runs, or their first characters; `last` is the newest. */
  readonly run: readonly string[]
  readonly out?: string
  readonly json: boolean
}

/** Judges runs of the ledger: one as a report, several side by side. Reads only; a desk may be running. */
export function report(places: Places, options: ReportOptions): number {
  const opened = openLedgerReader(places.dataDir)
  if (!opened.ok) return failWith(opened.problem)
  const reader = opened.value
  try {
    const reports: Report[] = []
    for (const name of options.run) {
      const read = reportOfRun(places, reader, name)
      if (!read.ok) return failWith(read.problem)
      reports.push(read.value)
    }
    const [only, ...others] = reports
    if (only === undefined) return failWith({ code: 'unknown_run', message: 'Name a run: --run last.' })
    const isOne = others.length === 0
    if (options.out !== undefined) {
      const written = writePage(options.out, isOne ? reportPage(only) : comparisonPage(reports))
      if (!written.ok) return failWith(written.problem)
      note(`The report is in ${written.value}.`)
    }
    if (isOne) return print(options.json, reportDocument(only), () => [...columns(reports), '', ...only.sentences])
    const sentences = comparisonSentences(reports)
    return print(
      options.json,
      { runs: reports.map((one) => ({ runId: one.record.runId, ...runFigures(one) })), sentences },
      () => [...table([[...runHeads], ...reports.map((one) => runRow(runFigures(one)))]), '', ...sentences],
    )
  } finally {
    reader.close()
  }
}

function reportOfRun(places: Places, reader: LedgerReader, name: string): Outcome<Report> {
  const run = findRun(reader.runs(), name)
  if (!run.ok) return run
  const { runId, spec } = run.value
  const record = tradingRecordOfJournal(reader.runEvents(runId), { knownModel: knownModels(places, spec.timeframe) })
  return record.ok ? success(reportOf(record.value)) : record
}

/** Single questions (`decide`) trade nothing: `last` passes over them. */
function findRun(runs: readonly RunRecord[], name: string): Outcome<RunRecord, 'unknown_run'> {
  const meant = name === 'last' ? runs.filter(({ spec }) => spec.venue !== 'request') : runs.filter(isNamed)
  const [run, another] = meant
  if (run === undefined) {
    const message = name === 'last' ? 'Nothing has run yet.' : `There is no run "${name}" in the ledger.`
    return failure('unknown_run', `${message} quartet run makes one; quartet status names the last.`)
  }
  if (name !== 'last' && another !== undefined) {
    return failure('unknown_run', `"${name}" begins the ids of several runs. Write more of the id you mean.`)
  }
  return success(run)

  function isNamed({ runId }: RunRecord): boolean {
    return runId.startsWith(name)
  }
}

/** One figure per line: a single run reads better downwards. */
function columns(reports: readonly Report[]): string[] {
  const rows = reports.map((one) => runRow(runFigures(one)))
  return table(runHeads.map((head, column) => [head, ...rows.map((row) => row[column] ?? '')]))
}
