import type { MarketContext } from '@shared/contract/context'
import { printFigureOrNull } from './printed-figure'

const fence = '-----'

/** A market as the desk's models read it: its figures, and any text from outside, are data between two fences. */
export function marketDocument(context: MarketContext): string {
  const percent = (value: number | null): string => (value === null ? 'unknown' : `${(100 * value).toFixed(2)} %`)
  const lines: readonly (readonly [string, string])[] = [
    ['pair', context.symbol],
    ['candle', context.timeframe],
    ['closed at', new Date(context.asOfMs).toISOString()],
    ['price', plain(context.price)],
    ['volume', plain(context.volume)],
    ['volume ratio', fixed(context.volumeRatio, 2)],
    ['return over 1 candle', percent(context.return1)],
    ['return over 4 candles', percent(context.return4)],
    ['return over 24 candles', percent(context.return24)],
    ['RSI 14', fixed(context.rsi14, 1)],
    ['EMA 20', plain(context.ema20)],
    ['EMA 50', plain(context.ema50)],
    ['EMA 200', plain(context.ema200)],
    ['MACD', plain(context.macd)],
    ['MACD signal', plain(context.macdSignal)],
    ['MACD histogram', plain(context.macdHistogram)],
    ['ATR 14', plain(context.atr14)],
    ['Bollinger upper', plain(context.bollingerUpper)],
    ['Bollinger middle', plain(context.bollingerMiddle)],
    ['Bollinger lower', plain(context.bollingerLower)],
    ['volatility rank 0 to 1', fixed(context.volatility, 2)],
    ['sentiment -1 to 1', fixed(context.sentiment, 2)],
    ['open position', context.hasPosition ? 'yes' : 'no'],
    ...(context.hasPosition
      ? ([
          ['position share of equity', percent(context.positionPct)],
          ['unrealised profit', percent(context.unrealizedPct)],
          ['position age in candles', context.positionAgeCandles?.toString() ?? 'unknown'],
        ] as const)
      : []),
  ]
  return fenced(lines.map(([name, value]) => `${name}: ${value}`))
}

/** Lines that look like a fence lose their dashes, so that no text from outside can close it. */
export function fenced(lines: readonly string[]): string {
  return [fence, ...lines.map((line) => line.replace(/^\s*-{3,}/, '')), fence].join('\n')
}

function fixed(value: number | null, decimals: number): string {
  return value === null ? 'unknown' : value.toFixed(decimals)
}

function plain(value: number | null): string {
  return printFigureOrNull(value) ?? 'unknown'
}
