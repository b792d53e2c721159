import { timeframeMs } from '@shared/contract/candle'
import type { ExchangeState, ListedPair } from './exchange-state'
import { changedLevels, type MadeBook } from './made-book'
import { levelRows } from './rest-answers'
import {
  aggTradeMessage,
  bookTickerMessage,
  depthMessage,
  klineMessage,
  miniTickerMessage,
  tickerMessage,
  tradeMessage,
} from './stream-messages'
import type { Stream } from './stream-name'

/** Turns the passing of market time into messages. */
export interface StreamFeed {
  /** Tells everything that became visible since the last call; the first call for a stream tells nothing of before. */
  advance(nowMs: number): void
  /** The same for one pair, its book's changes included, so that a REST answer at `nowMs` fits the streams. */
  advancePair(pair: string, nowMs: number): void
  /** Tells a candle again that had closed already: it was corrected. */
  repeatKline(pair: string, openTimeMs: number, nowMs: number): void
}

/** Where the messages go, by the name of the stream. */
export type Tell = (stream: string, data: unknown) => void

export type WantedStreams = () => ReadonlyMap<string, ReadonlyMap<string, Stream>>

interface BookMark {
  readonly atMs: number
  readonly book: MadeBook
}

const dayMs = 86_400_000
/** Candles of every length close on a minute. */
const minuteMs = 60_000
const tickerEveryMs = 1000
/** After a longer jump of the clock, only this much of what was jumped over is told; the rest is history, for REST. */
const longestTellingMs = 3_600_000

export function createStreamFeed(state: ExchangeState, wanted: WantedStreams, tell: Tell): StreamFeed {
  const toldUntilMs = new Map<string, number>()
  const bookMarks = new Map<string, BookMark>()
  const tickerToldMs = new Map<string, number>()

  function advancePair(pair: string, nowMs: number, flushBook: boolean): void {
    const streams = wanted().get(pair)
    const listed = state.pairs.get(pair)
    const fromMs = toldUntilMs.get(pair)
    if (streams === undefined || listed === undefined || listed.listed.status !== 'TRADING') {
      toldUntilMs.delete(pair)
      return
    }
    let sinceMs = Math.max(fromMs ?? nowMs, nowMs - longestTellingMs)
    while (sinceMs < nowMs) {
      const untilMs = Math.min((Math.floor(sinceMs / minuteMs) + 1) * minuteMs, nowMs)
      tellStretch(listed, streams, sinceMs, untilMs)
      sinceMs = untilMs
    }
    toldUntilMs.set(pair, nowMs)
    for (const stream of streams.values()) tellState(listed, stream, nowMs, flushBook)
  }

  /** Trades of [fromMs, toMs) and the candles that they made; no candle closes inside. */
  function tellStretch(listed: ListedPair, streams: ReadonlyMap<string, Stream>, fromMs: number, toMs: number): void {
    const { market } = listed
    const { pair } = market
    const trades = market.trades(fromMs, toMs)
    for (const { name, what } of streams.values()) {
      if (what.kind === 'trade') for (const trade of trades) tell(name, tradeMessage(pair, trade, trade.timeMs))
      if (what.kind === 'aggTrade') for (const trade of trades) tell(name, aggTradeMessage(pair, trade, trade.timeMs))
      if (what.kind !== 'kline') continue
      const closes = toMs % timeframeMs[what.timeframe] === 0
      if (!closes && trades.length === 0) continue
      const kline = market.klines(what.timeframe, { fromMs: null, toMs: toMs - 1, limit: 1 }, toMs)[0]
      const isCurrent = kline !== undefined && kline.openTimeMs + timeframeMs[what.timeframe] >= toMs
      if (isCurrent) tell(name, klineMessage(pair, what.timeframe, kline, closes, toMs))
    }
  }

  /** Streams that show how things stand at a moment, not what happened. */
  function tellState(listed: ListedPair, { name, what }: Stream, nowMs: number, flushBook: boolean): void {
    const { pair } = listed.market
    switch (what.kind) {
      case 'depth': {
        const mark = bookMarks.get(name)
        if (mark !== undefined && (mark.atMs === nowMs || (nowMs - mark.atMs < what.everyMs && !flushBook))) return
        const book = state.book(listed, nowMs)
        bookMarks.set(name, { atMs: nowMs, book })
        if (mark === undefined) return
        const bids = changedLevels(mark.book.bids, book.bids)
        const asks = changedLevels(mark.book.asks, book.asks)
        // Numbers without a change still count: the next message must follow this one without a hole.
        tell(name, depthMessage(pair, { bids, asks }, mark.atMs, nowMs))
        return
      }
      case 'partialDepth': {
        if (!isDue(name, nowMs, what.everyMs)) return
        const { bids, asks } = state.book(listed, nowMs)
        const rows = { bids: levelRows(bids, what.levels), asks: levelRows(asks, what.levels) }
        tell(name, { lastUpdateId: nowMs, ...rows })
        return
      }
      case 'bookTicker':
        if (isDue(name, nowMs, 1)) tell(name, bookTickerMessage(pair, state.book(listed, nowMs), nowMs))
        return
      case 'miniTicker':
      case 'ticker': {
        if (!isDue(name, nowMs, tickerEveryMs)) return
        const day = state.window(listed, dayMs, nowMs)
        if (day === null) return
        const message =
          what.kind === 'ticker'
            ? tickerMessage(pair, day, state.book(listed, nowMs), nowMs)
            : miniTickerMessage(pair, day, nowMs)
        tell(name, message)
        return
      }
      case 'trade':
      case 'aggTrade':
      case 'kline':
        return
    }
  }

  function isDue(name: string, nowMs: number, everyMs: number): boolean {
    const toldMs = tickerToldMs.get(name)
    if (toldMs !== undefined && nowMs - toldMs < everyMs) return false
    tickerToldMs.set(name, nowMs)
    return true
  }

  /** A stream that nobody listens to starts anew when somebody does. */
  function forgetUnwanted(): void {
    const names = new Set([...wanted().values()].flatMap((streams) => [...streams.keys()]))
    for (const name of bookMarks.keys()) if (!names.has(name)) bookMarks.delete(name)
    for (const pair of toldUntilMs.keys()) if (!wanted().has(pair)) toldUntilMs.delete(pair)
  }

  return {
    advance(nowMs) {
      forgetUnwanted()
      for (const pair of wanted().keys()) advancePair(pair, nowMs, false)
    },
    advancePair: (pair, nowMs) => advancePair(pair, nowMs, true),
    repeatKline(pair, openTimeMs, nowMs) {
      const market = state.pairs.get(pair)?.market
      for (const { name, what } of wanted().get(pair)?.values() ?? []) {
        if (what.kind !== 'kline' || market === undefined) continue
        const stepMs = timeframeMs[what.timeframe]
        const openMs = Math.floor(openTimeMs / stepMs) * stepMs
        const kline = market.klines(what.timeframe, { fromMs: openMs, toMs: openMs, limit: 1 }, nowMs)[0]
        if (kline === undefined || openMs + stepMs > nowMs) continue
        tell(name, klineMessage(pair, what.timeframe, kline, true, nowMs))
      }
    },
  }
}
