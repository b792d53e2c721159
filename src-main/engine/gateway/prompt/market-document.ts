import type { MarketContext } from '@shared/contract/context'
import { printFigure } from './printed-figure'

const fence = '-----'

/**
 * A market as the desk's models read it, between two fences: short, because every token of it is read anew for every
 * decision, and in percent of the price, because a digit is a token and a model compares percentages better than
 * prices. What the words mean stands in the prompt's fixed part.
 */
export function marketDocument(context: MarketContext): string {
  const { price } = context
  const ofPrice = (amount: number | null): number | null => (amount === null ? null : amount / price)
  const awayFrom = (average: number | null): string => percent(average === null ? null : (price - average) / price)
  const lines = [
    `${context.symbol} ${context.timeframe} ${minute(context.asOfMs)}`,
    `price ${printFigure(price)}, ATR ${percent(ofPrice(context.atr14))}`,
    `return ${percent(context.return1)}, 4 candles ${percent(context.return4)}, 24 candles ${percent(context.return24)}`,
    `RSI ${fixed(context.rsi14, 1)}, MACD histogram ${percent(ofPrice(context.macdHistogram))}`,
    `EMA 20 ${awayFrom(context.ema20)}, EMA 50 ${awayFrom(context.ema50)}, EMA 200 ${awayFrom(context.ema200)}`,
    `band ${percent(placeInBand(context))}, volatility ${fixed(context.volatility, 2)}`,
    `volume ${fixed(context.volumeRatio, 2)}, sentiment ${fixed(context.sentiment, 2)}`,
    context.hasPosition
      ? `position ${percent(context.positionPct)}, profit ${percent(context.unrealizedPct)}, age ${context.positionAgeCandles ?? unknown}`
      : 'position none',
  ]
  return fenced(lines)
}

/** Lines that look like a fence lose their dashes, so that no text from outside can close it. */
export function fenced(lines: readonly string[]): string {
  return [fence, ...lines.map((line) => line.replace(/^\s*-{3,}/, '')), fence].join('\n')
}

const unknown = 'unknown'

/** 0 at the lower Bollinger band, 1 at the upper. */
function placeInBand({ price, bollingerLower, bollingerUpper }: MarketContext): number | null {
  if (bollingerLower === null || bollingerUpper === null || bollingerUpper <= bollingerLower) return null
  return (price - bollingerLower) / (bollingerUpper - bollingerLower)
}

/** "2021-05-18 02:00", in UTC. */
function minute(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ')
}

function percent(share: number | null): string {
  return share === null ? unknown : `${(100 * share).toFixed(2)}%`
}

function fixed(value: number | null, decimals: number): string {
  return value === null ? unknown : value.toFixed(decimals)
}
