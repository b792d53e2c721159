import { Decimal } from 'decimal.js'

/** Decimals in every price and quantity that Binance sends. */
export const wireDecimals = 8
/** Below this a float of eight decimals is printed exactly; above, its binary tail would show. */
const exactBelow = 2 ** 20
/** Digits that every float holds. */
const floatDigits = 15

/** A price or quantity as Binance writes it: decimal text with eight decimals. */
export function wireFigure(value: number): string {
  return value < exactBelow ? value.toFixed(wireDecimals) : new Decimal(value).toFixed(wireDecimals)
}

/** A sum or product of floats without the noise behind the digits that a float holds. */
export function roundedFigure(value: number): number {
  return Number(value.toPrecision(floatDigits))
}

/** Decimals that `value` is written with, at most eight. */
export function decimalsOf(value: number): number {
  return Math.min(new Decimal(value).decimalPlaces(), wireDecimals)
}
