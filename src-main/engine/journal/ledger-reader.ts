import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Verification } from '@shared/contract/journal'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import Database from 'better-sqlite3'
import { type ExportProblemCode, type ExportReport, type ExportRequest, exportDecisions } from './export'
import { knownVersion, migrations } from './migrate'
import { type LedgerQueries, ledgerQueries } from './queries'
import { type StorageProblemCode, storageProblem } from './storage-problem'
import { verifyLedger } from './verify'

export const ledgerFile = 'ledger.db'
export const busyTimeoutMs = 2000

/** A view of the ledger that cannot change it. It sees what is committed, also while another process writes. */
export interface LedgerReader extends LedgerQueries {
  readonly dir: string
  /** Walks the whole chain; takes about a minute per million decisions. */
  verify(): Verification
  /** Writes every decision, with what became of it, to a file. */
  exportDecisions(request: ExportRequest): Promise<Outcome<ExportReport, ExportProblemCode>>
  close(): void
}

/** Opens the ledger to read, also while a desk writes to it. */
export function openLedgerReader(dir: string): Outcome<LedgerReader, StorageProblemCode> {
  const opened = openReadOnly(dir)
  return opened.ok ? success(readerOver(dir, opened.value)) : opened
}

/** The read-only connection under `openLedgerReader`; the export has one of its own. */
export function openReadOnly(dir: string): Outcome<Database.Database, StorageProblemCode> {
  const path = join(dir, ledgerFile)
  if (!existsSync(path)) return noLedger(path)
  let database: Database.Database | undefined
  try {
    database = new Database(path, { readonly: true, timeout: busyTimeoutMs })
    const version = knownVersion(database, migrations)
    if (version.ok && version.value === migrations.length) return success(database)
    database.close()
    if (!version.ok) return version
    if (version.value === 0) return noLedger(path)
    return failure(
      'ledger_older',
      `${path} was written by an older Quartet; start the desk once to bring it up to date`,
    )
  } catch (error) {
    database?.close()
    return { ok: false, problem: storageProblem(error, path) }
  }
}

function noLedger(path: string): Outcome<never, 'ledger_missing'> {
  return failure('ledger_missing', `There is no ledger at ${path}: nothing has run in this data folder yet`)
}

/** The reader's face over an open connection. */
export function readerOver(dir: string, database: Database.Database): LedgerReader {
  return {
    ...ledgerQueries(database),
    dir,
    verify: () => verifyLedger(database),
    exportDecisions: async (request) => {
      const opened = openReadOnly(dir)
      return opened.ok ? exportDecisions(opened.value, request) : opened
    },
    close: () => database.close(),
  }
}
