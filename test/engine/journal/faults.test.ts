import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JournalEvent } from '@shared/contract/journal'
import { settingsSchema } from '@shared/contract/settings'
import Database from 'better-sqlite3'
import { beforeEach, describe, expect, test } from 'vitest'
import { type LedgerWriter, openLedger } from '../../../src-main/engine/journal/ledger'
import { openLedgerReader } from '../../../src-main/engine/journal/ledger-reader'
import { type Migration, migrations } from '../../../src-main/engine/journal/migrate'
import { buildProgram } from '../../helpers/built-program'
import { mountSmallDisk, noSmallDisk, type SmallDisk } from '../../helpers/small-disk'
import { temporaryFolder } from '../../helpers/temporary-folder'
import { decisionMade, oneOfEach, protectionActed, runStarted } from './sample-events'

let dir: string

beforeEach(() => {
  dir = temporaryFolder('faults')
})

function open(steps: readonly Migration[] = migrations): LedgerWriter {
  const opened = openLedger({ dir, clock: () => Date.UTC(2024, 0, 2, 3, 4, 5), steps })
  if (!opened.ok) throw new Error(opened.problem.message)
  return opened.value
}

function written(): string {
  const ledger = open()
  ledger.commit({ events: oneOfEach(), measurements: [] })
  ledger.close()
  return join(dir, 'ledger.db')
}

/** What the second release wrote when its trader paused the desk. */
const pausedLongAgo = {
  type: 'desk.state',
  atMs: 0,
  payload: { runId: 'run-1', state: 'paused', reason: 'lunch', by: 'user' },
} as const satisfies JournalEvent

/** A ledger as an earlier release left it: its events, and the schema of that time. */
function olderLedger(version: 1 | 2): void {
  const ledger = open()
  const events = oneOfEach().flatMap((event): JournalEvent[] => {
    if (event.type === 'protection.acted') return []
    if (event.type === 'desk.state') return [pausedLongAgo]
    if (event.type !== 'run.started') return [event]
    const settings = { routing: {}, risk: { maxPositionPct: 0.02 }, broker: {}, inference: {} }
    return [{ ...event, payload: { ...event.payload, spec: { ...event.payload.spec, settings } } }]
  })
  expect(ledger.commit({ events, measurements: [] }).ok).toBe(true)
  ledger.close()
  const old = new Database(join(dir, 'ledger.db'))
  old.exec(`DROP TABLE news; DROP TABLE protection_acts;
    CREATE TABLE older AS SELECT * FROM desk_states; DROP TABLE desk_states;
    CREATE TABLE desk_states (seq INTEGER PRIMARY KEY REFERENCES events (seq), run_id TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'halted')), reason TEXT NOT NULL,
      set_by TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
    INSERT INTO desk_states SELECT * FROM older; DROP TABLE older;`)
  old.exec('DROP TABLE order_triggers; DROP TABLE order_trails; ALTER TABLE expiries DROP COLUMN status')
  for (const column of ['role', 'leaves_qty_base', 'leaves_position'])
    old.exec(`ALTER TABLE fills DROP COLUMN ${column}`)
  const terms = ['price_quote', 'stop_price_quote', 'trailing_delta_bps', 'time_in_force', 'reduce_only', 'list_id']
  for (const column of [...terms, 'iceberg_qty_base']) old.exec(`ALTER TABLE orders DROP COLUMN ${column}`)
  if (version === 1) {
    old.exec('ALTER TABLE runs DROP COLUMN data_hash')
    for (const column of ['order_bias', 'conviction', 'calibrated_confidence', 'calibration']) {
      old.exec(`ALTER TABLE decisions DROP COLUMN ${column}`)
    }
  }
  old.pragma(`user_version = ${version}`)
  old.close()
}

function problemOf(opened: { ok: boolean; problem?: { code: string; message: string } }) {
  return opened.problem
}

