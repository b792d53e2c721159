import type { MarketContext } from '../contract/context'

/**
 * The market as the rule teacher and the starter model see it: a few figures without a scale, each on a coarse grid.
 *
 * Distances are in ATR, so that a one-minute candle of one coin and a daily candle of another look alike. Teacher and
 * model read the same printed values: what rounding hides from one, it hides from the other.
 */
export const figureGrids = {
  /** RSI 14. */
  rsi: { step: 1, low: 0, high: 100, decimals: 0, signed: false },
  /** EMA 20 less EMA 50, in ATR. */
  trend: { step: 0.2, low: -5, high: 5, decimals: 1, signed: true },
  /** Price less EMA 200, in ATR. */
  long: { step: 0.5, low: -10, high: 10, decimals: 1, signed: true },
  /** MACD histogram, in ATR. */
  macd: { step: 0.05, low: -1, high: 1, decimals: 2, signed: true },
  /** Place of the price between the lower (0) and the upper (100) Bollinger band, in percent. */
  band: { step: 5, low: -30, high: 130, decimals: 0, signed: false },
  /** Percentile rank of realised volatility, in percent. */
  volatility: { step: 2, low: 0, high: 100, decimals: 0, signed: false },
  /** Last volume over the mean of the twenty before. */
  volume: { step: 0.1, low: 0, high: 5, decimals: 1, signed: false },
  /** -1 (bearish) to 1 (bullish). */
  sentiment: { step: 0.1, low: -1, high: 1, decimals: 1, signed: true },
  /** Unrealised profit of the open position, in ATR. */
  profit: { step: 0.5, low: -8, high: 8, decimals: 1, signed: true },
} as const satisfies Record<string, FigureGrid>

export interface FigureGrid {
  readonly step: number
  readonly low: number
  readonly high: number
  readonly decimals: number
  readonly signed: boolean
}

export type FigureName = keyof typeof figureGrids

/** Every figure on its grid, null where it is unknown; without a position, `profit` is null and means nothing. */
export type TeacherFigures = Readonly<Record<FigureName, number | null>> & { readonly hasPosition: boolean }

export function teacherFigures(context: MarketContext): TeacherFigures {
  const { price, atr14, ema20, ema50, ema200, bollingerLower, bollingerUpper, unrealizedPct } = context
  const inAtr = (distance: number | null): number | null =>
    distance === null || atr14 === null || atr14 <= 0 ? null : distance / atr14
  const bandWidth = bollingerUpper === null || bollingerLower === null ? 0 : bollingerUpper - bollingerLower
  return {
    rsi: onGrid('rsi', context.rsi14),
    trend: onGrid('trend', inAtr(ema20 === null || ema50 === null ? null : ema20 - ema50)),
    long: onGrid('long', inAtr(ema200 === null ? null : price - ema200)),
    macd: onGrid('macd', inAtr(context.macdHistogram)),
    band: onGrid(
      'band',
      bollingerLower === null || bandWidth <= 0 ? null : (100 * (price - bollingerLower)) / bandWidth,
    ),
    volatility: onGrid('volatility', context.volatility === null ? null : 100 * context.volatility),
    volume: onGrid('volume', context.volumeRatio),
    sentiment: onGrid('sentiment', context.sentiment),
    profit: onGrid(
      'profit',
      // From the fraction of the cost to a distance in price: cost times (1 + profit) is the price.
      context.hasPosition && unrealizedPct !== null && unrealizedPct > -1
        ? inAtr((price * unrealizedPct) / (1 + unrealizedPct))
        : null,
    ),
    hasPosition: context.hasPosition,
  }
}

/** The nearest grid value, held inside the grid's ends. */
export function onGrid(name: FigureName, value: number | null): number | null {
  if (value === null || !Number.isFinite(value)) return null
  const { step, low, high, decimals } = figureGrids[name]
  const held = Math.max(low, Math.min(high, value))
  const scale = 10 ** decimals
  // A whole number over a power of ten is the float nearest to that decimal, as the printed figure reads.
  return Math.round(Math.round(held / step) * step * scale) / scale + 0
}

/** As the starter's document prints it: a fixed number of decimals, a sign where it has one, `?` for unknown. */
export function printFigure(name: FigureName, value: number | null): string {
  if (value === null) return '?'
  const { decimals, signed } = figureGrids[name]
  return `${signed && value > 0 ? '+' : ''}${value.toFixed(decimals)}`
}
