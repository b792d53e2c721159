import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type MarketSymbol, type Timeframe, timeframeMs, timeframeSchema } from '@shared/contract/candle'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { pairParts } from '@shared/rules/pair-name'

export type CandleFolderProblemCode = 'candle_folder_missing' | 'unknown_symbol' | 'unknown_timeframe'

/**
 * A folder of candle files, one per symbol and timeframe, named as Binance names the pair: `BTCUSDT-1h.csv` or
 * `BTCUSDT-1h.csv.gz` holds BTC/USDT. Where both are there, the plain one is read.
 */
export interface CandleFolder {
  readonly dir: string
  readonly files: readonly CandleFileName[]
  /** Trades and order books that are recorded beside candles: `XRPETH-trades.csv`, `BTCUSDT-book.csv.gz`. */
  readonly ticks: readonly TickFileName[]
}

export interface TickFileName {
  readonly path: string
  /** The pair without its slash. */
  readonly pair: string
  readonly kind: 'trades' | 'book'
}

export interface CandleFileName {
  readonly path: string
  /** The pair without its slash. */
  readonly pair: string
  readonly timeframe: Timeframe
}

const fileName = /^([A-Z0-9]{2,40})-([0-9]{1,2}[mhd])\.csv(\.gz)?$/

const tickFileName = /^([A-Z0-9]{2,40})-(trades|book)\.csv(\.gz)?$/

export async function openCandleFolder(dir: string): Promise<Outcome<CandleFolder, CandleFolderProblemCode>> {
  const names = await readdir(dir).catch(() => null)
  if (names === null) {
    return failure('candle_folder_missing', `${dir} is not a folder that can be read. Name a folder of candle files.`)
  }
  const files = new Map<string, CandleFileName>()
  // In code-unit order the plain file comes before its .gz.
  const ticks = new Map<string, TickFileName>()
  for (const name of names.sort()) {
    const [, tickPair, kind] = tickFileName.exec(name) ?? []
    if (tickPair !== undefined && (kind === 'trades' || kind === 'book')) {
      const key = `${tickPair}-${kind}`
      if (!ticks.has(key)) ticks.set(key, { path: join(dir, name), pair: tickPair, kind })
      continue
    }
    const [, pair, timeframeText] = fileName.exec(name) ?? []
    const timeframe = timeframeSchema.safeParse(timeframeText)
    if (pair === undefined || !timeframe.success) continue
    const key = `${pair}-${timeframe.data}`
    if (!files.has(key)) files.set(key, { path: join(dir, name), pair, timeframe: timeframe.data })
  }
  return success({ dir, files: [...files.values()], ticks: [...ticks.values()] })
}

/** The file that holds `symbol` at `timeframe`; a failure names what the folder has instead. */
export function findCandleFile(
  folder: CandleFolder,
  symbol: MarketSymbol,
  timeframe: Timeframe,
): Outcome<CandleFileName, CandleFolderProblemCode> {
  const ofSymbol = folder.files.filter((file) => file.pair === symbol.replace('/', ''))
  if (ofSymbol.length === 0) {
    const pairs = [...new Set(folder.files.map((file) => displayedPair(file.pair)))]
    return failure('unknown_symbol', `${symbol} is not in ${folder.dir}. ${listed(pairs)}`)
  }
  const file = ofSymbol.find((candidate) => candidate.timeframe === timeframe)
  if (file !== undefined) return success(file)
  const timeframes = ofSymbol.map((candidate) => candidate.timeframe).sort((a, b) => timeframeMs[a] - timeframeMs[b])
  return failure('unknown_timeframe', `${symbol} has no ${timeframe} candles in ${folder.dir}. ${listed(timeframes)}`)
}

/** "BTCUSDT" as "BTC/USDT" where the quote asset is a known one; as it is otherwise. */
export function displayedPair(pair: string): string {
  const parts = pairParts(pair)
  return parts === null ? pair : `${parts.base}/${parts.quote}`
}

function listed(what: readonly string[]): string {
  return what.length === 0 ? 'It has no candle files (BTCUSDT-1h.csv).' : `It has ${what.join(', ')}.`
}
