import type { JournalEvent } from '@shared/contract/journal'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { journalCommit } from '../../../src-main/engine/journal/append'
import { eventHash } from '../../../src-main/engine/journal/chain'
import { migrate, migrations } from '../../../src-main/engine/journal/migrate'
import { verifyLedger } from '../../../src-main/engine/journal/verify'
import { decisionMade, measurement, oneOfEach, orderAccepted, orderFilled, runStarted } from './sample-events'

/** Properties look at a hundred ledgers; a busy machine may take its time. */
const patienceMs = 180_000

/** The bytes of a ledger that holds one event of every kind, written by the real writer. */
let whole: Buffer

beforeAll(() => {
  const ledger = ledgerInMemory()
  expect(ledger.commit({ events: oneOfEach(), measurements: [measurement(0)] }).ok).toBe(true)
  whole = ledger.database.serialize()
})

function ledgerInMemory() {
  const database = new Database(':memory:')
  expect(migrate(database, { steps: migrations, backupDir: '', nowMs: 0 }).ok).toBe(true)
  return { database, commit: journalCommit(database) }
}

/** A copy of the whole ledger, changed behind the desk's back by someone who removed the triggers first. */
function tampered(change: (database: Database.Database) => void) {
  const database = new Database(whole)
  database.pragma('foreign_keys = OFF')
  const triggers = database.prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all()
  for (const { name } of triggers) database.exec(`DROP TRIGGER ${name}`)
  change(database)
  const verification = verifyLedger(database)
  database.close()
  return verification
}

function broken(seq: number, code: string) {
  return { ok: false, firstBroken: { seq, code } }
}

describe('verify', () => {
  test('finds nothing wrong with an untouched copy', () => {
    expect(tampered(() => undefined)).toMatchObject({ ok: true, events: 13 })
  })

  test('does not judge measurements, which the chain does not cover', () => {
    expect(tampered((db) => db.exec('UPDATE measurements SET latency_ms = 1'))).toMatchObject({ ok: true })
  })

  test('names an event whose payload, time, type, run or hash was changed', () => {
    const at5 = (sql: string) => tampered((db) => db.exec(`UPDATE events SET ${sql} WHERE seq = 5`))
    expect(at5(`payload = replace(payload, '"sell"', '"hold"')`)).toMatchObject(broken(5, 'hash_mismatch'))
    expect(at5('at_ms = at_ms + 1')).toMatchObject(broken(5, 'hash_mismatch'))
    expect(at5(`type = 'order.accepted'`)).toMatchObject(broken(5, 'hash_mismatch'))
    expect(at5(`hash = '${'f'.repeat(64)}'`)).toMatchObject(broken(5, 'hash_mismatch'))
    expect(at5(`run_id = 'run-2'`)).toMatchObject(broken(5, 'run_mismatch'))
    expect(at5(`prev_hash = '${'0'.repeat(64)}'`)).toMatchObject(broken(5, 'prev_mismatch'))
  })

  test('finds an event that is gone, two that were swapped, and a tail that was cut off', () => {
    const gone = tampered((db) => db.exec('DELETE FROM decisions WHERE seq = 5; DELETE FROM events WHERE seq = 5'))
    expect(gone).toMatchObject(broken(5, 'seq_gap'))
    const swapped = tampered((db) =>
      db.exec(
        'UPDATE events SET seq = 100 WHERE seq = 5; UPDATE events SET seq = 5 WHERE seq = 6; UPDATE events SET seq = 6 WHERE seq = 100',
      ),
    )
    expect(swapped).toMatchObject(broken(5, 'prev_mismatch'))
    const cut = tampered((db) =>
      db.exec(
        'DELETE FROM run_ends; DELETE FROM desk_states; DELETE FROM protection_acts; DELETE FROM events WHERE seq > 10',
      ),
    )
    expect(cut).toMatchObject(broken(11, 'head_mismatch'))
  })

  test('finds a tail that was cut off with the recorded head set back, by the rows it leaves behind', () => {
    const setBack = tampered((db) =>
      db.exec(`DELETE FROM events WHERE seq > 10;
        UPDATE chain SET events = 10, head = (SELECT hash FROM events WHERE seq = 10)`),
    )
    expect(setBack).toMatchObject(broken(13, 'derived_extra'))
  })

  test('names a derived row that was changed, removed or added', () => {
    expect(tampered((db) => db.exec('UPDATE decisions SET confidence = 0.99 WHERE seq = 3'))).toMatchObject({
      ok: false,
      firstBroken: {
        seq: 3,
        code: 'derived_mismatch',
        message: expect.stringContaining('confidence of table decisions'),
      },
    })
    expect(tampered((db) => db.exec('DELETE FROM fills'))).toMatchObject(broken(7, 'derived_missing'))
    const added = `INSERT INTO fills SELECT 99, 'more', order_id, run_id, symbol, side, price_quote, qty_base, notional_quote,
      fee, fee_asset, fee_quote, realized_quote, reference_price_quote, reason, filled_at_ms, role, leaves_qty_base,
      leaves_position FROM fills`
    expect(tampered((db) => db.exec(added))).toMatchObject(broken(99, 'derived_extra'))
  })

  test('knows an event that no desk wrote, even under a fitting hash', () => {
    const forged = (type: string, payload: string) =>
      tampered((db) => {
        const link = { prevHash: lastHash(db), seq: 14, atMs: 0, type, payload }
        db.prepare("INSERT INTO events VALUES (14, 0, ?, 'run-1', ?, ?, ?)").run(
          type,
          payload,
          link.prevHash,
          eventHash(link),
        )
      })
    expect(forged('desk.forged', '{"runId":"run-1"}')).toMatchObject(broken(14, 'event_unknown'))
    const spaced = '{"by":"user","reason":"","runId":"run-1", "state":"active"}'
    expect(forged('desk.state', spaced)).toMatchObject(broken(14, 'payload_not_canonical'))
  })

  test('finds any single byte that was changed in any column of any event or derived row', {
    timeout: patienceMs,
  }, () => {
    const cells = tableCells()
    fc.assert(
      fc.property(fc.constantFrom(...cells), fc.nat(), fc.integer({ min: 1, max: 94 }), (cell, position, shift) => {
        const verification = tampered((db) => {
          db.pragma('ignore_check_constraints = ON')
          const { table, column, seq } = cell
          const value: unknown = db.prepare(`SELECT ${column} FROM ${table} WHERE seq = ?`).pluck().get(seq)
          const changed = typeof value === 'string' ? otherText(value, position, shift) : Number(value ?? 0) + shift
          fc.pre(taken(() => void db.prepare(`UPDATE ${table} SET ${column} = ? WHERE seq = ?`).run(changed, seq)))
        })
        expect(verification.ok).toBe(false)
      }),
      { numRuns: 100 },
    )
  })
})

