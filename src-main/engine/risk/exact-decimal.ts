/**
 * Exact decimals: an integer and how many of its digits stand behind the point.
 *
 * Integers up to 2^53 are plain numbers, which hold them exactly, and larger ones are bigints. Prices, quantities and
 * their products nearly always fit, so that money is added up at the speed of floats without ever being one: this is what
 * lets a backtest trade in real decimals. Results equal those of the package decimal.js (tests compare them); only a
 * division can round, to 80 significant digits.
 */
import { plainPowers, plainText, withoutTrailingZeros, withPoint } from './decimal-text'
import { awayFromZero, digitsOf, type Rounding, roundedQuotient, signOf, tenTo } from './integer-rounding'

type Operand = ExactDecimal | number | string

const divisionDigits = 80
const mostPlain = Number.MAX_SAFE_INTEGER

/** Fifteen digits are never shared by two decimals: the shortest text of such a float is the decimal itself. */
const firstWithSixteenDigits = 1e15
export class ExactDecimal {
  /** The integer, where it is at most 2^53 - 1; otherwise `wide` holds it. */
  private constructor(
    private readonly plain: number,
    private readonly wide: bigint | null,
    private readonly scale: number,
  ) {}

  static of(value: Operand): ExactDecimal {
    if (typeof value === 'number') return fromNumber(value)
    return typeof value === 'string' ? fromText(value) : value
  }

  static from(plain: number, scale: number): ExactDecimal {
    return new ExactDecimal(plain + 0, null, scale)
  }

  static fromWide(wide: bigint, scale: number): ExactDecimal {
    const isPlain = wide <= mostPlain && wide >= -mostPlain
    return isPlain ? new ExactDecimal(Number(wide), null, scale) : new ExactDecimal(0, wide, scale)
  }

  private integer(): bigint {
    return this.wide ?? BigInt(this.plain)
  }

  /** The integer with more digits behind the point. */
  private integerAt(scale: number): bigint {
    return scale === this.scale ? this.integer() : this.integer() * tenTo(scale - this.scale)
  }

  /** The same as a plain number; NaN where it does not fit. */
  private plainAt(scale: number): number {
    if (this.wide !== null) return Number.NaN
    if (scale === this.scale) return this.plain
    const raised = this.plain * (plainPowers[scale - this.scale] ?? Number.NaN)
    return raised <= mostPlain && raised >= -mostPlain ? raised : Number.NaN
  }

  plus(other: Operand): ExactDecimal {
    const right = ExactDecimal.of(other)
    const scale = Math.max(this.scale, right.scale)
    const sum = this.plainAt(scale) + right.plainAt(scale)
    if (sum <= mostPlain && sum >= -mostPlain) return ExactDecimal.from(sum, scale)
    return ExactDecimal.fromWide(this.integerAt(scale) + right.integerAt(scale), scale)
  }

  minus(other: Operand): ExactDecimal {
    const right = ExactDecimal.of(other)
    const scale = Math.max(this.scale, right.scale)
    const difference = this.plainAt(scale) - right.plainAt(scale)
    if (difference <= mostPlain && difference >= -mostPlain) return ExactDecimal.from(difference, scale)
    return ExactDecimal.fromWide(this.integerAt(scale) - right.integerAt(scale), scale)
  }

  times(other: Operand): ExactDecimal {
    const right = ExactDecimal.of(other)
    const scale = this.scale + right.scale
    if (this.wide === null && right.wide === null) {
      const product = this.plain * right.plain
      if (product <= mostPlain && product >= -mostPlain) return ExactDecimal.from(product, scale)
    }
    return ExactDecimal.fromWide(this.integer() * right.integer(), scale)
  }

  /** To 80 significant digits, ties to even; dividing by zero is a bug. */
  div(other: Operand): ExactDecimal {
    const right = ExactDecimal.of(other)
    if (right.isZero()) throw new Error('An amount is divided by zero')
    const power = right.wide === null ? plainPowers.indexOf(right.plain) : -1
    if (power !== -1) return shifted(this, right.scale - power)
    const short = shortQuotient(this.plainAt(this.scale), right.plainAt(right.scale), this.scale - right.scale)
    if (short !== null) return short
    const top = this.integer()
    const bottom = right.integer()
    const extra = Math.max(0, divisionDigits + 1 - (digitsOf(top) - digitsOf(bottom)))
    const quotient = top * tenTo(extra)
    const scale = this.scale - right.scale + extra
    // One more digit than is kept, made odd where something is left over, so that a tie is a true tie.
    const whole = quotient / bottom
    const sticky = whole * 10n + (whole * bottom === quotient ? 0n : signOf(quotient) * signOf(bottom))
    return wideAt(sticky, scale + 1).toSignificantDigits(divisionDigits)
  }

