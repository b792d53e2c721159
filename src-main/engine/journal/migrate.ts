import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import Database from 'better-sqlite3'
import { z } from 'zod'
import { ledger } from './migrations/0001-ledger'
import { modelVoices } from './migrations/0002-model-voices'
import { protections } from './migrations/0003-protections'
import { orderTypes } from './migrations/0004-order-types'
import { news } from './migrations/0005-news'
import { type StorageProblemCode, storageProblem } from './storage-problem'

/** One step of the schema; numbered from 1 without a hole, applied in one transaction, never changed once released. */
export interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
}

/** One file each in `migrations/`, oldest first. */
export const migrations: readonly Migration[] = [ledger, modelVoices, protections, orderTypes, news]

/** "QRTT": tells a ledger from any other SQLite file. */
export const ledgerApplicationId = 0x51525454

/** Version of the schema in the file; 0 for a new file. */
export function schemaVersion(database: Database.Database): number {
  return z.int().parse(database.pragma('user_version', { simple: true }))
}

/** Refuses files that are no ledger or come from a newer Quartet; otherwise gives the schema's version. */
export function knownVersion(
  database: Database.Database,
  steps: readonly Migration[],
): Outcome<number, 'ledger_corrupt' | 'ledger_newer'> {
  const version = schemaVersion(database)
  const newest = steps.length
  const tables = z.int().parse(database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get())
  const isLedger = database.pragma('application_id', { simple: true }) === ledgerApplicationId
  if (!isLedger && (version > 0 || tables > 0)) {
    return failure('ledger_corrupt', `${database.name} is a database of another program, not a ledger; move it away`)
  }
  if (version > newest) {
    return failure(
      'ledger_newer',
      `${database.name} was written by a newer Quartet (schema ${version}, this one knows ${newest}); update Quartet`,
    )
  }
  return success(version)
}

export interface MigrateOptions {
  readonly steps: readonly Migration[]
  /** Where the copy made before the first pending step goes. */
  readonly backupDir: string
  /** Names the copy. */
  readonly nowMs: number
}

/**
 * Brings the schema up to date: a backup of a ledger that holds anything, then each pending step in a transaction of
 * its own together with its version, so that a crash leaves a whole schema of some version.
 */
export function migrate(
  database: Database.Database,
  { steps, backupDir, nowMs }: MigrateOptions,
): Outcome<number, StorageProblemCode> {
  const known = knownVersion(database, steps)
  if (!known.ok) return known
  const pending = steps.slice(known.value)
  if (pending.length === 0) return known
  let advice = ''
  if (known.value > 0) {
    try {
      advice = `; the ledger as it was lies in ${backUp(database, backupDir, `before-schema-${known.value + 1}`, nowMs)}`
    } catch (error) {
      return { ok: false, problem: storageProblem(error, backupDir) }
    }
  }
  for (const step of pending) {
    try {
      database.transaction(() => {
        database.pragma(`application_id = ${ledgerApplicationId}`)
        database.exec(step.sql)
        database.pragma(`user_version = ${step.version}`)
      })()
    } catch (error) {
      if (!(error instanceof Database.SqliteError)) throw error
      const problem = storageProblem(error, database.name)
      if (problem.code !== 'ledger_unreadable') return { ok: false, problem }
      const sentence = `Schema step ${step.version} (${step.name}) failed on ${database.name}: ${error.message}${advice}`
      return failure('migration_failed', sentence)
    }
  }
  return success(steps.length)
}

/**
 * A whole, compact copy of the live ledger, `backups/ledger-<label>-<time>.db`; it has its name only once it is
 * complete. A live WAL database must never be copied as a file.
 */
export function backUp(database: Database.Database, backupDir: string, label: string, nowMs: number): string {
  mkdirSync(backupDir, { recursive: true })
  const stamp = new Date(nowMs).toISOString().replace(/[:.]/g, '-')
  const path = join(backupDir, `ledger-${label}-${stamp}.db`)
  const unfinished = `${path}.partial`
  rmSync(unfinished, { force: true })
  database.prepare('VACUUM INTO ?').run(unfinished)
  const file = openSync(unfinished, 'r+')
  fsyncSync(file)
  closeSync(file)
  renameSync(unfinished, path)
  return path
}
