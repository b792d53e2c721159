/**
 * Candle files: `timestamp_ms,open,high,low,close,volume`, one row per candle, oldest first, plain or gzip (`.gz`).
 *
 * The header line is required. Line breaks are LF or CRLF; blank lines are ignored; the last line needs no break.
 *
 * - A **bad row** has six numbers that make no candle: a price not above zero, a negative volume, a high or low that
 *   does not hold the open and close, a time that repeats, goes back, or does not start a candle of the timeframe. It
 *   is handed on as an anomaly with its line, and skipped.
 * - A **broken file** is refused with the line: no or another header, a wrong number of columns, a cell that is no
 *   number, a time that is not in milliseconds, text that is not UTF-8, damaged gzip, an overlong line, a long run of
 *   bad rows, no good row at all, or an end in the middle (gzip that stops early, or a last row that lacks columns; a
 *   plain file cut inside its very last figure cannot be told from a whole one).
 *
 * The file is streamed; never more than one chunk of it is in memory.
 */
import { type Candle, type Timeframe, timeframeMs } from '@shared/contract/candle'
import { candleFileHeader, readCandleLine } from '@shared/contract/candle-row'
import { type Failure, failure, type Outcome, success } from '@shared/contract/outcome'
import {
  broken,
  byteOrderMark,
  type CandleFileProblemCode,
  cut,
  isText,
  maxBadRowsInARow,
  maxLineLength,
  notUtf8,
  openBytes,
  readFailure,
  tooLong,
} from './recording-text'

export type { CandleFileProblemCode } from './recording-text'

/** One row that is worth knowing of, with its 1-based line. */
export type CandleRow =
  | { readonly kind: 'candle'; readonly line: number; readonly candle: Candle }
  | { readonly kind: 'bad_row'; readonly line: number; readonly reason: string }

/**
 * Rows in batches, in the order of the file. A failure is the last thing that comes, and nothing of the line it names
 * or after it was handed out before.
 */
export async function* readCandleFile(
  path: string,
  timeframe: Timeframe,
): AsyncGenerator<Outcome<readonly CandleRow[], CandleFileProblemCode>> {
  const reader = createRowReader(path, timeframe)
  try {
    for await (const chunk of openBytes(path)) {
      const outcome = reader.read(chunk.toString('latin1'))
      yield outcome
      if (!outcome.ok) return
    }
  } catch (error) {
    yield readFailure(path, reader.line(), error)
    return
  }
  yield reader.end()
}

/**
 * Turns text into rows. The bytes come as latin1, one character each, because a good candle file is plain ASCII: only
 * a line that is no candle is looked at again, to tell text in another encoding from other garbage.
 */
function createRowReader(path: string, timeframe: Timeframe) {
  const stepMs = timeframeMs[timeframe]
  let rest = ''
  let linesRead = 0
  let previousOpenMs: number | null = null
  let goodRows = 0
  let badInARow = 0
  let lastBadReason = ''

  function take(line: string, rows: CandleRow[], isCut: boolean): Failure<CandleFileProblemCode> | null {
    linesRead++
    const text = line.endsWith('\r') ? line.slice(0, -1) : line
    if (linesRead === 1) return takeHeader(text, isCut)
    if (text === '') return null
    if (text.length > maxLineLength) return tooLong(path, linesRead)
    const row = readCandleLine(text, stepMs, previousOpenMs)
    if (row.kind === 'broken') {
      if (!isText(text)) return notUtf8(path, linesRead)
      return isCut ? cut(path, linesRead, row.reason) : broken(path, linesRead, row.reason)
    }
    if (row.kind === 'bad_row') {
      badInARow++
      lastBadReason = row.reason
      if (badInARow > maxBadRowsInARow) {
        const firstLine = linesRead - maxBadRowsInARow
        return broken(path, firstLine, `more than ${maxBadRowsInARow} bad rows in a row (${row.reason})`)
      }
      rows.push({ kind: 'bad_row', line: linesRead, reason: row.reason })
      return null
    }
    badInARow = 0
    goodRows++
    previousOpenMs = row.candle.openTimeMs
    rows.push({ kind: 'candle', line: linesRead, candle: row.candle })
    return null
  }

  function takeHeader(text: string, isCut: boolean): Failure<CandleFileProblemCode> | null {
    if (text === candleFileHeader || text === byteOrderMark + candleFileHeader) return null
    if (!isText(text)) return notUtf8(path, 1)
    if (isCut && candleFileHeader.startsWith(text)) return cut(path, 1, 'the header stops early')
    return broken(path, 1, `the first line must be "${candleFileHeader}"`)
  }

  return {
    /** The line that is being read. */
    line: () => linesRead + 1,
    read(text: string): Outcome<readonly CandleRow[], CandleFileProblemCode> {
      const rows: CandleRow[] = []
      const all = rest + text
      let start = 0
      for (let end = all.indexOf('\n'); end !== -1; end = all.indexOf('\n', start)) {
        const problem = take(all.slice(start, end), rows, false)
        if (problem !== null) return problem
        start = end + 1
      }
      rest = all.slice(start)
      return rest.length > maxLineLength ? tooLong(path, linesRead + 1) : success(rows)
    },
    end(): Outcome<readonly CandleRow[], CandleFileProblemCode> {
      const rows: CandleRow[] = []
      if (linesRead === 0 && rest === '') {
        return failure('candle_file_empty', `${path} is empty. Give it a header line and at least one candle.`)
      }
      const problem = rest === '' ? null : take(rest, rows, true)
      if (problem !== null) return problem
      if (goodRows > 0) return success(rows)
      if (badInARow > 0) return broken(path, linesRead, `no row of the file is a candle (${lastBadReason})`)
      return failure('candle_file_empty', `${path} ends after line ${linesRead} without a single candle.`)
    },
  }
}
