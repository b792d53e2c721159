import { canonicalJson } from '@shared/contract/canonical'
import { chainHeadSchema, type JournalEvent, type Verification } from '@shared/contract/journal'
import Database from 'better-sqlite3'
import { z } from 'zod'
import { emptyHead, eventHash } from './chain'
import { type Cell, derivedTables, type FoldedRow, foldEvent } from './fold'
import { readEvent } from './ledger-rows'

/** What can be wrong with an event; the first one found is named. */
export type BreakCode =
  | 'seq_gap'
  | 'prev_mismatch'
  | 'hash_mismatch'
  | 'payload_not_canonical'
  | 'event_unknown'
  | 'run_mismatch'
  | 'derived_mismatch'
  | 'derived_missing'
  | 'derived_extra'
  | 'head_mismatch'
  | 'unreadable'

const rowSchema = z.object({
  seq: z.int(),
  at_ms: z.int(),
  type: z.string(),
  run_id: z.string(),
  payload: z.string(),
  prev_hash: z.string(),
  hash: z.string(),
})

type EventRow = z.infer<typeof rowSchema>

/** Ends the walk at the first thing that is wrong. */
class Broken extends Error {
  constructor(
    readonly seq: number,
    readonly code: BreakCode,
    message: string,
  ) {
    super(message)
  }
}

/**
 * Walks the whole chain in one consistent view of the ledger, event by event in constant memory: the sequence has no
 * hole, every hash follows from the one before it, every payload is an event of the contract in canonical form, and
 * every derived row is what folding its event gives, with none missing and none too many. At the end the count and the
 * head are compared with the table `chain`. Measurements are outside the chain and are not judged.
 */
export function verifyLedger(database: Database.Database): Verification {
  let seq = 0
  let head = emptyHead
  const begun = database.inTransaction
  if (!begun) database.exec('BEGIN')
  try {
    const derivedRow = derivedRows(database)
    const rows = database
      .prepare('SELECT seq, at_ms, type, run_id, payload, prev_hash, hash FROM events ORDER BY seq')
      .iterate()
    for (const raw of rows) {
      const row = readRow(raw, seq + 1)
      checkLink(row, seq + 1, head)
      const event = checkPayload(row)
      checkDerived(row.seq, foldEvent(event), derivedRow)
      seq = row.seq
      head = row.hash
    }
    checkHead(database, seq, head)
    checkNothingExtra(database)
    return { ok: true, events: seq, head }
  } catch (error) {
    if (error instanceof Broken) {
      const { code, message } = error
      return { ok: false, events: seq, firstBroken: { seq: error.seq, code, message } }
    }
    if (error instanceof Database.SqliteError) {
      const message = `The ledger cannot be read after event ${seq}: ${error.message} (${error.code})`
      return { ok: false, events: seq, firstBroken: { seq: seq + 1, code: 'unreadable', message } }
    }
    throw error
  } finally {
    if (!begun && database.inTransaction) database.exec('COMMIT')
  }
}

function readRow(raw: unknown, expected: number): EventRow {
  const row = rowSchema.safeParse(raw)
  if (row.success) return row.data
  throw new Broken(expected, 'unreadable', `Event ${expected} does not read: ${z.prettifyError(row.error)}`)
}

function checkLink(row: EventRow, expected: number, head: string): void {
  const { seq } = row
  if (seq !== expected) {
    throw new Broken(expected, 'seq_gap', `Event ${expected} is missing: the next one found is ${seq}`)
  }
  if (row.prev_hash !== head) {
    throw new Broken(seq, 'prev_mismatch', `Event ${seq} does not follow the event before it: prev_hash is another`)
  }
  const hash = eventHash({ prevHash: head, seq, atMs: row.at_ms, type: row.type, payload: row.payload })
  if (row.hash !== hash) {
    throw new Broken(seq, 'hash_mismatch', `Event ${seq} (${row.type}) is not what was written: its hash is another`)
  }
}

