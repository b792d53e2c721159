import { type Timeframe, timeframeMs, timeframeSchema } from '@shared/contract/candle'
import type { Kline } from './kline'
import { type ListedSymbol, lotDecimals } from './listing'
import { type MadeBook, madeBook } from './made-book'
import type { PairMarket } from './pair-market'

/** Status of a symbol that is no longer shown; Binance has no word for it. */
export const delisted = 'DELISTED'

/** One symbol at the exchange: how it is listed, and its market. */
export interface ListedPair {
  listed: ListedSymbol
  readonly market: PairMarket
}

/** What the last 24 hours, or any window, came to. */
export interface WindowFigures {
  readonly openMs: number
  readonly closeMs: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly last: number
  readonly lastQty: number
  readonly previousClose: number
  readonly volume: number
  readonly quoteVolume: number
  readonly firstTradeId: number
  readonly trades: number
}

/** The pairs of the exchange, and what is derived of them at a moment. */
export interface ExchangeState {
  readonly pairs: ReadonlyMap<string, ListedPair>
  book(pair: ListedPair, atMs: number): MadeBook
  lastPrice(pair: ListedPair, atMs: number): number | null
  /** Null where nothing was traded in the window. */
  window(pair: ListedPair, lengthMs: number, atMs: number): WindowFigures | null
}

const minuteMs = 60_000
/** The longest window is cut into candles of at most this many. */
const windowCandles = 1500

export function createExchangeState(pairs: ReadonlyMap<string, ListedPair>, seed: number): ExchangeState {
  function lastPrice({ market }: ListedPair, atMs: number): number | null {
    const trade = market.lastTrades(1, atMs)[0]
    return trade?.price ?? null
  }

  /** Of the candle that closed last: what the open one will come to is not known yet. */
  function volumePerMinute({ market }: ListedPair, atMs: number): number {
    const open = market.candleAt(atMs)
    const closed = open === null ? null : market.candleAt(open.openTimeMs - 1)
    return closed === null ? 0 : (closed.volume * minuteMs) / closed.stepMs
  }

  return {
    pairs,
    lastPrice,
    book(pair, atMs) {
      const price = lastPrice(pair, atMs)
      if (price === null) return { bids: [], asks: [] }
      const perMinute = volumePerMinute(pair, atMs)
      return madeBook(
        {
          pair: pair.market.pair,
          seed,
          lastPrice: price,
          volumePerMinute: perMinute,
          priceDecimals: pair.market.priceDecimals,
          qtyDecimals: lotDecimals(pair.listed),
        },
        atMs,
      )
    },
    window(pair, lengthMs, atMs) {
      const fromMs = atMs - lengthMs
      const stepMs = pair.market.candleAt(atMs)?.stepMs ?? minuteMs
      const klines = pair.market
        .klines(timeframeOf(stepMs), { fromMs: fromMs - stepMs + 1, toMs: atMs, limit: windowCandles }, atMs)
        .filter((kline) => kline.trades > 0)
      const first = klines[0]
      const last = klines.at(-1)
      if (first === undefined || last === undefined) return null
      return {
        openMs: fromMs,
        closeMs: atMs,
        open: first.open,
        high: Math.max(...klines.map((kline) => kline.high)),
        low: Math.min(...klines.map((kline) => kline.low)),
        last: last.close,
        lastQty: pair.market.lastTrades(1, atMs)[0]?.qty ?? 0,
        previousClose: first.open,
        volume: sum(klines, (kline) => kline.volume),
        quoteVolume: sum(klines, (kline) => kline.quoteVolume),
        firstTradeId: first.firstTradeId,
        trades: sum(klines, (kline) => kline.trades),
      }
    },
  }
}

function timeframeOf(stepMs: number): Timeframe {
  return timeframeSchema.options.find((timeframe) => timeframeMs[timeframe] === stepMs) ?? '1m'
}

function sum(klines: readonly Kline[], of: (kline: Kline) => number): number {
  return klines.reduce((total, kline) => total + of(kline), 0)
}
