/**
 * Binance spot as a market: closed candles, trades and order books over WebSocket, with REST as the authority on every
 * candle that did not come. Whether a candle has closed is judged by the exchange: by its own word in the stream, or by
 * its clock, read before the candles are. A failure after the start does not end the feed: it is told as a problem, and
 * what was missed is caught up in order. Where no WebSocket can be opened, REST alone carries the candles.
 */
import { type Candle, type MarketSymbol, type Timeframe, timeframeMs } from '@shared/contract/candle'
import { failure, type Outcome, type Problem, success } from '@shared/contract/outcome'
import { binanceBaseUrl, exchangeAddress } from './binance/address'
import { createExchangeClock, type ExchangeClock } from './binance/exchange-clock'
import { inParallel } from './binance/in-parallel'
import { createLiveVenue, type LiveVenue } from './binance/live-venue'
import { readListing } from './binance/read-listing'
import { type BinanceClient, type BinanceProblemCode, connectBinance } from './binance-client'
import { type CandleStore, inMemoryStore } from './candle-store/candle-store'
import { fillStore } from './candle-store/fill-store'
import type { WallClock } from './clock'
import { nextOpenMs } from './continuity'
import { defaultWarmUpCandles, type MarketProblemCode } from './venue'

export interface BinanceOptions {
  readonly symbols: readonly MarketSymbol[]
  readonly timeframe: Timeframe
  /** Updates begin with the candle that opens here; null means with the one that is open now. */
  readonly fromMs: number | null
  /** No candle that opens here or later; null means on and on. */
  readonly toMs: number | null
  readonly warmUpCandles?: number
  readonly clock: WallClock
  /** In [0, 1): spreads retries and reconnects. */
  readonly random: () => number
  /** Another server that speaks Binance's formats. */
  readonly baseUrl?: string
  /** Where closed candles and rules are kept; in memory without one. */
  readonly store?: CandleStore
  /** `candles`: closed candles only. `off`: REST alone. */
  readonly streaming?: 'everything' | 'candles' | 'off'
  readonly timeoutMs?: number
  readonly attempts?: number
  readonly retryPauseMs?: number
  /** Called when the feed turns bad, and with null when it is sound again. */
  readonly tell?: (problem: Problem<MarketProblemCode> | null) => void
  /** Told when connections have been down for longer than a moment, and when they are back. */
  readonly linksChanged?: () => void
}

const requestsAtOnce = 8
/** Symbols of which one may show that the exchange's clock is right. */
const witnesses = 3
/** A candle that opened just now may not have been traded in. */
const firstTradeWithinMs = 1000
/** How far back the youngest candle is looked for. */
const mostSkewCandles = 100

export async function openBinanceVenue(options: BinanceOptions): Promise<Outcome<LiveVenue, MarketProblemCode>> {
  const { timeframe, toMs, clock } = options
  const stepMs = timeframeMs[timeframe]
  const symbols = [...new Set(options.symbols)].sort()
  const address = exchangeAddress(options.baseUrl ?? binanceBaseUrl)
  if (!address.ok) return address
  const client = await connectBinance(symbols, {
    baseUrl: address.value.restUrl,
    timeoutMs: options.timeoutMs ?? 10_000,
    attempts: options.attempts ?? 5,
    retryPauseMs: options.retryPauseMs ?? 500,
    random: options.random,
    clock,
  })
  if (!client.ok) return client
  const store = options.store ?? inMemoryStore()
  const { source: sourceName } = address.value
  const listing = readListing(client.value.rules, symbols, store, sourceName, clock.nowMs())
  if (!listing.ok) return listing
  const exchangeClock = createExchangeClock(clock, client.value.serverTimeMs)
  const agreed = await agreeOnTime(exchangeClock, client.value, symbols, timeframe)
  if (!agreed.ok) return agreed
  const openNowMs = Math.floor(agreed.value / stepMs) * stepMs
  // One word for the whole warm-up: the exchange's clock may be wrong by the next time it is asked.
  const source = { candles: client.value.candles, serverTimeMs: async () => agreed }
  const fromMs = nextOpenMs(options.fromMs ?? openNowMs, timeframe)
  if (toMs !== null && fromMs >= toMs) {
    return failure('window_empty', 'The start is not before the end. Swap or widen them.')
  }
  const sinceMs = Math.max(0, fromMs - (options.warmUpCandles ?? defaultWarmUpCandles) * stepMs)
  const warmUpStretch = { fromMs: sinceMs, toMs: Math.min(fromMs, openNowMs) }
  const warmUps = new Map<MarketSymbol, readonly Candle[]>()
  const filled = await inParallel(requestsAtOnce, symbols, async (symbol) => {
    const series = { source: sourceName, symbol, timeframe }
    const warmUp = await fillStore({ store, source, series, asked: warmUpStretch })
    if (warmUp.ok) warmUps.set(symbol, [...store.read(series, warmUpStretch)])
    return warmUp
  })
  const failed = filled.find((warmUp) => !warmUp.ok)
  if (failed !== undefined && !failed.ok) return failed
  const market = { client: client.value, exchangeClock, store, source: sourceName, streamUrl: address.value.streamUrl }
  return success(createLiveVenue(market, { symbols, warmUps, fromMs, notices: listing.value }, options))
}

/**
 * The time at the exchange at the start, when no message says when it was sent. Its clock is not believed alone: a
 * candle that it shows as open must have opened, and none may have opened that it does not show yet.
 */
async function agreeOnTime(
  exchangeClock: ExchangeClock<BinanceProblemCode>,
  client: BinanceClient,
  symbols: readonly MarketSymbol[],
  timeframe: Timeframe,
): Promise<Outcome<number, BinanceProblemCode>> {
  const stepMs = timeframeMs[timeframe]
  const serverTime = await exchangeClock.measure()
  if (!serverTime.ok) return serverTime
  const openByClockMs = Math.floor(serverTime.value / stepMs) * stepMs
  const hasJustOpened = serverTime.value - openByClockMs < firstTradeWithinMs
  let shownMs = Number.NEGATIVE_INFINITY
  for (const symbol of symbols.slice(0, witnesses)) {
    const shown = await client.candles(symbol, timeframe, openByClockMs - mostSkewCandles * stepMs)
    // The warm-up asks again, and tells what is wrong.
    if (!shown.ok) break
    shownMs = Math.max(shownMs, shown.value.at(-1)?.openTimeMs ?? Number.NEGATIVE_INFINITY)
    if (shownMs >= openByClockMs) break
  }
  const agrees = shownMs === openByClockMs || (hasJustOpened && shownMs === openByClockMs - stepMs)
  if (!agrees && Number.isFinite(shownMs)) exchangeClock.heard(shownMs)
  return success(Math.floor(exchangeClock.nowMs()))
}
