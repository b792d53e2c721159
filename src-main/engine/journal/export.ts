import { closeSync, openSync, statSync, writeSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import Database from 'better-sqlite3'
import { z } from 'zod'
import { wholeFile } from '../whole-file'
import { writeParquet } from './export-parquet'
import { csvHeader, csvLine, jsonLine, textChunks } from './export-text'
import { type StorageProblemCode, storageProblem } from './storage-problem'

export const exportFormatSchema = z.enum(['csv', 'jsonl', 'parquet'])

export type ExportFormat = z.infer<typeof exportFormatSchema>

export interface ExportRequest {
  readonly format: ExportFormat
  /** The file to write; one that exists is replaced once the new one is whole. */
  readonly out: string
  /** Ends the export early; nothing is left behind. */
  readonly signal?: AbortSignal | undefined
}

export interface ExportReport {
  readonly rows: number
  readonly bytes: number
}

export type ExportProblemCode = StorageProblemCode | 'out_not_writable' | 'export_stopped'

/**
 * Writes every decision, with what became of it, to a file: one consistent view of the ledger, in constant memory,
 * giving way to other work between chunks. Takes over the connection and closes it.
 */
export async function exportDecisions(
  database: Database.Database,
  { format, out, signal }: ExportRequest,
): Promise<Outcome<ExportReport, ExportProblemCode>> {
  const file = wholeFile(out)
  try {
    if (isFolder(out)) return failure('out_not_writable', `${out} is a folder; name a file to export to`)
    database.exec('BEGIN')
    let rows = 0
    for (const written of writeRows(database, format, file.unfinishedPath)) {
      rows += written
      await setImmediate()
      if (signal?.aborted) {
        file.abandon()
        return failure('export_stopped', `The export to ${out} was stopped; nothing was written under that name`)
      }
    }
    return success({ rows, bytes: file.finish() })
  } catch (error) {
    file.abandon()
    const problem = storageProblem(error, error instanceof Database.SqliteError ? database.name : out)
    const outCodes: readonly StorageProblemCode[] = ['folder_missing', 'folder_read_only', 'ledger_unreadable']
    if (error instanceof Database.SqliteError || !outCodes.includes(problem.code)) return { ok: false, problem }
    return failure('out_not_writable', `${out} cannot be written (${problem.message}); choose another file`)
  } finally {
    database.close()
  }
}

function writeRows(database: Database.Database, format: ExportFormat, path: string): Iterable<number> {
  switch (format) {
    case 'csv':
      return writeText(database, path, csvLine, csvHeader)
    case 'jsonl':
      return writeText(database, path, jsonLine, '')
    case 'parquet':
      return writeParquet(database, path)
  }
}

function* writeText(database: Database.Database, path: string, line: string, header: string): Generator<number> {
  const file = openSync(path, 'w')
  try {
    writeWhole(file, Buffer.from(header))
    for (const { bytes, rows } of textChunks(database, line)) {
      writeWhole(file, bytes)
      yield rows
    }
  } finally {
    closeSync(file)
  }
}

/** The system may take less than it is given, on a disk that fills up for example. */
function writeWhole(file: number, bytes: Buffer): void {
  let written = 0
  while (written < bytes.length) written += writeSync(file, bytes, written)
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
