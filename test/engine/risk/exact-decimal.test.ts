import { Decimal } from 'decimal.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ExactDecimal } from '../../../src-main/engine/risk/exact-decimal'
import type { Rounding } from '../../../src-main/engine/risk/integer-rounding'

const Reference = Decimal.clone({ precision: 80, rounding: Decimal.ROUND_HALF_EVEN, toExpNeg: -9e15, toExpPos: 9e15 })
/** Products of thirty digits have sixty: what is not divided is never rounded. */
const Unrounded = Reference.clone({ precision: 400 })

const modes: Readonly<Record<Rounding, Decimal.Rounding>> = {
  floor: Decimal.ROUND_FLOOR,
  ceil: Decimal.ROUND_CEIL,
  up: Decimal.ROUND_UP,
  down: Decimal.ROUND_DOWN,
  half_even: Decimal.ROUND_HALF_EVEN,
}

const digits = (most: number) => fc.bigInt({ min: 0n, max: 10n ** BigInt(most) - 1n })
/** Amounts as markets write them, around the edge of what a number holds, and far beyond it. */
const text = fc
  .tuple(
    fc.boolean(),
    fc.oneof(digits(3), digits(9), digits(15), digits(17), digits(30)),
    fc.integer({ min: 0, max: 20 }),
  )
  .map(([isNegative, integer, scale]) => {
    const padded = String(integer).padStart(scale + 1, '0')
    const plain = scale === 0 ? padded : `${padded.slice(0, -scale)}.${padded.slice(-scale)}`
    return isNegative && integer !== 0n ? `-${plain}` : plain
  })
const rounding = fc.constantFrom<Rounding>('floor', 'ceil', 'up', 'down', 'half_even')

/** decimal.js writes a zero that came from below as "-0"; money has one zero. */
const shown = (value: Decimal): string => (value.isZero() ? '0' : value.toFixed())

describe('Exact decimals agree with decimal.js', () => {
  it('on sums, differences, products, remainders and comparisons', () => {
    fc.assert(
      fc.property(text, text, (left, right) => {
        const [a, b] = [ExactDecimal.of(left), ExactDecimal.of(right)]
        const [x, y] = [new Unrounded(left), new Unrounded(right)]
        expect(a.plus(b).toFixed()).toBe(shown(x.plus(y)))
        expect(a.minus(b).toFixed()).toBe(shown(x.minus(y)))
        expect(a.times(b).toFixed()).toBe(shown(x.times(y)))
        expect(a.negated().toFixed()).toBe(shown(x.negated()))
        expect(a.abs().toFixed()).toBe(shown(x.abs()))
        expect(a.pow(3).toFixed()).toBe(shown(x.pow(3)))
        expect(Math.sign(a.comparedTo(b))).toBe(x.comparedTo(y))
        expect(a.equals(b)).toBe(x.equals(y))
        if (!b.isZero()) expect(a.mod(b).toFixed()).toBe(shown(x.mod(y)))
      }),
      { numRuns: 2000 },
    )
  })

  it('on quotients rounded once to a number of places, as exact fractions round', () => {
    const places = fc.integer({ min: 0, max: 20 })
    fc.assert(
      fc.property(text, text, places, rounding, (left, right, kept, mode) => {
        fc.pre(!ExactDecimal.of(right).isZero())
        // Four hundred digits: a quotient of thirty-digit numbers is a tie there only where it is one.
        const expected = new Unrounded(left).div(new Unrounded(right)).toDecimalPlaces(kept, modes[mode])
        expect(ExactDecimal.of(left).quotient(ExactDecimal.of(right), kept, mode).toFixed()).toBe(shown(expected))
      }),
      { numRuns: 2000 },
    )
  })

  it('on quotients, rounded to eighty digits', () => {
    fc.assert(
      fc.property(text, text, (left, right) => {
        fc.pre(!ExactDecimal.of(right).isZero())
        const quotient = ExactDecimal.of(left).div(ExactDecimal.of(right))
        expect(quotient.toFixed()).toBe(shown(new Reference(left).div(new Reference(right))))
      }),
      { numRuns: 2000 },
    )
  })

  it('on every way to round', () => {
    fc.assert(
      fc.property(
        text,
        rounding,
        fc.integer({ min: 0, max: 12 }),
        fc.integer({ min: 1, max: 25 }),
        (value, way, places, kept) => {
          const [exact, reference] = [ExactDecimal.of(value), new Unrounded(value)]
          expect(exact.toDecimalPlaces(places, way).toFixed()).toBe(
            shown(reference.toDecimalPlaces(places, modes[way])),
          )
          expect(exact.toSignificantDigits(kept, way).toFixed()).toBe(
            shown(reference.toSignificantDigits(kept, modes[way])),
          )
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('on the nearest step', () => {
    const step = fc.constantFrom('0.00000001', '0.01', '0.05', '1', '0.25', '3', '1000', '12345678901234567.5')
    fc.assert(
      fc.property(text, step, fc.constantFrom<Rounding>('floor', 'ceil'), (value, unit, way) => {
        const nearest = new Unrounded(value).toNearest(unit, modes[way])
        expect(ExactDecimal.of(value).toNearest(unit, way).toFixed()).toBe(shown(nearest))
      }),
      { numRuns: 2000 },
    )
  })

  it('on numbers: a float stands for the shortest decimal that reads back as it, and every amount has its nearest float', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e25, max: 1e25 }), (value) => {
        expect(ExactDecimal.of(value).toFixed()).toBe(shown(new Unrounded(value)))
        expect(ExactDecimal.of(value).toNumber()).toBe(value + 0)
      }),
      { numRuns: 3000 },
    )
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_999_999 }), fc.integer({ min: 0, max: 8 }), (cents, scale) => {
        const price = cents / 10 ** scale
        expect(ExactDecimal.of(price).toFixed()).toBe(shown(new Unrounded(price)))
      }),
    )
    fc.assert(
      fc.property(text, (value) => {
        expect(ExactDecimal.of(value).toNumber()).toBe(Number(value) + 0)
      }),
    )
  })

  it('on texts with a fixed number of places', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 12 }), (value, places) => {
        const reference = new Unrounded(value).toFixed(places, Decimal.ROUND_HALF_EVEN)
        expect(ExactDecimal.of(value).toFixed(places)).toBe(
          /^-0(\.0*)?$/.test(reference) ? reference.slice(1) : reference,
        )
      }),
    )
  })
})

describe('Exact decimals refuse', () => {
  it.each(['', '.', '-', '1.2.3', 'NaN', 'Infinity', '0x10', ' 1', '1e', 'one'])('%j, which is no amount', (value) => {
    expect(() => ExactDecimal.of(value)).toThrow('is no decimal')
  })

  it('to divide by zero', () => {
    expect(() => ExactDecimal.of(1).div(0)).toThrow('divided by zero')
  })
})
