import type { Candle } from '@shared/contract/candle'
import type { Outcome } from '@shared/contract/outcome'
import { type PracticeExchange, type ServeProblemCode, type ServingOptions, serveExchange } from './exchange-server'
import type { ListedPair } from './exchange-state'
import { assumedListing } from './listing'
import { createPairMarket } from './pair-market'
import type { StreamFeed, Tell, WantedStreams } from './stream-feed'
import { aggTradeMessage, depthMessage, tradeMessage } from './stream-messages'

export interface LoadOptions extends ServingOptions {
  /** Pairs, named L0000USDT and on. */
  readonly symbols: number
  /** Trades per second and changes of the book per second, for each pair; at most 1000. */
  readonly messagesPerSecond: number
  /** The real time, UTC milliseconds. */
  readonly wallMs: () => number
}

const minuteMs = 60_000
/** Candles before the start: enough to warm any indicator up. */
const pastMinutes = 1500
const futureMinutes = 240
const loadBeatMs = 4
const priceDecimals = 2
const basePrice = 100

/**
 * An exchange for measuring how much a client can take: pairs that are made up, in real time, each with the same number
 * of trades and changes of the book every second, evenly spread. `E` is the real time of sending, so that a client on
 * the same machine reads the lag from it. Trade ids follow each other and so do the numbers of a book's changes: a hole
 * is a lost message.
 */
export function startLoadExchange(options: LoadOptions): Promise<Outcome<PracticeExchange, ServeProblemCode>> {
  const { symbols, messagesPerSecond, wallMs } = options
  const startMs = wallMs()
  const firstMs = (Math.floor(startMs / minuteMs) - pastMinutes) * minuteMs
  const candles = Array.from({ length: pastMinutes + futureMinutes }, (_, index) => madeUpCandle(firstMs, index))
  const pairs = new Map<string, ListedPair>()
  for (let index = 0; index < symbols; index++) {
    const pair = `L${String(index).padStart(4, '0')}USDT`
    const market = createPairMarket(pair, [{ pair, timeframe: '1m', candles }], 0)
    pairs.set(pair, { market, listed: assumedListing(pair, priceDecimals) })
  }
  const endMs = firstMs + candles.length * minuteMs
  const createFeed = (_state: unknown, wanted: WantedStreams, tell: Tell): StreamFeed =>
    createLoadFeed([...pairs.keys()], messagesPerSecond, startMs, wanted, tell, wallMs)
  return serveExchange(
    { pairs, firstMs, endMs, startMs, speed: 1, seed: 0, createFeed },
    { ...options, beatMs: options.beatMs ?? loadBeatMs, weightLimit: options.weightLimit ?? Number.MAX_SAFE_INTEGER },
  )
}

function madeUpCandle(firstMs: number, index: number): Candle {
  const open = basePrice + (index % 10)
  return { openTimeMs: firstMs + index * minuteMs, open, high: open + 2, low: open - 1, close: open + 1, volume: 100 }
}

/** The n-th message of a pair is due at the start plus n intervals plus the pair's share of one, so that none bunch. */
function createLoadFeed(
  pairs: readonly string[],
  messagesPerSecond: number,
  startMs: number,
  wanted: WantedStreams,
  tell: Tell,
  wallMs: () => number,
): StreamFeed {
  const intervalMs = 1000 / messagesPerSecond
  /** Messages of each pair that were due so far, whether somebody listened or not. */
  const dueBefore = new Map<string, number>()

  function tellOne(pair: string, count: number): void {
    const atMs = wallMs()
    const price = basePrice + (count % 100) / 100
    const updateId = startMs + Math.floor(count * intervalMs)
    const previousId = startMs + Math.floor((count - 1) * intervalMs)
    const trade = { id: count, timeMs: atMs, price, qty: 0.5, buyerIsMaker: count % 2 === 0 }
    const bids = [[basePrice - 1 - (count % 20), (count % 7) + 1]] as const
    const asks = [[basePrice + 2 + (count % 20), (count % 5) + 1]] as const
    for (const { name, what } of wanted().get(pair)?.values() ?? []) {
      if (what.kind === 'trade') tell(name, tradeMessage(pair, trade, atMs))
      if (what.kind === 'aggTrade') tell(name, aggTradeMessage(pair, trade, atMs))
      if (what.kind === 'depth') tell(name, { ...depthMessage(pair, { bids, asks }, previousId, updateId), E: atMs })
    }
  }

  return {
    advance(nowMs) {
      pairs.forEach((pair, index) => {
        const phaseMs = (index / pairs.length) * intervalMs
        const due = Math.floor((nowMs - startMs - phaseMs) / intervalMs)
        const told = dueBefore.get(pair) ?? due
        for (let count = told + 1; count <= due; count++) tellOne(pair, count)
        dueBefore.set(pair, due)
      })
    },
    // The numbers of the changes are times: a book read over REST is numbered by its own and fits without a flush.
    advancePair: () => {},
    repeatKline: () => {},
  }
}
