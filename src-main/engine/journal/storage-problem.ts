import type { Problem } from '@shared/contract/outcome'
import Database from 'better-sqlite3'
import { z } from 'zod'

/** What can go wrong with the ledger's files; every sentence says which file and what to do. */
export type StorageProblemCode =
  | 'folder_missing'
  | 'folder_read_only'
  | 'folder_in_use'
  | 'disk_full'
  | 'ledger_missing'
  | 'ledger_corrupt'
  | 'ledger_newer'
  | 'ledger_older'
  | 'ledger_busy'
  | 'ledger_unreadable'
  | 'migration_failed'

const systemErrorSchema = z.object({ code: z.string(), message: z.string() })

/** Turns what SQLite or the file system threw about `path` into a problem; anything else is a bug and is thrown on. */
export function storageProblem(error: unknown, path: string): Problem<StorageProblemCode> {
  const parsed = systemErrorSchema.safeParse(error)
  if (!parsed.success) throw error
  const { code, message } = parsed.data
  const known = problems.find(({ codes }) => codes.test(code))
  if (known !== undefined) return { code: known.code, message: known.sentence(path) }
  if (error instanceof Database.SqliteError || /^E[A-Z]+$/.test(code)) {
    return { code: 'ledger_unreadable', message: `${path} could not be read or written: ${message} (${code})` }
  }
  throw error
}

interface KnownProblem {
  readonly codes: RegExp
  readonly code: StorageProblemCode
  readonly sentence: (path: string) => string
}

const problems: readonly KnownProblem[] = [
  {
    codes: /^(SQLITE_FULL|ENOSPC|EDQUOT)$/,
    code: 'disk_full',
    sentence: (path) => `There is no space left to write ${path}; free some space and start again, nothing was lost`,
  },
  {
    codes: /^SQLITE_(NOTADB|CORRUPT\w*)$/,
    code: 'ledger_corrupt',
    sentence: (path) =>
      `${path} is damaged or is no ledger; move it away with its -wal file and restore the newest file of backups`,
  },
  {
    codes: /^(SQLITE_READONLY\w*|SQLITE_CANTOPEN\w*|SQLITE_PERM|EROFS|EACCES|EPERM)$/,
    code: 'folder_read_only',
    sentence: (path) => `${path} cannot be written; make its folder writable or choose another data folder`,
  },
  {
    codes: /^(ENOENT|ENOTDIR|EEXIST)$/,
    code: 'folder_missing',
    sentence: (path) => `${path} is no folder and cannot become one; choose another data folder`,
  },
  {
    codes: /^SQLITE_(BUSY|LOCKED)\w*$/,
    code: 'ledger_busy',
    sentence: (path) => `${path} is locked by another program; close it and start again`,
  },
]
