import { type Timeframe, timeframeMs } from '@shared/contract/candle'
import type { MadeTrade } from './candle-path'
import type { WindowFigures } from './exchange-state'
import type { Kline } from './kline'
import type { Levels, MadeBook } from './made-book'
import { changePercent, levelRows, weightedPrice } from './rest-answers'
import { roundedFigure, wireFigure } from './wire-figure'

/**
 * The shapes of Binance spot's stream messages
 * (https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams). `E` is the time of the message.
 */

export function tradeMessage(pair: string, { id, price, qty, timeMs, buyerIsMaker }: MadeTrade, atMs: number) {
  return {
    e: 'trade',
    E: atMs,
    s: pair,
    t: id,
    p: wireFigure(price),
    q: wireFigure(qty),
    T: timeMs,
    m: buyerIsMaker,
    M: true,
  }
}

export function aggTradeMessage(pair: string, { id, price, qty, timeMs, buyerIsMaker }: MadeTrade, atMs: number) {
  return {
    e: 'aggTrade',
    E: atMs,
    s: pair,
    a: id,
    p: wireFigure(price),
    q: wireFigure(qty),
    f: id,
    l: id,
    T: timeMs,
    m: buyerIsMaker,
    M: true,
  }
}

export function klineMessage(pair: string, timeframe: Timeframe, kline: Kline, isClosed: boolean, atMs: number) {
  const { openTimeMs, firstTradeId, trades } = kline
  return {
    e: 'kline',
    E: atMs,
    s: pair,
    k: {
      t: openTimeMs,
      T: openTimeMs + timeframeMs[timeframe] - 1,
      s: pair,
      i: timeframe,
      f: trades === 0 ? -1 : firstTradeId,
      L: trades === 0 ? -1 : firstTradeId + trades - 1,
      o: wireFigure(kline.open),
      c: wireFigure(kline.close),
      h: wireFigure(kline.high),
      l: wireFigure(kline.low),
      v: wireFigure(kline.volume),
      n: trades,
      x: isClosed,
      q: wireFigure(roundedFigure(kline.quoteVolume)),
      V: wireFigure(roundedFigure(kline.takerVolume)),
      Q: wireFigure(roundedFigure(kline.takerQuoteVolume)),
      B: '0',
    },
  }
}

/** Changes since `previousUpdateId`: the first id of the message is the one after it. */
export function depthMessage(
  pair: string,
  changes: { readonly bids: Levels; readonly asks: Levels },
  previousUpdateId: number,
  updateId: number,
) {
  return {
    e: 'depthUpdate',
    E: updateId,
    s: pair,
    U: previousUpdateId + 1,
    u: updateId,
    b: levelRows(changes.bids),
    a: levelRows(changes.asks),
  }
}

export function bookTickerMessage(pair: string, { bids, asks }: MadeBook, updateId: number) {
  const [bid, bidQty] = bids[0] ?? [0, 0]
  const [ask, askQty] = asks[0] ?? [0, 0]
  return { u: updateId, s: pair, b: wireFigure(bid), B: wireFigure(bidQty), a: wireFigure(ask), A: wireFigure(askQty) }
}

export function miniTickerMessage(pair: string, day: WindowFigures, atMs: number) {
  return {
    e: '24hrMiniTicker',
    E: atMs,
    s: pair,
    c: wireFigure(day.last),
    o: wireFigure(day.open),
    h: wireFigure(day.high),
    l: wireFigure(day.low),
    v: wireFigure(roundedFigure(day.volume)),
    q: wireFigure(roundedFigure(day.quoteVolume)),
  }
}

export function tickerMessage(pair: string, day: WindowFigures, { bids, asks }: MadeBook, atMs: number) {
  const [bid, bidQty] = bids[0] ?? [0, 0]
  const [ask, askQty] = asks[0] ?? [0, 0]
  return {
    e: '24hrTicker',
    E: atMs,
    s: pair,
    p: wireFigure(roundedFigure(day.last - day.open)),
    P: changePercent(day).toFixed(3),
    w: wireFigure(weightedPrice(day)),
    x: wireFigure(day.previousClose),
    c: wireFigure(day.last),
    Q: wireFigure(day.lastQty),
    b: wireFigure(bid),
    B: wireFigure(bidQty),
    a: wireFigure(ask),
    A: wireFigure(askQty),
    o: wireFigure(day.open),
    h: wireFigure(day.high),
    l: wireFigure(day.low),
    v: wireFigure(roundedFigure(day.volume)),
    q: wireFigure(roundedFigure(day.quoteVolume)),
    O: day.openMs,
    C: day.closeMs,
    F: day.firstTradeId,
    L: day.firstTradeId + day.trades - 1,
    n: day.trades,
  }
}
