/** Recorded text, plain or gzip (`.gz`): its bytes, its lines, and what can be wrong with either. */
import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { type Failure, failure, type Outcome, success } from '@shared/contract/outcome'

/** Codes of every recording that is text: candles, trades, order books. */
export type CandleFileProblemCode =
  | 'candle_file_missing'
  | 'candle_file_unreadable'
  | 'candle_file_empty'
  | 'candle_file_broken'
  | 'candle_file_not_utf8'
  | 'candle_file_cut'

const chunkBytes = 128 * 1024
export const maxLineLength = 1000
/** So many bad rows without a good one between them are no slips but another kind of file. */
export const maxBadRowsInARow = 100
export const byteOrderMark = '\u00ef\u00bb\u00bf'

export function openBytes(path: string): AsyncIterable<Buffer> {
  const file = createReadStream(path, { highWaterMark: chunkBytes })
  if (!path.endsWith('.gz')) return file
  const gunzip = createGunzip({ chunkSize: chunkBytes })
  file.on('error', (error) => gunzip.destroy(error))
  gunzip.on('close', () => file.destroy())
  return file.pipe(gunzip)
}

/** One line without its break, as latin1, with its 1-based number. */
export interface RecordedLine {
  readonly line: number
  readonly text: string
}

/** The lines of a file in batches, blank ones left out; a failure is the last thing that comes. */
export async function* readLines(
  path: string,
): AsyncGenerator<Outcome<readonly RecordedLine[], CandleFileProblemCode>> {
  let rest = ''
  let line = 0
  const taken = (text: string): RecordedLine[] => {
    line += 1
    const bare = text.endsWith('\r') ? text.slice(0, -1) : text
    return bare === '' ? [] : [{ line, text: bare }]
  }
  try {
    for await (const chunk of openBytes(path)) {
      const parts = (rest + chunk.toString('latin1')).split('\n')
      rest = parts.pop() ?? ''
      const lines = parts.flatMap(taken)
      const long = [...lines, { line: line + 1, text: rest }].find(({ text }) => text.length > maxLineLength)
      if (long !== undefined) return yield tooLong(path, long.line)
      yield success(lines)
    }
  } catch (error) {
    return yield readFailure(path, line + 1, error)
  }
  if (rest !== '') yield success(taken(rest))
  else if (line === 0) yield failure('candle_file_empty', `${path} is empty. Give it a header line and rows.`)
}

export function isText(latin1: string): boolean {
  return isUtf8(Buffer.from(latin1, 'latin1'))
}

export function broken(path: string, line: number, reason: string): Failure<CandleFileProblemCode> {
  return failure('candle_file_broken', `${path}, line ${line}: ${reason}. Repair the file or remove the line.`)
}

export function tooLong(path: string, line: number): Failure<CandleFileProblemCode> {
  return broken(path, line, `the line is longer than ${maxLineLength} characters`)
}

export function notUtf8(path: string, line: number): Failure<CandleFileProblemCode> {
  return failure('candle_file_not_utf8', `${path}, line ${line}: the text is not UTF-8. Save the file as UTF-8.`)
}

export function cut(path: string, line: number, reason: string): Failure<CandleFileProblemCode> {
  return failure('candle_file_cut', `${path}, line ${line}: the file ends here too early (${reason}). Copy it again.`)
}

/** Errors of the file system and of zlib, recognised by their `code`. */
export function readFailure(path: string, line: number, error: unknown): Failure<CandleFileProblemCode> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return failure('candle_file_missing', `${path} does not exist. Check the folder and the name.`)
  }
  if (code === 'Z_BUF_ERROR') return cut(path, line, 'the gzip data stops in the middle')
  if (code.startsWith('Z_')) return broken(path, line, 'the gzip data is damaged')
  if (code.startsWith('E')) {
    return failure('candle_file_unreadable', `${path} cannot be read (${code}). Check that it is a readable file.`)
  }
  throw error
}
