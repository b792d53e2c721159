import type { MadeTrade } from './candle-path'
import type { WindowFigures } from './exchange-state'
import type { Kline } from './kline'
import type { Levels, MadeBook } from './made-book'
import { roundedFigure, wireFigure } from './wire-figure'

/**
 * The shapes of Binance spot's REST answers
 * (https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints).
 */

/** A row of `/klines`: open time, o, h, l, c, volume, close time, quote volume, trades, taker base, taker quote, unused. */
export function klineRow(kline: Kline): readonly (number | string)[] {
  const { openTimeMs, stepMs, open, high, low, close, volume, quoteVolume, trades } = kline
  return [
    openTimeMs,
    ...[open, high, low, close, volume].map(wireFigure),
    openTimeMs + stepMs - 1,
    wireFigure(roundedFigure(quoteVolume)),
    trades,
    wireFigure(roundedFigure(kline.takerVolume)),
    wireFigure(roundedFigure(kline.takerQuoteVolume)),
    '0',
  ]
}

export function tradeRow({ id, price, qty, timeMs, buyerIsMaker }: MadeTrade) {
  return {
    id,
    price: wireFigure(price),
    qty: wireFigure(qty),
    quoteQty: wireFigure(roundedFigure(price * qty)),
    time: timeMs,
    isBuyerMaker: buyerIsMaker,
    isBestMatch: true,
  }
}

/** Every made trade is an aggregate of itself alone. */
export function aggTradeRow({ id, price, qty, timeMs, buyerIsMaker }: MadeTrade) {
  return { a: id, p: wireFigure(price), q: wireFigure(qty), f: id, l: id, T: timeMs, m: buyerIsMaker, M: true }
}

export function levelRows(levels: Levels, limit?: number): readonly (readonly [string, string])[] {
  return levels.slice(0, limit).map(([price, qty]) => [wireFigure(price), wireFigure(qty)])
}

export function depthAnswer(book: MadeBook, lastUpdateId: number, limit: number) {
  return { lastUpdateId, bids: levelRows(book.bids, limit), asks: levelRows(book.asks, limit) }
}

export function bookTickerRow(symbol: string, { bids, asks }: MadeBook) {
  const [bidPrice, bidQty] = bids[0] ?? [0, 0]
  const [askPrice, askQty] = asks[0] ?? [0, 0]
  return {
    symbol,
    bidPrice: wireFigure(bidPrice),
    bidQty: wireFigure(bidQty),
    askPrice: wireFigure(askPrice),
    askQty: wireFigure(askQty),
  }
}

/** `/ticker/24hr`. Without a trade in the window every figure is 0, as Binance answers for a pair that stands still. */
export function dayTickerRow(
  symbol: string,
  figures: WindowFigures | null,
  book: MadeBook,
  atMs: number,
  dayMs: number,
) {
  const { bidPrice, bidQty, askPrice, askQty } = bookTickerRow(symbol, book)
  const change = figures === null ? 0 : figures.last - figures.open
  return {
    symbol,
    priceChange: wireFigure(roundedFigure(change)),
    priceChangePercent: changePercent(figures).toFixed(3),
    weightedAvgPrice: wireFigure(weightedPrice(figures)),
    prevClosePrice: wireFigure(figures?.previousClose ?? 0),
    lastPrice: wireFigure(figures?.last ?? 0),
    lastQty: wireFigure(figures?.lastQty ?? 0),
    bidPrice,
    bidQty,
    askPrice,
    askQty,
    openPrice: wireFigure(figures?.open ?? 0),
    highPrice: wireFigure(figures?.high ?? 0),
    lowPrice: wireFigure(figures?.low ?? 0),
    volume: wireFigure(roundedFigure(figures?.volume ?? 0)),
    quoteVolume: wireFigure(roundedFigure(figures?.quoteVolume ?? 0)),
    openTime: atMs - dayMs,
    closeTime: atMs,
    firstId: figures?.firstTradeId ?? -1,
    lastId: figures === null ? -1 : figures.firstTradeId + figures.trades - 1,
    count: figures?.trades ?? 0,
  }
}

export function changePercent(figures: WindowFigures | null): number {
  return figures === null ? 0 : ((figures.last - figures.open) / figures.open) * 100
}

export function weightedPrice(figures: WindowFigures | null): number {
  return figures === null || figures.volume === 0 ? 0 : roundedFigure(figures.quoteVolume / figures.volume)
}
