import type { MarketContext } from '@shared/contract/context'

const fence = '-----'

/**
 * A market as the desk's models read it. It is short, because every token of it is read anew for
 * every decision and a digit is a token; in percent of the price, because models compare percentages better than
 * prices (the sign is left out, it is a token too); and without the date or the level of the price, so that a model which remembers how a year went cannot look
 * it up. What the lines mean stands in the prompt's fixed part.
 */
export function marketDocument(context: MarketContext): string {
  const { price } = context
  const ofPrice = (amount: number | null): number | null => (amount === null ? null : amount / price)
  const above = (average: number | null): string => percent(average === null ? null : (price - average) / price, 1)
  return [
    `${context.symbol} ${context.timeframe}`,
    `ATR ${percent(ofPrice(context.atr14), 1)}`,
    `return ${[context.return1, context.return4, context.return24].map((share) => percent(share, 1)).join(' ')}`,
    `RSI ${fixed(context.rsi14, 0)} MACD ${percent(ofPrice(context.macdHistogram), 2)}`,
    `EMA ${[context.ema20, context.ema50, context.ema200].map(above).join(' ')}`,
    `band ${percent(placeInBand(context), 0)} volatility ${percent(context.volatility, 0)}`,
    `volume ${fixed(context.volumeRatio, 1)} sentiment ${fixed(context.sentiment, 1)}`,
    context.hasPosition
      ? `position ${percent(context.positionPct, 1)} profit ${percent(context.unrealizedPct, 1)} age ${context.positionAgeCandles ?? unknown}`
      : 'position none',
  ].join('\n')
}

/** Text from outside is data: it stands between two lines of dashes, and a line of it that looks like one loses them. */
export function fenced(lines: readonly string[]): string {
  return [fence, ...lines.map((line) => line.replace(/^\s*-{3,}/, '')), fence].join('\n')
}

const unknown = '?'

/** 0 at the lower Bollinger band, 1 at the upper. */
function placeInBand({ price, bollingerLower, bollingerUpper }: MarketContext): number | null {
  if (bollingerLower === null || bollingerUpper === null || bollingerUpper <= bollingerLower) return null
  return (price - bollingerLower) / (bollingerUpper - bollingerLower)
}

function percent(share: number | null, decimals: number): string {
  return share === null ? unknown : fixed(100 * share, decimals)
}

function fixed(value: number | null, decimals: number): string {
  // No minus before a zero.
  return value === null ? unknown : (Number(value.toFixed(decimals)) + 0).toFixed(decimals)
}