describe('any sequence of steps', () => {
  test('verifies, and gives the same head however it is cut into commits', { timeout: patienceMs }, () => {
    const step = fc.record({ trades: fc.boolean(), fills: fc.boolean(), text: fc.string({ unit: 'binary' }) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 5 }), (steps) => {
        const entries = steps.map(({ trades, fills, text }, index): JournalEvent[] => [
          decisionMade(index, { rationale: text }),
          ...(trades ? [orderAccepted(index)] : []),
          ...(trades && fills ? [orderFilled(index)] : []),
        ])
        const inSteps = headOf([[runStarted()], ...entries])
        expect(headOf([[runStarted(), ...entries.flat()]])).toEqual(inSteps)
      }),
      { numRuns: 25 },
    )
  })
})

function headOf(entries: readonly JournalEvent[][]) {
  const { database, commit } = ledgerInMemory()
  for (const events of entries) expect(commit({ events, measurements: [] }).ok).toBe(true)
  const verification = verifyLedger(database)
  expect(verification).toMatchObject({ ok: true, events: entries.flat().length })
  database.close()
  return verification
}

/** A change that makes two keys equal, or a context no JSON, is refused by SQLite itself. */
function taken(change: () => void): boolean {
  try {
    change()
    return true
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error
    if (error.code.startsWith('SQLITE_CONSTRAINT') || error.message === 'malformed JSON') return false
    throw error
  }
}

function lastHash(database: Database.Database): string {
  return database.prepare<[], string>('SELECT hash FROM events ORDER BY seq DESC LIMIT 1').pluck().get() ?? ''
}

function otherText(text: string, position: number, shift: number): string {
  if (text === '') return 'x'
  const at = position % text.length
  const printable = ((text.charCodeAt(at) - 32 + shift) % 95) + 32
  const other = printable === text.charCodeAt(at) ? printable + 1 : printable
  return text.slice(0, at) + String.fromCharCode(other) + text.slice(at + 1)
}

/** Every stored column of every row of the events and of the tables folded from them. */
function tableCells() {
  const database = new Database(whole)
  const tables = [
    'events',
    'runs',
    'run_ends',
    'market_events',
    'decisions',
    'orders',
    'refusals',
    'fills',
    'expiries',
    'desk_states',
    'protection_acts',
  ]
  const cells = tables.flatMap((table) => {
    const columns = database.prepare<[], { name: string }>(`PRAGMA table_info(${table})`).all()
    const seqs = database.prepare<[], number>(`SELECT seq FROM ${table}`).pluck().all()
    return seqs.flatMap((seq) => columns.map(({ name }) => ({ table, column: name, seq })))
  })
  database.close()
  return cells
}
