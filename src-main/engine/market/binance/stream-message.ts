import type { Candle } from '@shared/contract/candle'
import type { BookLevel } from '@shared/contract/market-data'
import type { Side } from '@shared/contract/order'

/**
 * What arrives over Binance's market streams
 * (https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams). `id` is the pair without its slash;
 * `eventMs` is the exchange's clock when it sent the message.
 */
export type StreamMessage = CandleMessage | TradeMessage | DepthMessage

export interface CandleMessage {
  readonly kind: 'candle'
  readonly id: string
  readonly eventMs: number
  readonly interval: string
  readonly candle: Candle
  readonly isClosed: boolean
}

export interface TradeMessage {
  readonly kind: 'trade'
  readonly id: string
  readonly eventMs: number
  readonly tradeId: number
  readonly timeMs: number
  readonly price: number
  readonly qtyBase: number
  readonly aggressor: Side
}

/** Levels that changed, with their new quantity (zero: the level is gone), as the changes `firstId` to `lastId`. */
export interface DepthMessage {
  readonly kind: 'depth'
  readonly id: string
  readonly eventMs: number
  readonly firstId: number
  readonly lastId: number
  readonly bids: readonly BookLevel[]
  readonly asks: readonly BookLevel[]
}

/** An answer to something we sent. */
export interface StreamReply {
  readonly kind: 'reply'
  readonly requestId: number | null
  readonly error: string | null
}

/**
 * Null for anything else, and for a message that is not what Binance documents. Thousands of these pass each second:
 * this boundary check is therefore written by hand.
 */
export function readStreamMessage(message: unknown): StreamMessage | StreamReply | null {
  if (!isRecord(message)) return null
  const event = isRecord(message.data) ? message.data : message
  switch (event.e) {
    case 'trade':
      return readTrade(event)
    case 'depthUpdate':
      return readDepth(event)
    case 'kline':
      return readCandle(event)
    case undefined:
      return readReply(event)
    default:
      return null
  }
}

function readTrade(event: Fields): TradeMessage | null {
  const { s: id, E: eventMs, t: tradeId, T: timeMs, m: buyerIsMaker } = event
  const price = figure(event.p)
  const qtyBase = figure(event.q)
  if (typeof id !== 'string' || !isCount(eventMs) || !isCount(tradeId) || !isCount(timeMs)) return null
  if (!(price > 0) || !(qtyBase > 0) || typeof buyerIsMaker !== 'boolean') return null
  return { kind: 'trade', id, eventMs, tradeId, timeMs, price, qtyBase, aggressor: buyerIsMaker ? 'sell' : 'buy' }
}

function readDepth(event: Fields): DepthMessage | null {
  const { s: id, E: eventMs, U: firstId, u: lastId } = event
  const bids = readLevels(event.b)
  const asks = readLevels(event.a)
  if (typeof id !== 'string' || !isCount(eventMs) || !isCount(firstId) || !isCount(lastId)) return null
  if (bids === null || asks === null) return null
  return { kind: 'depth', id, eventMs, firstId, lastId, bids, asks }
}

function readLevels(value: unknown): BookLevel[] | null {
  if (!Array.isArray(value)) return null
  const levels: BookLevel[] = []
  for (const pair of value) {
    if (!Array.isArray(pair)) return null
    const price = figure(pair[0])
    const qtyBase = figure(pair[1])
    if (!(price > 0) || !(qtyBase >= 0)) return null
    levels.push([price, qtyBase])
  }
  return levels
}

function readCandle(event: Fields): CandleMessage | null {
  const { s: id, E: eventMs, k: kline } = event
  if (typeof id !== 'string' || !isCount(eventMs) || !isRecord(kline)) return null
  const { t: openTimeMs, i: interval, x: isClosed } = kline
  if (!isCount(openTimeMs) || typeof interval !== 'string' || typeof isClosed !== 'boolean') return null
  const [open, high, low, close] = [figure(kline.o), figure(kline.h), figure(kline.l), figure(kline.c)]
  const volume = figure(kline.v)
  if (!(open > 0 && high > 0 && low > 0 && close > 0 && volume >= 0)) return null
  const candle = { openTimeMs, open, high, low, close, volume }
  return { kind: 'candle', id, eventMs, interval, candle, isClosed }
}

function readReply(event: Fields): StreamReply | null {
  const problem = isRecord(event.error) ? event.error : event
  const error = typeof problem.msg === 'string' ? problem.msg : null
  if (!('result' in event) && error === null) return null
  return { kind: 'reply', requestId: typeof event.id === 'number' ? event.id : null, error }
}

type Fields = Readonly<Record<string, unknown>>

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** A decimal text as a number; NaN for anything else, which every comparison refuses. */
function figure(value: unknown): number {
  return typeof value === 'string' && value !== '' ? Number(value) : Number.NaN
}