  /** The quotient rounded once, to so many digits behind the point; dividing by zero is a bug. */
  quotient(other: Operand, places: number, rounding: Rounding = 'half_even'): ExactDecimal {
    const right = ExactDecimal.of(other)
    if (right.isZero()) throw new Error('An amount is divided by zero')
    const raised = places - this.scale + right.scale
    const top = this.plainAt(this.scale + Math.max(0, raised))
    const bottom = right.plainAt(right.scale + Math.max(0, -raised))
    if (!Number.isNaN(top) && !Number.isNaN(bottom)) {
      const rest = top % bottom
      const whole = (top - rest) / bottom
      const away = rest === 0 ? 0 : awayFromZero(bottom < 0 ? -rest : rest, bottom, whole, rounding)
      return ExactDecimal.from(whole + away, places)
    }
    const wideTop = this.integerAt(this.scale + Math.max(0, raised))
    const wideBottom = right.integerAt(right.scale + Math.max(0, -raised))
    return ExactDecimal.fromWide(roundedQuotient(wideTop, wideBottom, rounding), places)
  }

  mod(other: Operand): ExactDecimal {
    const right = ExactDecimal.of(other)
    const scale = Math.max(this.scale, right.scale)
    const top = this.plainAt(scale)
    const bottom = right.plainAt(scale)
    if (Number.isNaN(top) || Number.isNaN(bottom)) {
      return ExactDecimal.fromWide(this.integerAt(scale) % right.integerAt(scale), scale)
    }
    return ExactDecimal.from(top % bottom, scale)
  }

  pow(exponent: number): ExactDecimal {
    let power = ExactDecimal.from(1, 0)
    for (let times = 0; times < exponent; times++) power = power.times(this)
    return power
  }

  negated(): ExactDecimal {
    return this.wide === null
      ? ExactDecimal.from(-this.plain, this.scale)
      : ExactDecimal.fromWide(-this.wide, this.scale)
  }

  abs(): ExactDecimal {
    return this.isNegative() ? this.negated() : this
  }

  isZero(): boolean {
    return this.wide === null && this.plain === 0
  }

  isNegative(): boolean {
    return this.wide === null ? this.plain < 0 : this.wide < 0n
  }

  /** Below, at or above zero as this is smaller than, equal to or larger than the other. */
  comparedTo(other: Operand): number {
    const right = ExactDecimal.of(other)
    const scale = Math.max(this.scale, right.scale)
    const difference = this.plainAt(scale) - right.plainAt(scale)
    if (!Number.isNaN(difference)) return difference
    const [a, b] = [this.integerAt(scale), right.integerAt(scale)]
    return a < b ? -1 : a > b ? 1 : 0
  }

  equals(other: Operand): boolean {
    return this.comparedTo(other) === 0
  }

  lessThan(other: Operand): boolean {
    return this.comparedTo(other) < 0
  }

  lessThanOrEqualTo(other: Operand): boolean {
    return this.comparedTo(other) <= 0
  }

  greaterThan(other: Operand): boolean {
    return this.comparedTo(other) > 0
  }

  greaterThanOrEqualTo(other: Operand): boolean {
    return this.comparedTo(other) >= 0
  }

  /** The multiple of `step` next to this. */
  toNearest(step: Operand, rounding: Rounding): ExactDecimal {
    const unit = ExactDecimal.of(step)
    return unit.times(this.quotient(unit, 0, rounding))
  }

  /** The next whole number that is not smaller. */
  ceil(): ExactDecimal {
    return this.toDecimalPlaces(0, 'ceil')
  }

  toDecimalPlaces(places: number, rounding: Rounding = 'half_even'): ExactDecimal {
    if (this.scale <= places) return this
    const divisor = this.scale - places
    const power = plainPowers[divisor]
    if (this.wide === null && power !== undefined) {
      const rest = this.plain % power
      const whole = (this.plain - rest) / power
      return ExactDecimal.from(whole + (rest === 0 ? 0 : awayFromZero(rest, power, whole, rounding)), places)
    }
    return wideAt(roundedQuotient(this.integer(), tenTo(divisor), rounding), places)
  }

  toSignificantDigits(digits: number, rounding: Rounding = 'half_even'): ExactDecimal {
    const dropped = digitsOf(this.integer()) - digits
    if (dropped <= 0) return this
    return wideAt(roundedQuotient(this.integer(), tenTo(dropped), rounding), this.scale - dropped)
  }

