import { existsSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Outcome, success } from '@shared/contract/outcome'
import Database from 'better-sqlite3'
import { z } from 'zod'
import { makeDataFolder } from '../../data-folder'
import { type CacheProblemCode, cacheProblem } from './cache-problem'

export const cacheFileName = 'cache.db'

/** "QRTC": tells the cache from any other SQLite file. */
const applicationId = 0x51525443
const busyTimeoutMs = 5000

/** One step of the schema, numbered by its place; never changed once released. */
const steps: readonly string[] = [
  `
  CREATE TABLE series (
    series_id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    symbol TEXT NOT NULL,
    timeframe TEXT NOT NULL,
    UNIQUE (source, symbol, timeframe)
  ) STRICT;
  CREATE TABLE candles (
    series_id INTEGER NOT NULL REFERENCES series,
    open_time_ms INTEGER NOT NULL,
    open REAL NOT NULL,
    high REAL NOT NULL,
    low REAL NOT NULL,
    close REAL NOT NULL,
    volume REAL NOT NULL,
    PRIMARY KEY (series_id, open_time_ms)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE answered (
    series_id INTEGER NOT NULL REFERENCES series,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    PRIMARY KEY (series_id, from_ms)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE corrections (
    series_id INTEGER NOT NULL REFERENCES series,
    open_time_ms INTEGER NOT NULL,
    seen_at_ms INTEGER NOT NULL,
    was TEXT NOT NULL,
    became TEXT NOT NULL
  ) STRICT;
  CREATE INDEX corrections_by_candle ON corrections (series_id, open_time_ms);
  CREATE TABLE symbol_rules (
    source TEXT NOT NULL,
    symbol TEXT NOT NULL,
    rules TEXT NOT NULL,
    read_at_ms INTEGER NOT NULL,
    PRIMARY KEY (source, symbol)
  ) STRICT, WITHOUT ROWID;
  `,
]

export interface CacheFile {
  readonly database: Database.Database
  /** Where a file that could not be used was put aside; null when there was none. */
  readonly setAside: string | null
}

/**
 * Opens `cache.db` in the data folder, made when it is not there. It is a cache: a file that is damaged, belongs to
 * another program or comes from a newer Quartet is set aside under another name, and an empty one begun.
 */
export function openCacheFile(dataDir: string, nowMs: number): Outcome<CacheFile, CacheProblemCode> {
  const path = join(dataDir, cacheFileName)
  try {
    makeDataFolder(dirname(path))
    const usable = opened(path)
    if (usable !== null) return success({ database: usable, setAside: null })
    const setAside = putAside(path, nowMs)
    const fresh = opened(path)
    if (fresh === null) throw new Error(`A new ${path} cannot be used`)
    return success({ database: fresh, setAside })
  } catch (error) {
    return cacheProblem(error, path)
  }
}

export function openMemory(): Database.Database {
  const database = new Database(':memory:')
  migrate(database, 0)
  return database
}

/** Null where the file is there and cannot be used as it is. */
function opened(path: string): Database.Database | null {
  let database: Database.Database | undefined
  try {
    database = new Database(path, { timeout: busyTimeoutMs })
    const version = knownVersion(database)
    if (version === null) {
      database.close()
      return null
    }
    database.pragma('journal_mode = WAL')
    // A page of candles that is lost in a power cut is fetched again; the file itself stays whole.
    database.pragma('synchronous = NORMAL')
    migrate(database, version)
    return database
  } catch (error) {
    database?.close()
    if (error instanceof Database.SqliteError && /^SQLITE_(NOTADB|CORRUPT)/.test(error.code)) return null
    throw error
  }
}

function knownVersion(database: Database.Database): number | null {
  const version = z.int().parse(database.pragma('user_version', { simple: true }))
  const tables = z.int().parse(database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get())
  const isOurs = database.pragma('application_id', { simple: true }) === applicationId
  if (!isOurs && (version > 0 || tables > 0)) return null
  return version > steps.length ? null : version
}

function migrate(database: Database.Database, version: number): void {
  if (version === steps.length) return
  database
    .transaction(() => {
      const pending = steps.slice(knownVersion(database) ?? version)
      for (const step of pending) database.exec(step)
      database.pragma(`application_id = ${applicationId}`)
      database.pragma(`user_version = ${steps.length}`)
    })
    .immediate()
}

function putAside(path: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replace(/[:.]/g, '-')
  const aside = `${path}.broken-${stamp}`
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix)
  }
  return aside
}
