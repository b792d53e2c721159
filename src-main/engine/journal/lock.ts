import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import Database from 'better-sqlite3'
import { type StorageProblemCode, storageProblem } from './storage-problem'

export interface FolderLock {
  release(): void
}

/**
 * One desk per data folder. The lock is an exclusive SQLite lock on `desk.lock`, which the operating system takes back
 * when its process ends, however it ends: a SIGKILL never leaves a stale lock behind. The pid beside it is only for the
 * message. It stands in a file of its own because closing any other handle of a locked file drops a POSIX lock.
 */
export function lockFolder(dir: string): Outcome<FolderLock, StorageProblemCode> {
  const lockPath = join(dir, 'desk.lock')
  const pidPath = join(dir, 'desk.pid')
  let database: Database.Database | undefined
  try {
    database = new Database(lockPath, { timeout: 0 })
    database.pragma('locking_mode = EXCLUSIVE')
    database.exec('BEGIN EXCLUSIVE')
    writeFileSync(pidPath, `${process.pid}\n`)
  } catch (error) {
    database?.close()
    const problem = storageProblem(error, lockPath)
    if (problem.code !== 'ledger_busy') return { ok: false, problem }
    const owner = ownerPid(pidPath)
    const who = owner === undefined ? 'another process' : `process ${owner}`
    return failure('folder_in_use', `The data folder ${dir} is in use by ${who}; stop it or choose another folder`)
  }
  const held = database
  return success({
    release: () => {
      rmSync(pidPath, { force: true })
      held.close()
    },
  })
}

function ownerPid(pidPath: string): string | undefined {
  try {
    const text = readFileSync(pidPath, 'utf8').trim()
    return /^\d+$/.test(text) ? text : undefined
  } catch {
    return undefined
  }
}
