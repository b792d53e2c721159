/**
 * The practice exchange: an HTTP and WebSocket server on the loopback interface that speaks Binance spot's public
 * formats over recorded candles, at any speed. It stands for an exchange somewhere else: clients know nothing of it but
 * its address. Only candles are recorded, so trades and order books are made from them (`candle-path.ts`,
 * `made-book.ts`), the same ones at every start; docs/practice-exchange.md says how.
 */
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { type PracticeExchange, type ServeProblemCode, type ServingOptions, serveExchange } from './exchange-server'
import type { ListedPair } from './exchange-state'
import { assumedListing, readListings } from './listing'
import { createPairMarket } from './pair-market'
import { type RecordingProblemCode, readRecording } from './recording'
import { createStreamFeed } from './stream-feed'

export type { PracticeExchange, PracticeStatus, StruckFault } from './exchange-server'

export interface PracticeExchangeOptions extends ServingOptions {
  /** Folder of candle files. */
  readonly candlesDir: string
  /** An `exchangeInfo` answer, or an excerpt; pairs that it lacks are listed with assumed filters. */
  readonly exchangeInfoPath: string
  /** Only these pairs ("BTCUSDT"); null lists all that are recorded. */
  readonly pairs: readonly string[] | null
  /** Market time at the start, UTC milliseconds. Null begins a day before the last recorded candle closes. */
  readonly startMs: number | null
  /** Market seconds per real second; 0 lets the clock stand. */
  readonly speed: number
  /** Another seed makes other trades and books from the same candles. */
  readonly seed?: number
}

export type PracticeProblemCode =
  | RecordingProblemCode
  | ServeProblemCode
  | 'exchange_info_broken'
  | 'start_outside_recording'

const dayMs = 86_400_000

export async function startPracticeExchange(
  options: PracticeExchangeOptions,
): Promise<Outcome<PracticeExchange, PracticeProblemCode>> {
  const opened = await openPairs(options)
  if (!opened.ok) return opened
  const { pairs, firstMs, endMs } = opened.value
  const startMs = options.startMs ?? Math.max(firstMs, endMs - dayMs)
  if (startMs < firstMs || startMs >= endMs) {
    const days = `${new Date(firstMs).toISOString()} to ${new Date(endMs).toISOString()}`
    return failure('start_outside_recording', `Candles are recorded from ${days}. Start inside.`)
  }
  const { speed, seed = 0 } = options
  return serveExchange({ pairs, firstMs, endMs, startMs, speed, seed, createFeed: createStreamFeed }, options)
}

async function openPairs({ candlesDir, exchangeInfoPath, pairs: asked, seed }: PracticeExchangeOptions) {
  const listings = await readListings(exchangeInfoPath)
  if (!listings.ok) return listings
  const recording = await readRecording(candlesDir, asked)
  if (!recording.ok) return recording
  const pairs = new Map<string, ListedPair>()
  for (const { pair } of recording.value) {
    if (pairs.has(pair)) continue
    const ofPair = recording.value.filter((series) => series.pair === pair)
    const market = createPairMarket(pair, ofPair, seed ?? 0)
    pairs.set(pair, { market, listed: listings.value.get(pair) ?? assumedListing(pair, market.priceDecimals) })
  }
  const markets = [...pairs.values()].map(({ market }) => market)
  return success({
    pairs,
    firstMs: Math.min(...markets.map((market) => market.firstMs)),
    endMs: Math.max(...markets.map((market) => market.endMs)),
  })
}
