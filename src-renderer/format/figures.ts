/** Numbers as a trader reads them: grouped digits, a fixed number of decimals, a true minus sign. */

const MINUS = '\u2212'
/** What stands where a figure is not known. */
export const NO_FIGURE = '\u2013'

const formats = new Map<string, Intl.NumberFormat>()

function format(decimals: number, sign: 'auto' | 'exceptZero'): Intl.NumberFormat {
  const key = `${decimals} ${sign}`
  const known = formats.get(key)
  if (known !== undefined) return known
  const made = new Intl.NumberFormat('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
    signDisplay: sign === 'auto' ? 'negative' : 'exceptZero',
  })
  formats.set(key, made)
  return made
}

/** A decimal text is formatted digit by digit (ECMA-402 takes numeric strings exactly), never as a float. */
function isNumeric(text: string): text is `${number}` {
  return text !== '' && Number.isFinite(Number(text))
}

function written(value: string | number, decimals: number, sign: 'auto' | 'exceptZero'): string {
  if (typeof value === 'string' && !isNumeric(value)) return NO_FIGURE
  return format(decimals, sign).format(value).replace('-', MINUS)
}

/** An amount of the quote asset, to its cent. */
export function money(amount: string): string {
  return written(amount, 2, 'auto')
}

/** An amount with its sign, also when it is a gain; zero has none. */
export function signedMoney(amount: string): string {
  return written(amount, 2, 'exceptZero')
}

/** A score from −1 to 1 with its sign; zero has none. */
export function signedScore(score: number): string {
  return written(score, 2, 'exceptZero')
}

/** A quantity of the base asset as the exchange keeps it, without the zeros at its end. */
export function quantity(text: string): string {
  const fraction = text.split('.')[1]?.replace(/0+$/, '') ?? ''
  return written(text, fraction.length, 'auto')
}

const LARGE_PRICE = 1_000
const UNIT_PRICE = 1
const LARGE_PRICE_DECIMALS = 2
const UNIT_PRICE_DECIMALS = 4
const SMALL_PRICE_DECIMALS = 8

/** Decimals that show a price of this size, so that a column of one symbol's prices lines up. */
export function priceDecimals(price: number): number {
  if (price >= LARGE_PRICE) return LARGE_PRICE_DECIMALS
  return price >= UNIT_PRICE ? UNIT_PRICE_DECIMALS : SMALL_PRICE_DECIMALS
}

export function price(value: string | number): string {
  return written(value, priceDecimals(Number(value)), 'auto')
}

/** A fraction as a percentage: 0.0123 is "1.23%". */
export function percent(fraction: number, decimals = 2): string {
  return `${written(fraction * 100, decimals, 'auto')}%`
}

export function signedPercent(fraction: number, decimals = 2): string {
  return `${written(fraction * 100, decimals, 'exceptZero')}%`
}

/** A figure of the market context: as many decimals as its size calls for. */
export function figure(value: number | null): string {
  if (value === null) return NO_FIGURE
  return written(value, Math.abs(value) >= LARGE_PRICE ? 2 : 4, 'auto')
}

export function milliseconds(value: number | null): string {
  if (value === null) return NO_FIGURE
  return value >= 1_000 ? `${written(value / 1_000, 2, 'auto')} s` : `${written(value, value < 10 ? 1 : 0, 'auto')} ms`
}

export function count(value: number): string {
  return written(value, 0, 'auto')
}

const BYTES_OF_GIBIBYTE = 2 ** 30

/** "4.4 GiB". */
export function gibibytes(bytes: number): string {
  return `${format(1, 'auto').format(bytes / BYTES_OF_GIBIBYTE)} GiB`
}
