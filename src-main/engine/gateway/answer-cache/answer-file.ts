import { rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import Database from 'better-sqlite3'
import { z } from 'zod'
import { makeDataFolder } from '../../data-folder'
import type { GatewayLog } from '../gateway-log'
import { type KeptAnswer, readKeptAnswer, rowDigest } from './kept-answer'

/** In the data folder. */
export const answerFileName = 'answers.db'

/** "QRTA": tells the answers from any other SQLite file. */
const applicationId = 0x51525441
const schemaVersion = 1
/** A desk waits no longer than this for an answer that is only convenient. */
const busyTimeoutMs = 1000
const dayMs = 86_400_000
/** The size is looked at after so many new answers, and so many leave at a time. */
const keptBetweenTrims = 200
const leavingAtOnce = 100

const schema = `
  CREATE TABLE answers (
    answer_id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    answer TEXT NOT NULL,
    digest TEXT NOT NULL,
    used_day INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX answers_by_use ON answers (used_day, answer_id);
`

/** `answers.db`: answers by their keys, as many as the limit holds, those that were not used for longest leaving first. */
export interface AnswerFile {
  /** Null where the answer is not known, or its row is not what was written; that row leaves with a word in the log. */
  find(key: string): KeptAnswer | null
  keep(key: string, answer: KeptAnswer): void
  close(): void
}

export interface AnswerFileOptions {
  readonly path: string
  readonly mostBytes: number
  readonly log: Pick<GatewayLog, 'warn'>
  /** The wall clock: which day an answer was last used on. */
  nowMs(): number
}

/** A file that is damaged or not a file of answers is removed with a word in the log, and an empty one begun. */
export function openAnswerFile(options: AnswerFileOptions): Outcome<AnswerFile, 'answers_unusable'> {
  const { path, log } = options
  try {
    makeDataFolder(dirname(path))
    let database = openedOrNull(path)
    if (database === null) {
      log.warn({ path }, 'The kept answers cannot be read; they are dropped, and models are asked anew')
      removeAnswerFile(path)
      database = openedOrNull(path)
    }
    return database === null
      ? unusable(path, 'it is made anew and still cannot be read')
      : success(over(database, options))
  } catch (error) {
    return unusable(path, error instanceof Error ? error.message : String(error))
  }
}

/** How many answers are kept, in how many bytes; nothing where there is no file. */
export function answerFileSize(
  path: string,
): Outcome<{ readonly entries: number; readonly bytes: number }, 'answers_unusable'> {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return success({ entries: 0, bytes: 0 })
  let database: Database.Database | undefined
  try {
    database = new Database(path, { readonly: true, fileMustExist: true, timeout: busyTimeoutMs })
    const entries = z.int().parse(database.prepare('SELECT count(*) FROM answers').pluck().get())
    return success({ entries, bytes: bytesInUse(database) })
  } catch (error) {
    return unusable(path, error instanceof Error ? error.message : String(error))
  } finally {
    database?.close()
  }
}

/** Forgets every answer, beside a running desk too; returns how many there were. */
export function clearAnswerFile(path: string): Outcome<number, 'answers_unusable'> {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return success(0)
  let database: Database.Database | null = null
  try {
    database = openedOrNull(path)
    if (database === null) {
      removeAnswerFile(path)
      return success(0)
    }
    const { changes } = database.prepare('DELETE FROM answers').run()
    database.exec('VACUUM')
    return success(changes)
  } catch (error) {
    return unusable(path, error instanceof Error ? error.message : String(error))
  } finally {
    database?.close()
  }
}

function unusable(path: string, reason: string): Outcome<never, 'answers_unusable'> {
  return failure('answers_unusable', `${path} cannot be used (${reason}). Remove it: models are then asked anew.`)
}

function removeAnswerFile(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
}

/** Null where the file is there and is damaged, or is something else. */
function openedOrNull(path: string): Database.Database | null {
  let database: Database.Database | undefined
  try {
    database = new Database(path, { timeout: busyTimeoutMs })
    database.pragma('journal_mode = WAL')
    // An answer that is lost in a power cut is asked for again; the file itself stays whole.
    database.pragma('synchronous = NORMAL')
    if (isBegun(database)) return database
  } catch (error) {
    database?.close()
    if (isDamage(error)) return null
    throw error
  }
  database.close()
  return null
}

/** Of two programs that begin the file at one time, the second finds it begun. */
function isBegun(database: Database.Database): boolean {
  const number = (pragma: string): number => z.int().parse(database.pragma(pragma, { simple: true }))
  return database
    .transaction(() => {
      if (number('application_id') === applicationId) return number('user_version') === schemaVersion
      if (z.int().parse(database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()) > 0) return false
      database.exec(schema)
      database.pragma(`application_id = ${applicationId}`)
      database.pragma(`user_version = ${schemaVersion}`)
      return true
    })
    .immediate()
}

function isDamage(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(NOTADB|CORRUPT)/.test(error.code)
}

function bytesInUse(database: Database.Database): number {
  const number = (pragma: string): number => z.int().parse(database.pragma(pragma, { simple: true }))
  return (number('page_count') - number('freelist_count')) * number('page_size')
}

const rowSchema = z.object({ answer: z.string(), digest: z.string(), used_day: z.int() }).optional()

function over(database: Database.Database, { path, mostBytes, log, nowMs }: AnswerFileOptions): AnswerFile {
  const find = database.prepare('SELECT answer, digest, used_day FROM answers WHERE key = ?')
  const use = database.prepare('UPDATE answers SET used_day = ? WHERE key = ?')
  const drop = database.prepare('DELETE FROM answers WHERE key = ?')
  const put = database.prepare('INSERT OR REPLACE INTO answers (key, answer, digest, used_day) VALUES (?, ?, ?, ?)')
  const leave = database.prepare(
    'DELETE FROM answers WHERE answer_id IN (SELECT answer_id FROM answers ORDER BY used_day, answer_id LIMIT ?)',
  )
  let keptSinceTrim = 0
  let isOver = false

  /** A cache that fails is a cache that knows nothing: the word is said once, and models are asked. */
  function attempt<Value>(work: () => Value, otherwise: Value): Value {
    if (isOver) return otherwise
    try {
      return work()
    } catch (error) {
      if (!(error instanceof Database.SqliteError)) throw error
      log.warn(
        { path, code: error.code, reason: error.message },
        'The kept answers fail; models are asked without them',
      )
      isOver = true
      database.close()
      if (isDamage(error)) removeAnswerFile(path)
      return otherwise
    }
  }

  function trim(): void {
    while (bytesInUse(database) > mostBytes && leave.run(leavingAtOnce).changes > 0) {
      // Each round lets some leave.
    }
  }

  attempt(trim, undefined)
  return {
    find(key) {
      return attempt(() => {
        const row = rowSchema.parse(find.get(key))
        if (row === undefined) return null
        const answer = readKeptAnswer(key, row)
        if (answer === null) {
          log.warn({ path, key }, 'A kept answer is not what was written; it is dropped, and the model is asked anew')
          drop.run(key)
          return null
        }
        const today = Math.floor(nowMs() / dayMs)
        // One write a day and answer, however often it is used.
        if (row.used_day < today) use.run(today, key)
        return answer
      }, null)
    },
    keep(key, answer) {
      attempt(() => {
        const text = JSON.stringify(answer)
        put.run(key, text, rowDigest(key, text), Math.floor(nowMs() / dayMs))
        keptSinceTrim += 1
        if (keptSinceTrim < keptBetweenTrims) return
        keptSinceTrim = 0
        trim()
      }, undefined)
    },
    close() {
      if (isOver) return
      isOver = true
      database.close()
    },
  }
}
