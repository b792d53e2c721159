import { describe, expect, test } from 'vitest'
import { milliseconds, money, price, quantity, signedMoney, signedPercent } from '../../../src-renderer/format/figures'
import { ageText, marketTime, shortTime } from '../../../src-renderer/format/times'

describe('figures on the screen', () => {
  test('keep every digit of a decimal that a float would lose', () => {
    expect(money('9007199254740993.25')).toBe('9,007,199,254,740,993.25')
    expect(quantity('0.123456789012345678')).toBe('0.123456789012345678')
  })

  test('tell a gain from a loss by sign, and neither from zero', () => {
    expect([signedMoney('12.5'), signedMoney('-12.5'), signedMoney('0')]).toEqual(['+12.50', '\u221212.50', '0.00'])
    expect(signedPercent(-0.0004)).toBe('\u22120.04%')
  })

  test('show a price with the decimals that its size calls for', () => {
    expect([price(54_321.5), price('2.5'), price(0.00001234)]).toEqual(['54,321.50', '2.5000', '0.00001234'])
  })

  test('show a dash where nothing is known', () => {
    expect([money('unknown'), milliseconds(null)]).toEqual(['\u2013', '\u2013'])
  })

  test('tell an age in its largest whole unit', () => {
    const minuteMs = 60_000
    const ages = [
      -minuteMs,
      30_000,
      5 * minuteMs,
      59 * minuteMs,
      180 * minuteMs,
      47 * 60 * minuteMs,
      48 * 60 * minuteMs,
    ]
    expect(ages.map(ageText)).toEqual(['now', 'now', '5 min', '59 min', '3 h', '47 h', '2 d'])
  })

  test('show market times in UTC with the name of the clock', () => {
    const timeMs = Date.UTC(2021, 4, 19, 13, 0)
    expect(marketTime(timeMs, 'utc')).toBe('2021-05-19 13:00 UTC')
    expect(shortTime(timeMs, 'utc')).toBe('05-19 13:00')
  })
})
