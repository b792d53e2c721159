import type { Candle } from '@shared/contract/candle'
import type { MadeTrade } from './candle-path'
import { roundedFigure } from './wire-figure'

/**
 * A candle with all that Binance tells of one. Recordings hold prices and volume only; the rest is made: the quote
 * volume at the mean of the four prices, half of everything bought by takers, and as many trades as the candle is made
 * into.
 */
export interface Kline extends Candle {
  readonly stepMs: number
  readonly quoteVolume: number
  readonly trades: number
  readonly takerVolume: number
  readonly takerQuoteVolume: number
  readonly firstTradeId: number
}

export function recordedKline(candle: Candle, stepMs: number, trades: number, firstTradeId: number): Kline {
  const mean = (candle.open + candle.high + candle.low + candle.close) / 4
  const quoteVolume = candle.volume * mean
  const takerVolume = candle.volume / 2
  return { ...candle, stepMs, quoteVolume, trades, takerVolume, takerQuoteVolume: quoteVolume / 2, firstTradeId }
}

/** The candle that trades have made so far; `candle` says where it began. */
export function klineOfTrades(
  candle: Candle,
  stepMs: number,
  trades: readonly MadeTrade[],
  firstTradeId: number,
): Kline {
  const { openTimeMs, open } = candle
  let high = open
  let low = open
  let close = open
  let volume = 0
  for (const { price, qty } of trades) {
    high = Math.max(high, price)
    low = Math.min(low, price)
    close = price
    volume += qty
  }
  const sofar = { openTimeMs, open, high, low, close, volume: roundedFigure(volume) }
  return recordedKline(sofar, stepMs, trades.length, firstTradeId)
}

/** One longer candle out of shorter ones, oldest first and at least one. */
export function joinedKline(openTimeMs: number, stepMs: number, parts: readonly Kline[]): Kline | null {
  const first = parts[0]
  if (first === undefined) return null
  const sum = { volume: 0, quoteVolume: 0, trades: 0, takerVolume: 0, takerQuoteVolume: 0 }
  let { high, low, close } = first
  for (const part of parts) {
    high = Math.max(high, part.high)
    low = Math.min(low, part.low)
    close = part.close
    sum.volume += part.volume
    sum.quoteVolume += part.quoteVolume
    sum.trades += part.trades
    sum.takerVolume += part.takerVolume
    sum.takerQuoteVolume += part.takerQuoteVolume
  }
  const { firstTradeId, open } = first
  return { openTimeMs, stepMs, open, high, low, close, firstTradeId, ...sum, volume: roundedFigure(sum.volume) }
}
