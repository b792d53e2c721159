/**
 * The journal: everything the desk ever did, in `ledger.db`. This room records events in a hash chain, folds them into
 * tables that a trader can read with any SQLite tool, answers questions about them, proves that nothing was changed,
 * and writes the decision log to a file. It decides nothing, and it is the only room that opens the ledger.
 */
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import Database from 'better-sqlite3'
import { z } from 'zod'
import { makeDataFolder } from '../data-folder'
import { type Commit, journalCommit } from './append'
import { busyTimeoutMs, type LedgerReader, ledgerFile, readerOver } from './ledger-reader'
import { type FolderLock, lockFolder } from './lock'
import { backUp, knownVersion, type Migration, migrate, migrations } from './migrate'
import { type StorageProblemCode, storageProblem } from './storage-problem'

/** The one writer of a data folder. */
export interface LedgerWriter extends LedgerReader {
  readonly commit: Commit
  /** Moves the write-ahead log into the ledger and empties it; meant for a timer. */
  checkpoint(): Outcome<void, StorageProblemCode>
  /** Writes a whole copy into `backups/` and gives its path. */
  backup(): Outcome<string, StorageProblemCode>
}

export interface OpenLedgerOptions {
  /** The data folder; made when it does not exist. */
  readonly dir: string
  /** Wall clock in UTC milliseconds; names backups and nothing else. */
  readonly clock: () => number
  /** The schema's steps; a test gives its own. */
  readonly steps?: readonly Migration[]
}

const backupFolder = 'backups'

/** Rows of two to three kilobytes fill pages of this size well; a quarter of the file is saved against 4 kB. */
const pageBytes = 8192
const cacheKib = 64 * 1024
/** Pages of write-ahead log between two automatic checkpoints (32 MB). */
const checkpointPages = 4096
/**
 * Up to this size the whole file is checked at each start; beyond it a start would wait for the disk, and damage
 * shows at the first read of what is damaged, or in `verify`.
 */
const checkedBytes = 64 * 1024 * 1024

/** Opens the ledger to write: takes the folder's lock, checks the file, and brings its schema up to date. */
export function openLedger(options: OpenLedgerOptions): Outcome<LedgerWriter, StorageProblemCode> {
  const { dir, clock, steps = migrations } = options
  const usable = usableFolder(dir)
  if (!usable.ok) return usable
  const lock = lockFolder(dir)
  if (!lock.ok) return lock
  const opened = openLocked(dir, steps, clock)
  if (!opened.ok) {
    lock.value.release()
    return opened
  }
  return success(ledgerWriter(dir, opened.value, lock.value, clock))
}

function usableFolder(dir: string): Outcome<void, StorageProblemCode> {
  // A file of its own, because opening and closing a file that SQLite has locked would drop the lock.
  const probe = join(dir, `.write-check-${process.pid}`)
  try {
    makeDataFolder(dir)
    writeFileSync(probe, 'x')
    rmSync(probe)
    return success(undefined)
  } catch (error) {
    if (existsSync(probe)) rmSync(probe)
    return { ok: false, problem: storageProblem(error, dir) }
  }
}

function openLocked(
  dir: string,
  steps: readonly Migration[],
  clock: () => number,
): Outcome<Database.Database, StorageProblemCode> {
  const path = join(dir, ledgerFile)
  let database: Database.Database | undefined
  try {
    database = new Database(path, { timeout: busyTimeoutMs })
    database.pragma(`page_size = ${pageBytes}`)
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma('foreign_keys = ON')
    database.pragma(`cache_size = -${cacheKib}`)
    database.pragma(`wal_autocheckpoint = ${checkpointPages}`)
    const ready = readyToWrite(database, steps, join(dir, backupFolder), clock())
    if (!ready.ok) {
      database.close()
      return ready
    }
    return success(database)
  } catch (error) {
    database?.close()
    return { ok: false, problem: storageProblem(error, path) }
  }
}

function readyToWrite(
  database: Database.Database,
  steps: readonly Migration[],
  backupDir: string,
  nowMs: number,
): Outcome<void, StorageProblemCode> {
  const version = knownVersion(database, steps)
  if (!version.ok) return version
  const small = statSync(database.name).size <= checkedBytes
  const found = small ? z.string().parse(database.pragma('quick_check(1)', { simple: true })) : 'ok'
  if (found !== 'ok') {
    return failure('ledger_corrupt', `${database.name} is damaged (${found}); restore the newest file of ${backupDir}`)
  }
  const migrated = migrate(database, { steps, backupDir, nowMs })
  return migrated.ok ? success(undefined) : migrated
}

/** Questions go to a second, read-only connection, so that a walk through the ledger never blocks a commit. */
function ledgerWriter(dir: string, database: Database.Database, lock: FolderLock, clock: () => number): LedgerWriter {
  const readOnly = new Database(database.name, { readonly: true, timeout: busyTimeoutMs })
  const attempt = <Value>(act: () => Value): Outcome<Value, StorageProblemCode> => {
    try {
      return success(act())
    } catch (error) {
      return { ok: false, problem: storageProblem(error, database.name) }
    }
  }
  return {
    ...readerOver(dir, readOnly),
    commit: journalCommit(database),
    checkpoint: () => attempt(() => void database.pragma('wal_checkpoint(TRUNCATE)')),
    backup: () => attempt(() => backUp(database, join(dir, backupFolder), 'copy', clock())),
    close: () => {
      readOnly.close()
      database.close()
      lock.release()
    },
  }
}