  toNumber(): number {
    const power = plainPowers[this.scale]
    // An exact integer over an exact power of ten is the nearest float.
    return this.wide === null && power !== undefined ? this.plain / power : Number(this.toFixed())
  }

  /** Plain digits without an exponent; without `places` as many as there are, and no zeros at the end. */
  toFixed(places?: number): string {
    if (places !== undefined) {
      const rounded = this.toDecimalPlaces(places)
      const text = withPoint(rounded.digits(), rounded.scale)
      const missing = places - rounded.scale
      const padded = missing > 0 ? `${text}${rounded.scale === 0 ? '.' : ''}${'0'.repeat(missing)}` : text
      return this.isNegative() && !rounded.isZero() ? `-${padded}` : padded
    }
    if (this.wide === null && this.scale < plainPowers.length) return plainText(this.plain, this.scale)
    const text = withoutTrailingZeros(withPoint(this.digits(), this.scale))
    return this.isNegative() ? `-${text}` : text
  }

  toString(): string {
    return this.toFixed()
  }

  toJSON(): string {
    return this.toFixed()
  }

  /** The integer's digits without its sign. */
  private digits(): string {
    return this.wide === null ? String(Math.abs(this.plain)) : String(this.wide < 0n ? -this.wide : this.wide)
  }

  /** This over ten to the power of `-places`. */
  movedBy(places: number): ExactDecimal {
    return this.wide === null
      ? ExactDecimal.from(this.plain, this.scale + places)
      : ExactDecimal.fromWide(this.wide, this.scale + places)
  }

  /** The same with at least no digits behind the point. */
  settled(): ExactDecimal {
    return this.scale >= 0 ? this : ExactDecimal.fromWide(this.integer() * tenTo(-this.scale), 0)
  }
}

function shifted(value: ExactDecimal, places: number): ExactDecimal {
  return value.movedBy(-places).settled()
}

function wideAt(integer: bigint, scale: number): ExactDecimal {
  return scale >= 0 ? ExactDecimal.fromWide(integer, scale) : ExactDecimal.fromWide(integer * tenTo(-scale), 0)
}

/** Digits after which a quotient of plain numbers that does not end is left to the long division. */
const shortDigits = 9

/** A quotient that ends after a few digits; null for any other, and for what is not plain (NaN). */
function shortQuotient(top: number, bottom: number, scale: number): ExactDecimal | null {
  for (let digits = 0; digits <= shortDigits; digits++) {
    const raised = top * (plainPowers[digits] ?? Number.NaN)
    if (!(raised <= mostPlain && raised >= -mostPlain)) return null
    if (raised % bottom === 0) return ExactDecimal.from(raised / bottom, scale + digits).settled()
  }
  return null
}

const longestPlainScale = 15

/**
 * The shortest decimal that reads back as this number. Fifteen digits are never shared by two decimals, so that the
 * first scale at which the number is whole is its shortest form.
 */
function fromNumber(value: number): ExactDecimal {
  if (Number.isInteger(value) && Math.abs(value) <= mostPlain) return ExactDecimal.from(value, 0)
  for (let scale = 1; scale <= longestPlainScale; scale++) {
    const power = plainPowers[scale] ?? 0
    const whole = Math.round(value * power)
    if (Math.abs(whole) >= firstWithSixteenDigits) break
    if (whole / power === value) return ExactDecimal.from(whole, scale)
  }
  return fromText(String(value))
}

const decimalForm = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/

function fromText(text: string): ExactDecimal {
  const quick = quickFromText(text)
  if (quick !== null) return quick
  const [, sign, whole, fraction = '', exponent = '0'] = decimalForm.exec(text) ?? []
  if (whole === undefined) throw new Error(`"${text}" is no decimal`)
  const integer = BigInt(whole + fraction)
  return wideAt(sign === '-' ? -integer : integer, fraction.length - Number(exponent))
}

/** Up to fifteen digits with one point, the form of nearly every amount; null for any other. Zeros at the end go. */
function quickFromText(text: string): ExactDecimal | null {
  let end = text.length
  if (text.includes('.')) while (text.charCodeAt(end - 1) === 48) end--
  if (end === 0 || end > 16) return null
  const isNegative = text.charCodeAt(0) === 45
  let plain = 0
  let point = -1
  let digits = 0
  for (let at = isNegative ? 1 : 0; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === 46 && point === -1) {
      point = at
      continue
    }
    if (code < 48 || code > 57) return null
    plain = plain * 10 + (code - 48)
    digits++
  }
  if (digits === 0 || digits > 15 || point === 0) return null
  return ExactDecimal.from(isNegative ? -plain : plain, point === -1 ? 0 : end - 1 - point)
}
