import { constants, zstdCompressSync } from 'node:zlib'
import type Database from 'better-sqlite3'
import { type ColumnSource, fileWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer'
import { type ColumnKind, type ExportColumn, exportColumns, exportSource } from './export-columns'
import type { Cell } from './fold'

/** Rows of one row group; a group is all that is ever in memory. */
const rowsPerGroup = 5_000

/** Decimals are DECIMAL(38, 18): exact for every price and quantity that Binance knows, cut beyond 18 digits. */
const decimalPrecision = 38
const decimalScale = 18
const decimalBytes = 16

/** The fastest level: the log shrinks to a sixth, and higher levels take longer than they save. */
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

type ParquetValue = string | number | bigint | boolean | null

interface ParquetColumn {
  readonly source: ColumnSource & { readonly data: ParquetValue[] }
  /** Where the column's value stands in a row of the query. */
  readonly cell: number
  readonly toValue: (cell: string | number) => ParquetValue
}

/** What the query selects; a moment is selected once for its two columns. */
const expressions = [...new Set(exportColumns.map(({ sql }) => sql))]

/** Writes the decision log as Parquet, one row group at a time; yields the rows written after each. */
export function* writeParquet(database: Database.Database, path: string): Generator<number> {
  const writer = new ParquetWriter({
    writer: fileWriter(path),
    schema: [{ name: 'decisions', num_children: exportColumns.length }, ...exportColumns.map(schemaElement)],
    codec: 'ZSTD',
    compressors: Object.fromEntries([['ZSTD', (bytes: Uint8Array) => zstdCompressSync(bytes, compression)]]),
    createdBy: 'Quartet',
  })
  // The types are those of the ledger's STRICT columns; checking each of some eighty million cells would take longer
  // than writing them.
  const page = database
    .prepare<[number, number], [number, ...Cell[]]>(
      `SELECT d.seq, ${expressions.join(', ')} FROM ${exportSource}
       WHERE d.seq > ? ORDER BY d.seq LIMIT ?`,
    )
    .raw()
  let after = 0
  for (;;) {
    const columns = exportColumns.map(parquetColumn)
    let rows = 0
    for (const row of page.iterate(after, rowsPerGroup)) {
      for (const { source, cell, toValue } of columns) {
        const value = row[cell] ?? null
        source.data.push(value === null ? null : toValue(value))
      }
      after = row[0]
      rows += 1
    }
    writer.write({ columnData: columns.map(({ source }) => source), rowGroupSize: rowsPerGroup })
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

function parquetColumn({ name, kind, sql }: ExportColumn): ParquetColumn {
  const data: ParquetValue[] = []
  return {
    source: { name, data, ...writing(name, kind) },
    cell: 1 + expressions.indexOf(sql),
    toValue: toParquet[kind],
  }
}

/** Texts that hardly ever repeat: looking for a dictionary would only cost time. */
const mostlyUnique = new Set(['decision_id', 'order_id', 'rationale', 'context', 'context_hash'])

/** Bounds are kept for the columns that a reader filters by; for the others they would only cost time. */
function writing(name: string, kind: ColumnKind): Pick<ColumnSource, 'encoding' | 'statistics'> {
  switch (kind) {
    case 'word':
      return { encoding: 'RLE_DICTIONARY', statistics: true }
    case 'time':
      return { encoding: 'PLAIN', statistics: true }
    case 'real':
    case 'flag':
    case 'integer':
      return { encoding: 'PLAIN', statistics: false }
    default:
      return mostlyUnique.has(name) ? { encoding: 'PLAIN', statistics: false } : { statistics: false }
  }
}

const asItIs = (cell: string | number): ParquetValue => cell

const toParquet: Readonly<Record<ColumnKind, (cell: string | number) => ParquetValue>> = {
  word: asItIs,
  text: asItIs,
  json: asItIs,
  real: asItIs,
  integer: (cell) => BigInt(cell),
  time: (cell) => BigInt(cell),
  decimal: (cell) => unscaledDecimal(String(cell)),
  flag: (cell) => cell === 1,
}

/** "-12.5" -> -12500000000000000000n: the number times ten to the eighteenth. */
export function unscaledDecimal(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.')
  return BigInt(whole + fraction.slice(0, decimalScale).padEnd(decimalScale, '0'))
}
