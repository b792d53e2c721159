/**
 * Recorded trades and order books beside a folder's candle files: `XRPETH-trades.csv`, `BTCUSDT-book.csv`, plain or gzip.
 * They are streamed, never more than a chunk of them is in memory, and their rows are checked as those of candle files:
 * a bad row is told with its line and left out; a file that is cut, is no text, has another header or hundreds of bad
 * rows in a row is refused.
 */
import type { MarketTick } from '@shared/contract/market-data'
import { type Outcome, success } from '@shared/contract/outcome'
import {
  broken,
  byteOrderMark,
  type CandleFileProblemCode,
  isText,
  maxBadRowsInARow,
  notUtf8,
  readLines,
} from '../recording-text'

/** One trade or book, or what is wrong with a row, with its 1-based line. */
export type TickRow =
  | { readonly kind: 'tick'; readonly line: number; readonly tick: MarketTick }
  | { readonly kind: 'bad_row'; readonly line: number; readonly reason: string }

/** Reads the rows of one kind of file. */
export interface TickRows {
  /** What the first line must be, in words. */
  readonly header: string
  /** Rows of the first line, none for a header; null where it begins no such file. */
  first(text: string, line: number): readonly TickRow[] | null
  row(text: string, line: number): readonly TickRow[]
  /** What the last lines have left. */
  end(): readonly TickRow[]
}

/** Rows in batches; a failure is the last thing that comes. */
export async function* readTickFile(
  path: string,
  reader: TickRows,
): AsyncGenerator<Outcome<readonly TickRow[], CandleFileProblemCode>> {
  let isFirst = true
  let badInARow = 0
  let lastLine = 1
  for await (const batch of readLines(path)) {
    if (!batch.ok) return yield batch
    const rows: TickRow[] = []
    for (const { line, text } of batch.value) {
      lastLine = line
      const read = isFirst ? reader.first(text.replace(byteOrderMark, ''), line) : reader.row(text, line)
      if (read === null) {
        return yield isText(text) ? broken(path, line, `the first line must be ${reader.header}`) : notUtf8(path, line)
      }
      isFirst = false
      for (const row of read) {
        badInARow = row.kind === 'bad_row' ? badInARow + 1 : 0
        if (row.kind === 'bad_row' && !isText(text)) return yield notUtf8(path, line)
        if (row.kind === 'bad_row' && badInARow > maxBadRowsInARow) {
          return yield broken(path, line, `more than ${maxBadRowsInARow} bad rows in a row (${row.reason})`)
        }
        rows.push(row)
      }
    }
    yield success(rows)
  }
  const left = reader.end()
  if (left.length > 0) yield success(left)
  if (isFirst) yield broken(path, lastLine, `the first line must be ${reader.header}`)
}
