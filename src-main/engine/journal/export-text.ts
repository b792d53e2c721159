import type Database from 'better-sqlite3'
import { z } from 'zod'
import { type ExportColumn, exportColumns, exportSource, isoTime } from './export-columns'

/** Rows that SQLite joins into one buffer; a few hundred kilobytes each. */
const rowsPerChunk = 200

export interface TextChunk {
  readonly bytes: Buffer
  readonly rows: number
}

const chunkSchema = z.object({ bytes: z.instanceof(Buffer).nullable(), rows: z.int(), last: z.int().nullable() })

/**
 * The decision log as text, some hundred lines at a time. SQLite itself builds the lines and joins them into one
 * buffer, which goes to the file as it is: no value is ever made into a JavaScript string. That, and nothing else,
 * makes it as fast as SQLite's own export.
 */
export function* textChunks(database: Database.Database, line: string): Generator<TextChunk> {
  const page = database.prepare(
    `SELECT CAST(group_concat(line, '') AS BLOB) AS bytes, count(*) AS rows, max(seq) AS last FROM (
       SELECT d.seq AS seq, ${line} AS line FROM ${exportSource} WHERE d.seq > ? ORDER BY d.seq LIMIT ?)`,
  )
  let after = 0
  for (;;) {
    const { bytes, rows, last } = chunkSchema.parse(page.get(after, rowsPerChunk))
    if (bytes === null || last === null) return
    yield { bytes, rows }
    after = last
  }
}

/** A GLOB for texts that a spreadsheet would not take as text, and for those that look as if already marked. */
const formulaStart = `'[-=+@''${'\t\r'}]*'`

/** The header of RFC 4180, section 2.3. */
export const csvHeader = `${exportColumns.map(({ name }) => name).join(',')}\r\n`

/**
 * One CSV record (RFC 4180: lines end with CRLF, a field that may hold a comma, quote or line break is quoted, quotes
 * are doubled; an unknown value is an empty field without quotes).
 *
 * A spreadsheet takes a text cell that begins with = + - @, a tab or a carriage return for a formula and would run
 * what a model or a feed wrote (OWASP, CSV injection). Such a text gets a leading apostrophe, and so does a text that
 * begins with an apostrophe itself: whoever takes one leading apostrophe off a text has what the ledger holds. Numbers
 * are never touched, so a loss stays a number.
 */
export const csvLine = `concat(${exportColumns.map(csvField).join(`, ',', `)}, char(13, 10))`

/** One JSON document a line, same names, with numbers as numbers, decimals as exact text and unknown values as null. */
export const jsonLine = `concat(${exportColumns
  .map((column, index) => `'${index === 0 ? '{' : ','}"${column.name}":', ${jsonValue(column)}`)
  .join(', ')}, char(125, 10))`

function csvField({ kind, sql }: ExportColumn): string {
  switch (kind) {
    case 'text':
      return `CASE WHEN ${sql} IS NULL THEN '' ELSE concat(CASE WHEN ${sql} GLOB ${formulaStart} THEN '"''' ELSE '"' END, replace(${sql}, '"', '""'), '"') END`
    case 'json':
      return `concat('"', replace(${sql}, '"', '""'), '"')`
    case 'time':
      return isoTime(sql)
    default:
      return sql
  }
}

function jsonValue({ kind, sql }: ExportColumn): string {
  switch (kind) {
    case 'json':
      return sql
    case 'flag':
      return `CASE ${sql} WHEN 1 THEN 'true' ELSE 'false' END`
    case 'time':
      return `json_quote(${isoTime(sql)})`
    default:
      return `json_quote(${sql})`
  }
}
