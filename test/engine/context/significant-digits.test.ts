import fc from 'fast-check'
import { expect, test } from 'vitest'
import { roundFigure } from '../../../src-main/engine/context/significant-digits'

test('ten significant digits, as toPrecision would write them', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1, max: 10, maxExcluded: true, noNaN: true }),
      fc.integer({ min: -12, max: 12 }),
      fc.boolean(),
      (mantissa, exponent, negative) => {
        const value = (negative ? -1 : 1) * mantissa * 10 ** exponent
        const exact = Number(value.toPrecision(10))
        // A tie may fall to either neighbour of the last digit; nothing else may differ.
        expect(Math.abs(roundFigure(value) - exact)).toBeLessThanOrEqual(Math.abs(exact) * 1.0001e-9)
        expect(Number(roundFigure(value).toPrecision(10))).toBe(roundFigure(value))
      },
    ),
  )
})

test('zero stays zero', () => {
  expect(roundFigure(0)).toBe(0)
})
