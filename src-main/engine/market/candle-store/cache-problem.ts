import type { Failure } from '@shared/contract/outcome'
import Database from 'better-sqlite3'
import { z } from 'zod'

/** What can go wrong with `cache.db`. Nothing in it is lost for good: the exchange has it all. */
export type CacheProblemCode = 'disk_full' | 'cache_busy' | 'cache_broken' | 'cache_unwritable'

const systemErrorSchema = z.object({ code: z.string(), message: z.string() })

const known: readonly { codes: RegExp; code: CacheProblemCode; sentence: (path: string) => string }[] = [
  {
    codes: /^(SQLITE_FULL|ENOSPC|EDQUOT)$/,
    code: 'disk_full',
    sentence: (path) => `There is no space left to write ${path}. Free some space; what is fetched stays.`,
  },
  {
    codes: /^SQLITE_(BUSY|LOCKED)\w*$/,
    code: 'cache_busy',
    sentence: (path) => `${path} is locked by another program. Close it and try again.`,
  },
  {
    codes: /^SQLITE_(NOTADB|CORRUPT\w*)$/,
    code: 'cache_broken',
    sentence: (path) => `${path} is damaged. Remove it: it is a cache and fills itself again.`,
  },
]

/** Turns what SQLite or the file system threw about `path` into a problem; anything else is a bug and is thrown on. */
export function cacheProblem(error: unknown, path: string): Failure<CacheProblemCode> {
  const parsed = systemErrorSchema.safeParse(error)
  if (!parsed.success) throw error
  const { code, message } = parsed.data
  const problem = known.find(({ codes }) => codes.test(code))
  if (problem !== undefined) return { ok: false, problem: { code: problem.code, message: problem.sentence(path) } }
  if (!(error instanceof Database.SqliteError) && !/^E[A-Z]+$/.test(code)) throw error
  const sentence = `${path} cannot be written: ${message} (${code}). Make its folder writable or remove the file.`
  return { ok: false, problem: { code: 'cache_unwritable', message: sentence } }
}
