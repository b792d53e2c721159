/** How exact decimals are written down: plain digits, a point, no zeros at the end, no exponent. */

/** Powers of ten that are exact as numbers. */
export const plainPowers: readonly number[] = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent)

/** Integers up to this are written down several times as fast as longer ones. */
const mostSmall = 2 ** 31 - 1

/** The text of an integer over a power of ten: what stands before and behind the point are two integers. */
export function plainText(plain: number, scale: number): string {
  const power = plainPowers[scale] ?? Number.NaN
  const size = plain < 0 ? -plain : plain
  const whole = Math.floor(size / power)
  const rest = size - whole * power
  const sign = plain < 0 ? '-' : ''
  return rest === 0 ? `${sign}${whole}` : `${sign}${whole}.${fractionText(rest, scale)}`
}

/** So many digits behind the point, without zeros at the end. */
function fractionText(digits: number, scale: number): string {
  let kept = digits
  let places = scale
  if (digits <= mostSmall) {
    let small = digits | 0
    for (; small % 10 === 0; places--) small = (small / 10) | 0
    kept = small
  } else {
    for (; kept % 10 === 0; places--) kept /= 10
  }
  return String(kept).padStart(places, '0')
}

/** The digits of an integer with a point before the last `scale` of them. */
export function withPoint(digits: string, scale: number): string {
  if (scale === 0) return digits
  const padded = digits.padStart(scale + 1, '0')
  return `${padded.slice(0, -scale)}.${padded.slice(-scale)}`
}

export function withoutTrailingZeros(text: string): string {
  if (!text.includes('.')) return text
  let end = text.length
  while (text.charCodeAt(end - 1) === 48) end--
  return text.slice(0, text.charCodeAt(end - 1) === 46 ? end - 1 : end)
}
