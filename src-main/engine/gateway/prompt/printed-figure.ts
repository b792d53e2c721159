const printedDigits = 6
/** More decimals than this, and the price of a coin would be all zeros to a reader. */
const mostDecimals = 20

/** Six significant digits, without an exponent or trailing zeros: enough for any pair, short enough to read. */
export function printFigure(value: number): string {
  if (value === 0) return '0'
  const rounded = Number(value.toPrecision(printedDigits))
  const decimals = printedDigits - 1 - Math.floor(Math.log10(Math.abs(rounded)))
  const text = rounded.toFixed(Math.max(0, Math.min(mostDecimals, decimals)))
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

export function printFigureOrNull(value: number | null): string | null {
  return value === null ? null : printFigure(value)
}