function checkPayload(row: EventRow): JournalEvent {
  const { seq, payload } = row
  const event = readOrBreak(row)
  if (canonicalJson(event.payload) !== payload) {
    throw new Broken(seq, 'payload_not_canonical', `The payload of event ${seq} is not in canonical form`)
  }
  if (event.payload.runId !== row.run_id) {
    throw new Broken(seq, 'run_mismatch', `Event ${seq} stands under run ${row.run_id}, its payload names another`)
  }
  return event
}

function readOrBreak(row: EventRow): JournalEvent {
  try {
    return readEvent(row)
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error
    throw new Broken(row.seq, 'event_unknown', `Event ${row.seq} is no ${row.type} event that this Quartet knows`)
  }
}

function checkDerived(seq: number, { table, row }: FoldedRow, derivedRow: DerivedRow): void {
  const stored = derivedRow(table, Object.keys(row), seq)
  if (stored === undefined) {
    throw new Broken(seq, 'derived_missing', `Event ${seq} has no row in table ${table}`)
  }
  for (const [index, [column, expected]] of Object.entries(row).entries()) {
    if (stored[index] !== expected) {
      throw new Broken(seq, 'derived_mismatch', `Column ${column} of table ${table} is not what event ${seq} says`)
    }
  }
}

type DerivedRow = (table: string, columns: readonly string[], seq: number) => readonly Cell[] | undefined

function derivedRows(database: Database.Database): DerivedRow {
  const selects = new Map<string, Database.Statement<[number], Cell[]>>()
  return (table, columns, seq) => {
    let select = selects.get(table)
    if (select === undefined) {
      const sql = `SELECT ${columns.join(', ')} FROM ${table} WHERE seq = ?`
      select = database.prepare<[number], Cell[]>(sql).raw()
      selects.set(table, select)
    }
    return select.get(seq)
  }
}

function checkHead(database: Database.Database, seq: number, head: string): void {
  const chain = chainHeadSchema.safeParse(database.prepare('SELECT events, head FROM chain').get())
  if (!chain.success) throw new Broken(seq + 1, 'head_mismatch', 'The table chain does not say where the chain ends')
  const { events } = chain.data
  if (events > seq) {
    const lost = `The chain ends at event ${seq} but had ${events}: the newest ones were removed`
    throw new Broken(seq + 1, 'head_mismatch', lost)
  }
  if (events < seq || chain.data.head !== head) {
    throw new Broken(Math.max(seq, 1), 'head_mismatch', `The chain's recorded head is not that of event ${seq}`)
  }
}

/** Every event's own row was compared; rows beyond those belong to no event of their kind. */
function checkNothingExtra(database: Database.Database): void {
  const countOf = (sql: string) => z.int().parse(database.prepare(sql).pluck().get())
  const rows = derivedTables.map((table) => countOf(`SELECT count(*) FROM ${table}`)).reduce((a, b) => a + b, 0)
  if (rows === countOf('SELECT count(*) FROM events')) return
  for (const { type, table } of tableOfType) {
    const extra = database
      .prepare(`SELECT d.seq FROM ${table} d LEFT JOIN events e ON e.seq = d.seq AND e.type = ? WHERE e.seq IS NULL`)
      .pluck()
      .get(type)
    if (extra === undefined) continue
    throw new Broken(z.int().parse(extra), 'derived_extra', `Row ${extra} of table ${table} comes from no event`)
  }
}

const tableOfType = [
  { type: 'run.started', table: 'runs' },
  { type: 'run.finished', table: 'run_ends' },
  { type: 'market.anomaly', table: 'market_events' },
  { type: 'decision.made', table: 'decisions' },
  { type: 'order.accepted', table: 'orders' },
  { type: 'order.refused', table: 'refusals' },
  { type: 'order.filled', table: 'fills' },
  { type: 'order.expired', table: 'expiries' },
  { type: 'order.triggered', table: 'order_triggers' },
  { type: 'order.trailed', table: 'order_trails' },
  { type: 'desk.state', table: 'desk_states' },
  { type: 'protection.acted', table: 'protection_acts' },
  { type: 'news.read', table: 'news' },
] as const satisfies readonly { type: JournalEvent['type']; table: (typeof derivedTables)[number] }[]