describe('a damaged ledger', () => {
  test.each([
    ['a garbage header', (path: string) => writeFileSync(path, Buffer.alloc(40_000, 'garbage'))],
    ['its second half missing', (path: string) => truncateSync(path, Math.floor(readFileSync(path).length / 2))],
    ['a few bytes left', (path: string) => truncateSync(path, 50)],
    ['pages overwritten', (path: string) => writeFileSync(path, scribbled(readFileSync(path)))],
  ])('with %s is refused and left as it is; a reader refuses it too or finds it broken', (_, damage) => {
    const path = written()
    damage(path)
    const damaged = readFileSync(path)
    const opened = openLedger({ dir, clock: () => 0 })
    expect(problemOf(opened)).toMatchObject({ code: 'ledger_corrupt', message: expect.stringContaining(path) })
    expect(readFileSync(path).equals(damaged)).toBe(true)
    const reader = openLedgerReader(dir)
    if (reader.ok) {
      expect(reader.value.verify().ok).toBe(false)
      reader.value.close()
    } else {
      expect(reader.problem.code).toBe('ledger_corrupt')
    }
  })

  test("that is another program's database is not touched", () => {
    const path = join(dir, 'ledger.db')
    const other = new Database(path)
    other.exec('CREATE TABLE photos (name TEXT)')
    other.close()
    expect(problemOf(openLedger({ dir, clock: () => 0 }))).toMatchObject({ code: 'ledger_corrupt' })
    expect(problemOf(openLedgerReader(dir))).toMatchObject({ code: 'ledger_corrupt' })
  })

  test('whose write-ahead log was cut holds a whole prefix of what was committed', () => {
    const ledger = open()
    const heads = [ledger.head()]
    for (const event of oneOfEach()) {
      ledger.commit({ events: [event], measurements: [] })
      heads.push(ledger.head())
    }
    const copy = temporaryFolder('cut')
    const wal = readFileSync(join(dir, 'ledger.db-wal'))
    writeFileSync(join(copy, 'ledger.db'), readFileSync(join(dir, 'ledger.db')))
    writeFileSync(join(copy, 'ledger.db-wal'), wal.subarray(0, Math.floor(wal.length * 0.7)))
    ledger.close()
    const opened = openLedger({ dir: copy, clock: () => 0 })
    if (!opened.ok) throw new Error(opened.problem.message)
    const verification = opened.value.verify()
    expect(verification.ok).toBe(true)
    expect(heads).toContainEqual(opened.value.head())
    expect(opened.value.head().events).toBeLessThan(13)
    expect(opened.value.commit({ events: oneOfEach().slice(verification.events), measurements: [] })).toEqual({
      ok: true,
      value: heads.at(-1),
    })
    opened.value.close()
  })
})

describe('the schema', () => {
  const newest = migrations.length
  const next: Migration = {
    version: newest + 1,
    name: 'next',
    sql: 'CREATE TABLE notes (id INTEGER PRIMARY KEY) STRICT;',
  }

  test('grows by steps that are numbered from one without a hole', () => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, place) => place + 1))
  })

  test('of the first release goes on whole: its old events keep their hashes and take new ones after them', () => {
    olderLedger(1)
    const ledger = open()
    expect(ledger.verify()).toMatchObject({ ok: true, events: 12 })
    expect(
      ledger.commit({ events: [decisionMade(50, { orderBias: 0.12, conviction: 0.5 })], measurements: [] }).ok,
    ).toBe(true)
    expect(ledger.verify()).toMatchObject({ ok: true, events: 13 })
    ledger.close()
  })

  test('of the second release keeps its run with fewer settings and its paused desk, and takes the new words', () => {
    olderLedger(2)
    const ledger = open()
    expect(ledger.verify()).toMatchObject({ ok: true, events: 12 })
    expect(ledger.deskState()).toMatchObject({ state: 'reduce_only', by: 'user' })
    expect(ledger.lastRun()?.spec.settings).toEqual(settingsSchema.parse({}))
    const reduced = { ...pausedLongAgo, payload: { ...pausedLongAgo.payload, state: 'reduce_only' } } as const
    expect(ledger.commit({ events: [reduced, protectionActed()], measurements: [] }).ok).toBe(true)
    expect(ledger.verify()).toMatchObject({ ok: true, events: 14 })
    ledger.close()
  })

  test('of a newer Quartet is refused by writer and reader', () => {
    written()
    open([...migrations, next]).close()
    expect(problemOf(openLedger({ dir, clock: () => 0 }))).toMatchObject({ code: 'ledger_newer' })
    expect(problemOf(openLedgerReader(dir))).toMatchObject({ code: 'ledger_newer' })
  })

  test('is brought up to date after a whole backup was made', () => {
    written()
    const ledger = open([...migrations, next])
    expect(ledger.head().events).toBe(13)
    ledger.close()
    const [backup] = readdirSync(join(dir, 'backups'))
    expect(backup).toBe(`ledger-before-schema-${newest + 1}-2024-01-02T03-04-05-000Z.db`)
    const copy = new Database(join(dir, 'backups', backup ?? ''), { readonly: true })
    expect(copy.pragma('user_version', { simple: true })).toBe(newest)
    expect(copy.prepare('SELECT count(*) FROM events').pluck().get()).toBe(13)
    copy.close()
  })

  test('stays as it was when a step fails, and the backup is named', () => {
    written()
    const failing: Migration = {
      version: newest + 1,
      name: 'failing',
      sql: `${next.sql} CREATE TABLE events (id INTEGER);`,
    }
    const opened = openLedger({ dir, clock: () => 0, steps: [...migrations, failing] })
    expect(problemOf(opened)).toMatchObject({ code: 'migration_failed', message: expect.stringContaining('backups') })
    const ledger = open()
    expect(ledger.verify()).toMatchObject({ ok: true, events: 13 })
    ledger.close()
  })

  test('keeps changes and deletions away from everyone who opens the file', () => {
    const database = new Database(written())
    expect(() => database.exec("UPDATE events SET type = 'x'")).toThrow('append-only')
    expect(() => database.exec('DELETE FROM decisions')).toThrow('append-only')
    database.close()
  })
})

