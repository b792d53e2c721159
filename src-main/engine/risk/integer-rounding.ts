/** Whole numbers under exact decimals: how a quotient of two is rounded, and how digits are counted. */
export type Rounding = 'floor' | 'ceil' | 'up' | 'down' | 'half_even'

const wideTens: bigint[] = []

/** A power of ten; each is made once. */
export function tenTo(exponent: number): bigint {
  const known = wideTens[exponent]
  if (known !== undefined) return known
  const power = 10n ** BigInt(exponent)
  wideTens[exponent] = power
  return power
}

export function digitsOf(integer: bigint): number {
  return String(integer < 0n ? -integer : integer).length
}

export function signOf(integer: bigint): bigint {
  return integer < 0n ? -1n : 1n
}

/** 0, or 1 or -1: what is added to a quotient cut towards zero. `rest` has the sign of the dividend and is not zero. */
export function awayFromZero(rest: number, divisor: number, whole: number, rounding: Rounding): number {
  const sign = rest < 0 ? -1 : 1
  switch (rounding) {
    case 'floor':
      return sign < 0 ? -1 : 0
    case 'ceil':
      return sign > 0 ? 1 : 0
    case 'up':
      return sign
    case 'down':
      return 0
    case 'half_even': {
      const size = Math.abs(rest)
      const other = Math.abs(divisor) - size
      return size > other || (size === other && whole % 2 !== 0) ? sign : 0
    }
  }
}

/** The quotient of two integers, rounded to a whole one. */
export function roundedQuotient(top: bigint, bottom: bigint, rounding: Rounding): bigint {
  const whole = top / bottom
  const rest = top - whole * bottom
  if (rest === 0n) return whole
  const isNegative = top < 0n !== bottom < 0n
  const away = isNegative ? -1n : 1n
  switch (rounding) {
    case 'floor':
      return isNegative ? whole - 1n : whole
    case 'ceil':
      return isNegative ? whole : whole + 1n
    case 'up':
      return whole + away
    case 'down':
      return whole
    case 'half_even': {
      const size = rest < 0n ? -rest : rest
      const other = (bottom < 0n ? -bottom : bottom) - size
      return size > other || (size === other && whole % 2n !== 0n) ? whole + away : whole
    }
  }
}
