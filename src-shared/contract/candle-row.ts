import type { Candle } from './candle'

/** First line of every candle file. Times are UTC milliseconds and name the candle's open. */
export const candleFileHeader = 'timestamp_ms,open,high,low,close,volume'

/** What one line of a candle file turned out to be. */
export type CandleLine =
  | { readonly kind: 'candle'; readonly candle: Candle }
  /** Six numbers that make no candle: recorded and skipped. */
  | { readonly kind: 'bad_row'; readonly reason: string }
  /** Not a row of a candle file: the whole file is refused. */
  | { readonly kind: 'broken'; readonly reason: string }

const columns = candleFileHeader.split(',')
const maxFigureLength = 40
/** Last millisecond of the year 9999; a larger figure counts micro- or nanoseconds. */
export const lastPlausibleMs = 253_402_300_799_999

/**
 * Reads one line after the header, without its line break. `previousOpenMs` is the open of the last good candle, or
 * null. This is the boundary check of a hot loop and therefore written by hand; it grants what `candleSchema` demands.
 */
export function readCandleLine(line: string, stepMs: number, previousOpenMs: number | null): CandleLine {
  const cells = line.split(',')
  if (cells.length !== columns.length) {
    return broken(`${cells.length} column${cells.length === 1 ? '' : 's'} instead of ${columns.length}`)
  }
  const figures: number[] = []
  for (const cell of cells) {
    const value = figure(cell)
    if (value === null) return broken(`${columns[figures.length]} is not a number: ${quoted(cell)}`)
    figures.push(value)
  }
  const [openTimeMs, open, high, low, close, volume] = figures
  if (
    openTimeMs === undefined ||
    open === undefined ||
    high === undefined ||
    low === undefined ||
    close === undefined ||
    volume === undefined
  ) {
    return broken('a column is missing')
  }
  if (!Number.isSafeInteger(openTimeMs) || openTimeMs < 0 || openTimeMs > lastPlausibleMs) {
    return broken(`timestamp_ms is no time in whole milliseconds: ${quoted(cells[0] ?? '')}`)
  }
  const reason = objection({ openTimeMs, open, high, low, close, volume }, stepMs, previousOpenMs)
  if (reason !== null) return { kind: 'bad_row', reason }
  return { kind: 'candle', candle: { openTimeMs, open, high, low, close, volume } }
}

function objection(candle: Candle, stepMs: number, previousOpenMs: number | null): string | null {
  const { openTimeMs, open, high, low, close, volume } = candle
  if (!(open > 0 && high > 0 && low > 0 && close > 0)) return 'a price is not above zero'
  if (volume < 0) return 'the volume is negative'
  if (high < low) return 'the high is below the low'
  if (open > high || close > high) return 'the open or close is above the high'
  if (open < low || close < low) return 'the open or close is below the low'
  if (openTimeMs % stepMs !== 0) return 'the timestamp does not start a candle of this timeframe'
  if (previousOpenMs !== null && openTimeMs === previousOpenMs) return 'the timestamp repeats that of an earlier row'
  if (previousOpenMs !== null && openTimeMs < previousOpenMs) return 'the timestamp is before that of an earlier row'
  return null
}

/** A finite decimal number; null for anything else that `Number` would swallow ("", "0x10", " 1", "Infinity"). */
export function figure(cell: string): number | null {
  if (cell.length === 0 || cell.length > maxFigureLength) return null
  for (let index = 0; index < cell.length; index++) {
    const code = cell.charCodeAt(index)
    const isDigit = code >= 48 && code <= 57
    if (!isDigit && code !== 46 && code !== 45 && code !== 43 && code !== 101 && code !== 69) return null
  }
  const value = Number(cell)
  return Number.isFinite(value) ? value : null
}

function broken(reason: string): CandleLine {
  return { kind: 'broken', reason }
}

/** A cell as a message may show it: short, printable, quoted. */
function quoted(cell: string): string {
  return JSON.stringify(cell.length > maxFigureLength ? `${cell.slice(0, maxFigureLength)}...` : cell)
}
