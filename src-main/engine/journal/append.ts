import { canonicalJson } from '@shared/contract/canonical'
import type { DecisionMeasurement } from '@shared/contract/decision'
import { type ChainHead, chainHeadSchema, type JournalEvent, journalEventSchema } from '@shared/contract/journal'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import Database from 'better-sqlite3'
import { z } from 'zod'
import { eventHash } from './chain'
import { type Cell, type FoldedRow, foldEvent } from './fold'
import { type StorageProblemCode, storageProblem } from './storage-problem'

/** What one step of the desk leaves behind. */
export interface JournalEntry {
  readonly events: readonly JournalEvent[]
  /** Of decisions in this entry or an earlier one. */
  readonly measurements: readonly DecisionMeasurement[]
}

/** Besides storage problems: an id that is in the ledger already, a reference to nothing, an event against the contract. */
export type CommitProblemCode = StorageProblemCode | 'already_recorded' | 'reference_missing' | 'event_invalid'

export type Commit = (entry: JournalEntry) => Outcome<ChainHead, CommitProblemCode>

/**
 * The one way into the ledger: a transaction that appends the events to the chain, folds each into its table and moves
 * the head. Either all of the entry is on the disk when this returns, or nothing of it is.
 */
export function journalCommit(database: Database.Database): Commit {
  const readHead = database.prepare('SELECT events, head FROM chain')
  const moveHead = database.prepare('UPDATE chain SET events = ?, head = ?')
  const insertEvent = database.prepare(
    'INSERT INTO events (seq, at_ms, type, run_id, payload, prev_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  const insertMeasurement = database.prepare(
    `INSERT INTO measurements (seq, wall_at_ms, latency_ms, rationale_ms)
     SELECT seq, ?, ?, ? FROM decisions WHERE decision_id = ?`,
  )
  const insertFolded = foldedInserts(database)

  const append = database.transaction(({ events, measurements }: JournalEntry): ChainHead => {
    let { events: seq, head } = chainHeadSchema.parse(readHead.get())
    for (const given of events) {
      const event = checkedEvent(given)
      const payload = canonicalJson(event.payload)
      const prevHash = head
      seq += 1
      head = eventHash({ prevHash, seq, atMs: event.atMs, type: event.type, payload })
      insertEvent.run(seq, event.atMs, event.type, event.payload.runId, payload, prevHash, head)
      insertFolded(seq, foldEvent(event))
    }
    for (const { decisionId, wallAtMs, latencyMs, rationaleMs } of measurements) {
      const { changes } = insertMeasurement.run(wallAtMs, latencyMs, rationaleMs, decisionId)
      if (changes === 0) throw new RefusedEntry('reference_missing', `There is no decision ${decisionId} to measure`)
    }
    moveHead.run(seq, head)
    return { events: seq, head }
  })

  return (entry) => {
    try {
      return success(append.immediate(entry))
    } catch (error) {
      return commitFailure(error, database.name)
    }
  }
}

/** Ends a transaction from within, with the answer that the caller gets. */
class RefusedEntry extends Error {
  constructor(
    readonly code: CommitProblemCode,
    message: string,
  ) {
    super(message)
  }
}

/** The ledger never takes what it could not read again: an infinite price would become a null in JSON. */
function checkedEvent(given: JournalEvent): JournalEvent {
  const checked = journalEventSchema.safeParse(given)
  if (checked.success) return checked.data
  throw new RefusedEntry('event_invalid', `A ${given.type} event is not valid: ${z.prettifyError(checked.error)}`)
}

function commitFailure(error: unknown, path: string): Outcome<never, CommitProblemCode> {
  if (error instanceof RefusedEntry) return failure(error.code, error.message)
  if (error instanceof Database.SqliteError) {
    if (/^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)$/.test(error.code)) {
      return failure('already_recorded', `The ledger holds this already, nothing was written twice: ${error.message}`)
    }
    if (error.code === 'SQLITE_CONSTRAINT_FOREIGNKEY') {
      return failure('reference_missing', 'An event names a run, decision or order that the ledger does not hold')
    }
    if (error.code.startsWith('SQLITE_CONSTRAINT')) {
      return failure('event_invalid', `The ledger does not take such an event: ${error.message}`)
    }
  }
  return { ok: false, problem: storageProblem(error, path) }
}

/** One cached INSERT per table; the column order is that of the first row, which `foldEvent` always gives alike. */
function foldedInserts(database: Database.Database): (seq: number, folded: FoldedRow) => void {
  const inserts = new Map<string, Database.Statement<Cell[]>>()
  return (seq, { table, row }) => {
    let insert = inserts.get(table)
    if (insert === undefined) {
      const columns = ['seq', ...Object.keys(row)]
      const marks = columns.map(() => '?').join(', ')
      insert = database.prepare<Cell[]>(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`)
      inserts.set(table, insert)
    }
    insert.run(seq, ...Object.values(row))
  }
}
