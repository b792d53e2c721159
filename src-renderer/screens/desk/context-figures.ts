import type { MarketContext } from '@shared/contract/context'
import { count, figure, NO_FIGURE, percent, price, signedPercent } from '../../format/figures'

const sources: Readonly<Record<MarketContext['sentimentSource'], string>> = {
  none: '',
  price_action: 'from price action',
  news: 'from news',
  request: 'as requested',
}

/** The market context as a reader sees it: every figure that the model was given, by its common name. */
export function contextFigures(context: MarketContext): readonly (readonly [name: string, text: string])[] {
  return [
    ['Price', price(context.price)],
    ['Return, 1', fraction(context.return1)],
    ['Return, 4', fraction(context.return4)],
    ['Return, 24', fraction(context.return24)],
    ['Volume', figure(context.volume)],
    ['Volume ratio', figure(context.volumeRatio)],
    ['Volatility rank', context.volatility === null ? NO_FIGURE : percent(context.volatility, 0)],
    ['RSI 14', figure(context.rsi14)],
    ['ATR 14', figure(context.atr14)],
    ['EMA 20', figure(context.ema20)],
    ['EMA 50', figure(context.ema50)],
    ['EMA 200', figure(context.ema200)],
    ['MACD', figure(context.macd)],
    ['MACD signal', figure(context.macdSignal)],
    ['MACD histogram', figure(context.macdHistogram)],
    ['Bollinger upper', figure(context.bollingerUpper)],
    ['Bollinger middle', figure(context.bollingerMiddle)],
    ['Bollinger lower', figure(context.bollingerLower)],
    ['Sentiment', `${figure(context.sentiment)} ${sentimentOrigin(context)}`.trim()],
    ['Position', context.hasPosition ? `${percent(context.positionPct)} of equity` : 'none'],
    ['Its profit', fraction(context.unrealizedPct)],
    ['Its age', context.positionAgeCandles === null ? NO_FIGURE : `${count(context.positionAgeCandles)} candles`],
    ['Candles seen', count(context.candlesSeen)],
  ]
}

function sentimentOrigin({ sentimentSource, sentimentScorer }: MarketContext): string {
  if (sentimentScorer === undefined) return sources[sentimentSource]
  return `from news, ${sentimentScorer === 'fingpt' ? 'read by FinGPT' : 'by word list'}`
}

function fraction(value: number | null): string {
  return value === null ? NO_FIGURE : signedPercent(value)
}
