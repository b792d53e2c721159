/** Enough for any price or indicator, few enough that the last bits of a float never show in a journalled figure. */
export const significantDigits = 10

const powersOfTen = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent)

/**
 * The nearest number with ten significant decimal digits. Scaling by an exact power of ten keeps it as short in JSON
 * as `toPrecision` would, at a tenth of the cost: a backtest rounds some twenty figures per candle.
 */
export function roundFigure(value: number): number {
  if (value === 0) return 0
  const shift = significantDigits - 1 - Math.floor(Math.log10(Math.abs(value)))
  const scale = powersOfTen[Math.abs(shift)]
  if (scale === undefined) return Number(value.toPrecision(significantDigits))
  return shift >= 0 ? Math.round(value * scale) / scale : Math.round(value / scale) * scale
}

export function roundFigureOrNull(value: number | null): number | null {
  return value === null ? null : roundFigure(value)
}
