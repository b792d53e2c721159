import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { amount, amountText, basisPoints, ceilTo, floorTo, percentText } from '../../../src-main/engine/risk/amounts'

describe('Amounts', () => {
  it('are exact where floats are not', () => {
    expect(amountText(amount(0.1).plus(amount(0.2)))).toBe('0.3')
    expect(amountText(amount('46116860414.12345678').times(amount('100000000.12345678')))).toBe(
      '4611686047105784768.4371484965279684',
    )
  })

  it('are written in plain digits, however small or large', () => {
    expect(amountText(amount(1e-8))).toBe('0.00000001')
    expect(amountText(amount(1e21))).toBe('1000000000000000000000')
  })

  it.each([
    { value: '40108.024', step: '0.01', down: '40108.02', up: '40108.03' },
    { value: '40108.02', step: '0.01', down: '40108.02', up: '40108.02' },
    { value: '0.00498501', step: '0.00001000', down: '0.00498', up: '0.00499' },
    { value: '1234.5', step: '0.25', down: '1234.5', up: '1234.5' },
    { value: '0.123456789', step: '0', down: '0.12345678', up: '0.12345679' },
    { value: '7', step: '2.00', down: '6', up: '8' },
  ])('$value in steps of $step is $down below and $up above', ({ value, step, down, up }) => {
    expect(amountText(floorTo(step, amount(value)))).toBe(down)
    expect(amountText(ceilTo(step, amount(value)))).toBe(up)
  })

  it('are rounded to a step at most one step away, and never to the wrong side', () => {
    const figure = fc.double({ min: 1e-9, max: 1e12, noNaN: true })
    fc.assert(
      fc.property(figure, fc.constantFrom('0.00000001', '0.01', '0.05', '1.00', '0'), (value, step) => {
        const exact = amount(value)
        const below = floorTo(step, exact)
        const above = ceilTo(step, exact)
        expect(below.lessThanOrEqualTo(exact) && above.greaterThanOrEqualTo(exact)).toBe(true)
        expect(above.minus(below).lessThanOrEqualTo(amount(step === '0' ? '0.00000001' : step))).toBe(true)
      }),
    )
  })

  it('know basis points and per cent', () => {
    expect(amountText(basisPoints(7.5))).toBe('0.00075')
    expect(percentText(0.07)).toBe('7 %')
  })
})
