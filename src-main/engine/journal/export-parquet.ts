import { zstdCompressSync } from 'node:zlib'
import type Database from 'better-sqlite3'
import { type ColumnSource, fileWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer'
import { type ColumnKind, type ExportColumn, exportColumns, exportSource } from './export-columns'
import type { Cell } from './fold'

/** Rows of one row group; a group is all that is ever in memory. */
const rowsPerGroup = 10_000

/** Decimals are DECIMAL(38, 18): exact for every price and quantity that Binance knows, cut beyond 18 digits. */
const decimalPrecision = 38
const decimalScale = 18
const decimalBytes = 16

const codec = 'ZSTD'

type ParquetValue = string | number | bigint | boolean | null

/** Columns whose values hardly ever repeat: looking for a dictionary would only cost time. */
const mostlyUnique = new Set(['decision_id', 'order_id', 'rationale', 'context', 'context_hash'])

/** Writes the decision log as Parquet, one row group at a time; yields the rows written after each. */
export function* writeParquet(database: Database.Database, path: string): Generator<number> {
  const writer = new ParquetWriter({
    writer: fileWriter(path),
    schema: [{ name: 'decisions', num_children: exportColumns.length }, ...exportColumns.map(schemaElement)],
    codec,
    compressors: { [codec]: zstdCompressSync },
    createdBy: 'Quartet',
  })
  // The types are those of the ledger's STRICT columns; checking each of some eighty million cells would take longer
  // than writing them.
  const page = database
    .prepare<[number, number], [number, ...Cell[]]>(
      `SELECT d.seq, ${exportColumns.map(({ sql }) => sql).join(', ')} FROM ${exportSource}
       WHERE d.seq > ? ORDER BY d.seq LIMIT ?`,
    )
    .raw()
  let after = 0
  for (;;) {
    const data = exportColumns.map((): ParquetValue[] => [])
    let rows = 0
    for (const [seq, ...cells] of page.iterate(after, rowsPerGroup)) {
      for (const [index, { kind }] of exportColumns.entries())
        data[index]?.push(parquetValue(kind, cells[index] ?? null))
      after = seq
      rows += 1
    }
    const columnData = exportColumns.map((column, index) => columnSource(column, data[index] ?? []))
    writer.write({ columnData, rowGroupSize: rowsPerGroup })
    yield rows
    if (rows < rowsPerGroup) break
  }
  writer.finish()
}

function schemaElement({ name, kind }: ExportColumn): SchemaElement {
  const element = { name, repetition_type: 'OPTIONAL' } as const
  switch (kind) {
    case 'word':
    case 'text':
      return { ...element, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }
    case 'json':
      return { ...element, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }
    case 'decimal':
      return {
        ...element,
        type: 'FIXED_LEN_BYTE_ARRAY',
        type_length: decimalBytes,
        converted_type: 'DECIMAL',
        precision: decimalPrecision,
        scale: decimalScale,
        logical_type: { type: 'DECIMAL', precision: decimalPrecision, scale: decimalScale },
      }
    case 'real':
      return { ...element, type: 'DOUBLE' }
    case 'integer':
      return { ...element, type: 'INT64' }
    case 'flag':
      return { ...element, type: 'BOOLEAN' }
    case 'time':
      return {
        ...element,
        type: 'INT64',
        converted_type: 'TIMESTAMP_MILLIS',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
      }
  }
}

function columnSource({ name }: ExportColumn, data: ParquetValue[]): ColumnSource {
  return mostlyUnique.has(name) ? { name, data, encoding: 'PLAIN', statistics: false } : { name, data }
}

function parquetValue(kind: ColumnKind, cell: Cell): ParquetValue {
  if (cell === null) return null
  switch (kind) {
    case 'integer':
    case 'time':
      return BigInt(cell)
    case 'decimal':
      return unscaledDecimal(String(cell))
    case 'flag':
      return cell === 1
    default:
      return cell
  }
}

/** "-12.5" -> -12500000000000000000n: the number times ten to the eighteenth. */
export function unscaledDecimal(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.')
  return BigInt(whole + fraction.slice(0, decimalScale).padEnd(decimalScale, '0'))
}