describe('a data folder', () => {
  test('that cannot be one is named', () => {
    writeFileSync(join(dir, 'file'), '')
    expect(problemOf(openLedger({ dir: join(dir, 'file'), clock: () => 0 }))).toMatchObject({ code: 'folder_missing' })
    expect(problemOf(openLedger({ dir: join(dir, 'file', 'below'), clock: () => 0 }))).toMatchObject({
      code: 'folder_missing',
    })
  })

  test('on a read-only disk is refused by writer and reader', ({ skip }) => {
    const reader = onSmallDisk('ro', skip, () => {
      expect(problemOf(openLedger({ dir, clock: () => 0 }))).toMatchObject({ code: 'folder_read_only' })
      return openLedgerReader(dir)
    })
    expect(problemOf(reader)).toMatchObject({ code: 'folder_read_only' })
  })

  test('on a full disk keeps every acknowledged commit, takes no half of one, and works again with space', ({
    skip,
  }) => {
    onSmallDisk('small', skip, (disk) => {
      const ledger = open()
      ledger.commit({ events: [runStarted()], measurements: [] })
      let acknowledged = ledger.head()
      let refused = ''
      for (let step = 0; step < 2000 && refused === ''; step += 1) {
        const events = Array.from({ length: 20 }, (_, index) => decisionMade(step * 20 + index))
        const committed = ledger.commit({ events, measurements: [] })
        if (committed.ok) acknowledged = committed.value
        else refused = committed.problem.code
      }
      expect(refused).toBe('disk_full')
      expect(ledger.head()).toEqual(acknowledged)
      expect(ledger.verify()).toMatchObject({ ok: true, ...acknowledged })
      ledger.close()
      disk.grow('64m')
      const again = open()
      expect(again.head()).toEqual(acknowledged)
      expect(again.commit({ events: [decisionMade(1_000_000)], measurements: [] }).ok).toBe(true)
      again.close()
    })
  })
})

describe('a desk that is killed with SIGKILL while it commits', () => {
  const rounds = 5

  test('loses nothing that it acknowledged, writes no half commit, and leaves no lock behind', {
    timeout: 240_000,
  }, async () => {
    const program = await buildProgram('test/engine/journal/committer.ts')
    let acknowledged = 0
    for (let round = 0; round < rounds; round += 1) {
      acknowledged = await killedWhileCommitting(program.path, acknowledged, 3 + round * 7)
      const ledger = open()
      const { decisions = 0 } = ledger.counts()
      expect(decisions).toBeGreaterThanOrEqual(acknowledged)
      expect(decisions % 3).toBe(0)
      expect(ledger.verify()).toEqual({ ok: true, ...ledger.head() })
      acknowledged = decisions
      ledger.close()
    }
    program.remove()
    expect(acknowledged).toBeGreaterThan(0)
  })

  /** Starts the committer, lets it acknowledge some commits, kills it; returns the last number it acknowledged. */
  async function killedWhileCommitting(program: string, before: number, commits: number): Promise<number> {
    const child = spawn(process.execPath, [program, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    for await (const chunk of child.stdout) {
      output += String(chunk)
      if (output.split('\n').length > commits) child.kill('SIGKILL')
    }
    if (child.signalCode === null && child.exitCode === null) await once(child, 'exit')
    const lines = output.split('\n').slice(0, -1)
    return Number(lines.at(-1) ?? before)
  }
})

/** Runs `act` with a small disk over `dir`, read-only after a ledger was written to it where that is asked. */
function onSmallDisk<Value>(
  kind: 'ro' | 'small',
  skip: (reason: string) => never,
  act: (disk: SmallDisk) => Value,
): Value {
  const disk = mountSmallDisk(dir, '2m')
  if (disk === null) return skip(noSmallDisk)
  try {
    if (kind === 'ro') {
      written()
      disk.setReadOnly()
    }
    return act(disk)
  } finally {
    disk.unmount()
  }
}

/** Some bytes changed on every page after the first. */
function scribbled(bytes: Buffer): Buffer {
  const pageBytes = 8192
  for (let at = pageBytes; at < bytes.length; at += pageBytes) bytes.fill(0xa5, at, at + 12)
  return bytes
}

test('the folder of a case is left without partial files', () => {
  written()
  expect(readdirSync(dir).sort()).toEqual(['desk.lock', 'ledger.db'])
  expect(existsSync(join(dir, 'desk.pid'))).toBe(false)
})
