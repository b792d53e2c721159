import { setTimeout as wait } from 'node:timers/promises'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { commandWaits, leaveCommand } from '../engine/command-file'
import { commandEvent, type DeskCommand } from '../engine/desk/desk-command'
import { type LedgerWriter, openLedger } from '../engine/journal/ledger'
import { openLedgerReader } from '../engine/journal/ledger-reader'
import type { DeskStateRecord } from '../engine/journal/ledger-rows'
import { systemClock } from '../engine/market/clock'
import type { Places } from '../engine/places'
import { failWith } from './exit'
import { note, print, table } from './output'

/** A desk obeys within a second; one that is just starting first opens its market. */
const patienceMs = 90_000
const lookEveryMs = 100

/**
 * Tells the desk of this data folder to pause, to resume or to stop everything: through a file that a running desk
 * obeys, or in the journal, where the next start finds it.
 */
export async function commandDesk(places: Places, command: DeskCommand, options: { json: boolean }): Promise<number> {
  const known = openLedgerReader(places.dataDir)
  if (!known.ok) return failWith(known.problem)
  known.value.close()
  const opened = openLedger({ dir: places.dataDir, clock: systemClock.nowMs })
  if (!opened.ok && opened.problem.code !== 'folder_in_use') return failWith(opened.problem)
  const told = opened.ok ? writeCommand(opened.value, command) : await passOn(places.dataDir, command)
  if (!told.ok) return failWith(told.problem)
  const { state, reason, by, atMs, runId } = told.value
  const document = { running: !opened.ok, state, reason, by, atMs, runId }
  return print(options.json, document, () =>
    table([
      ['state', state],
      ['because', reason],
      ['desk', opened.ok ? 'not running; it starts in this state' : 'running'],
    ]),
  )
}

/** No desk runs: the journal takes the command, and is closed again. */
function writeCommand(ledger: LedgerWriter, command: DeskCommand): Outcome<DeskStateRecord> {
  try {
    const run = ledger.lastRun()
    if (run === null)
      return failure('nothing_runs', 'Nothing has run in this data folder yet, so there is no desk to tell.')
    const [last] = ledger.decisions({ limit: 1, runId: run.runId })
    const { killSwitch } = run.spec.settings.risk
    const atMs = last?.decision.decidedAtMs ?? run.startedAtMs
    const event = commandEvent(command, { runId: run.runId, atMs, killSwitch })
    const committed = ledger.commit({ events: [event], measurements: [] })
    if (!committed.ok) return committed
    return standing(ledger.deskState())
  } finally {
    ledger.close()
  }
}

/** A desk runs: it finds the command, obeys it, and takes it away. */
async function passOn(dataDir: string, command: DeskCommand): Promise<Outcome<DeskStateRecord>> {
  const left = leaveCommand(dataDir, command)
  if (!left.ok) return left
  const deadlineMs = performance.now() + patienceMs
  while (commandWaits(dataDir) && performance.now() < deadlineMs) await wait(lookEveryMs)
  if (commandWaits(dataDir)) {
    note('The desk has not obeyed yet; it does as soon as its market is open, or at its next start.')
  }
  const reader = openLedgerReader(dataDir)
  if (!reader.ok) return reader
  try {
    return standing(reader.value.deskState())
  } finally {
    reader.value.close()
  }
}

function standing(record: DeskStateRecord | null): Outcome<DeskStateRecord> {
  return record === null ? failure('state_unknown', 'The desk has not said yet what state it is in.') : success(record)
}
