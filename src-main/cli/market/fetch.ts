import type { MarketSymbol, Timeframe } from '@shared/contract/candle'
import { timeframeMs } from '@shared/contract/candle'
import { binanceBaseUrl, exchangeAddress } from '../../engine/market/binance/address'
import { binanceId, connectBinance } from '../../engine/market/binance-client'
import { openCandleStore, type Series, type Stretch } from '../../engine/market/candle-store/candle-store'
import { fillStore } from '../../engine/market/candle-store/fill-store'
import { writeCandleFile } from '../../engine/market/candle-store/write-candle-file'
import { systemClock } from '../../engine/market/clock'
import type { Places } from '../../engine/places'
import { type ExitCode, exitCode, failWith } from '../exit'
import { watchInterruption } from '../interruption'
import { note, print, table, utc } from '../output'

export interface FetchOptions {
  readonly symbols: readonly MarketSymbol[]
  readonly timeframe: Timeframe
  readonly from: number
  readonly to?: number
  readonly out?: string
  readonly exchangeUrl?: string
  readonly json: boolean
}

/** The clock of patience for one request, and how often it is repeated. */
const request = { timeoutMs: 15_000, attempts: 6, retryPauseMs: 500 } as const
const lineEveryMs = 1000

/** Fetches what the cache lacks of the window, symbol after symbol. */
export async function fetchMarket(places: Places, options: FetchOptions): Promise<ExitCode> {
  const { symbols, timeframe } = options
  const asked = { fromMs: options.from, toMs: options.to ?? Date.now() }
  if (asked.fromMs >= asked.toMs) {
    return failWith({ code: 'window_empty', message: 'The start is not before the end. Swap or widen them.' })
  }
  const interruption = watchInterruption(
    'Stopping after this page; the same command goes on. Once more to stop at once.',
  )
  const address = exchangeAddress(options.exchangeUrl ?? binanceBaseUrl)
  if (!address.ok) return failWith(address.problem)
  const { source, restUrl } = address.value
  const connection = { ...request, baseUrl: restUrl, random: Math.random, clock: systemClock }
  const client = await connectBinance(symbols, connection)
  if (!client.ok) return failWith(client.problem)
  const opened = openCandleStore(places.dataDir, Date.now())
  if (!opened.ok) return failWith(opened.problem)
  const store = opened.value
  if (store.setAside !== null) note(`The candle cache was damaged; it was put aside as ${store.setAside}.`)
  try {
    const report: SymbolReport[] = []
    for (const symbol of symbols) {
      const series: Series = { source, symbol, timeframe }
      const before = stored(store.read(series, asked))
      const filled = await fillStore({
        store,
        source: client.value,
        series,
        asked,
        signal: interruption.signal,
        onPage: progressLine(symbol, asked, timeframe),
      })
      if (!filled.ok) return failWith(filled.problem)
      const gaps = store.realGaps(series, asked)
      const { fetched, corrections, interrupted } = filled.value
      report.push({ symbol, fetched, alreadyThere: before, gaps: gaps.map(gapWords), corrections: corrections.length })
      if (interrupted) break
      if (options.out !== undefined) {
        const written = writeCandleFile(options.out, `${binanceId(symbol)}-${timeframe}`, store.read(series, asked))
        if (!written.ok) return failWith(written.problem)
        note(`Wrote ${written.value}.`)
      }
    }
    const document = { source, timeframe, from: utc(asked.fromMs), to: utc(asked.toMs), symbols: report }
    print(options.json, document, () => [
      ...table([
        ['symbol', 'fetched', 'already there', 'real gaps', 'corrections'],
        ...report.map(({ symbol, fetched, alreadyThere, gaps, corrections }) =>
          [symbol, fetched, alreadyThere, gaps.length, corrections].map(String),
        ),
      ]),
      ...report.flatMap(({ symbol, gaps }) => gaps.map((gap) => `${symbol} has no candles ${gap}.`)),
    ])
    return interruption.exitCode() ?? exitCode.done
  } finally {
    store.close()
  }
}

interface SymbolReport {
  readonly symbol: MarketSymbol
  readonly fetched: number
  readonly alreadyThere: number
  /** Stretches that the exchange itself has nothing of. */
  readonly gaps: readonly string[]
  readonly corrections: number
}

function stored(candles: Iterable<unknown>): number {
  let count = 0
  for (const _candle of candles) count++
  return count
}

function gapWords({ fromMs, toMs }: Stretch): string {
  return `from ${utc(fromMs)} to ${utc(toMs)}`
}

/** A line a second, and one for the last page. */
function progressLine(symbol: MarketSymbol, { fromMs, toMs }: Stretch, timeframe: Timeframe) {
  let shownAtMs = 0
  return (throughMs: number, fetched: number): void => {
    const now = performance.now()
    if (now - shownAtMs < lineEveryMs && throughMs + timeframeMs[timeframe] < toMs) return
    shownAtMs = now
    const share = Math.min(1, (throughMs - fromMs) / (toMs - fromMs))
    note(`${symbol} ${timeframe}: ${fetched} candles, up to ${utc(throughMs)} (${(share * 100).toFixed(0)} %)`)
  }
}
