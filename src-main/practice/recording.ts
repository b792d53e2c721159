import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { type Candle, type Timeframe, timeframeMs, timeframeSchema } from '@shared/contract/candle'
import { candleFileHeader, readCandleLine } from '@shared/contract/candle-row'
import { failure, type Outcome, success } from '@shared/contract/outcome'

/** The recorded candles of one pair and length, oldest first. */
export interface RecordedSeries {
  /** As Binance writes it: "BTCUSDT". */
  readonly pair: string
  readonly timeframe: Timeframe
  readonly candles: readonly Candle[]
}

export type RecordingProblemCode = 'recording_missing' | 'recording_empty' | 'pair_missing' | 'recording_broken'

const fileName = /^([A-Z0-9]{2,40})-([0-9]{1,2}[mhd])\.csv(\.gz)?$/

/**
 * Reads a folder of candle files (`BTCUSDT-1m.csv` or `.csv.gz`), or only those of `pairs`. Rows that are no candles
 * are left out; a file that is not a candle file is refused.
 */
export async function readRecording(
  dir: string,
  pairs: readonly string[] | null,
): Promise<Outcome<readonly RecordedSeries[], RecordingProblemCode>> {
  const names = await readdir(dir).catch(() => null)
  if (names === null) {
    return failure('recording_missing', `${dir} is not a folder that can be read. Name a folder of candle files.`)
  }
  const series = new Map<string, RecordedSeries>()
  // In code-unit order the plain file comes before its .gz, and is the one that is read.
  for (const name of names.sort()) {
    const [, pair, timeframeText] = fileName.exec(name) ?? []
    const timeframe = timeframeSchema.safeParse(timeframeText)
    if (pair === undefined || !timeframe.success || pairs?.includes(pair) === false) continue
    const key = `${pair}-${timeframe.data}`
    if (series.has(key)) continue
    const candles = await readCandles(join(dir, name), timeframe.data)
    if (!candles.ok) return candles
    series.set(key, { pair, timeframe: timeframe.data, candles: candles.value })
  }
  const recorded = names.flatMap((name) => fileName.exec(name)?.[1] ?? [])
  const missing = pairs?.filter((pair) => !recorded.includes(pair)) ?? []
  if (recorded.length > 0 && missing.length > 0) {
    const known = [...new Set(recorded)].join(', ')
    return failure('pair_missing', `${dir} has no candles of ${missing.join(', ')}. It has ${known}.`)
  }
  if (series.size === 0) return failure('recording_empty', `${dir} has no candle files (BTCUSDT-1m.csv).`)
  return success([...series.values()])
}

async function readCandles(
  path: string,
  timeframe: Timeframe,
): Promise<Outcome<readonly Candle[], RecordingProblemCode>> {
  const file = createReadStream(path)
  const bytes = path.endsWith('.gz') ? file.pipe(createGunzip()) : file
  // A pipe passes no errors on: the reader below would wait for ever.
  file.on('error', (error) => bytes.destroy(error))
  const candles: Candle[] = []
  let line = 0
  try {
    for await (const text of createInterface({ input: bytes, crlfDelay: Number.POSITIVE_INFINITY })) {
      line++
      if (line === 1) {
        if (text.replace('\uFEFF', '') !== candleFileHeader) return broken(path, line, 'the header is another one')
        continue
      }
      if (text === '') continue
      const row = readCandleLine(text, timeframeMs[timeframe], candles.at(-1)?.openTimeMs ?? null)
      if (row.kind === 'broken') return broken(path, line, row.reason)
      if (row.kind === 'candle') candles.push(row.candle)
    }
  } catch (error) {
    return broken(path, line, error instanceof Error ? error.message : 'it cannot be read')
  }
  return candles.length === 0 ? broken(path, line, 'it holds no candle') : success(candles)
}

function broken(path: string, line: number, reason: string): Outcome<never, RecordingProblemCode> {
  return failure('recording_broken', `${path}, line ${line}: ${reason}. Repair the file or take it out of the folder.`)
}
