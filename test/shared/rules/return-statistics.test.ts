import { stationaryResample, usualBlockLength } from '@shared/rules/block-bootstrap'
import { quantileOf, sampleDeviation } from '@shared/rules/distribution-statistics'
import {
  againstBenchmark,
  annualVolatility,
  compoundAnnualGrowth,
  deepestFall,
  omegaRatio,
  sharpeRatio,
  sortinoRatio,
} from '@shared/rules/return-statistics'
import { seededRandom, shuffled, xoshiro128 } from '@shared/rules/seeded-random'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const digits = 12

/** `mixed_returns` of empyrical's own test suite (github.com/quantopian/empyrical, tests/test_stats.py). */
const returns = [1, 10, -4, 2, 3, 2, 1, -10].map((percent) => percent / 100)
const benchmark = [0.5, 4, -1, 2, -2, 1, 3, -6].map((percent) => percent / 100)
/** empyrical counts 252 trading days, Quartet 365. */
const daysRatio = Math.sqrt(365 / 252)

describe('figures over daily returns', () => {
  test("agree with empyrical's expected values on its own series, but for the days of a year", () => {
    expect(annualVolatility(returns)).toBeCloseTo(0.9136465399704637 * daysRatio, digits)
    expect(sharpeRatio(returns)).toBeCloseTo(1.7238613961706866 * daysRatio, digits)
    expect(sortinoRatio(returns)).toBeCloseTo(2.605531251673693 * daysRatio, digits)
  })

  test('omega is gains over losses: (1 + 10 + 2 + 3 + 2 + 1) / (4 + 10)', () => {
    expect(omegaRatio(returns)).toBeCloseTo(19 / 14, digits)
  })

  test('beta and alpha are those of a regression, by scipy.stats.linregress(benchmark, returns)', () => {
    const { alpha, beta, informationRatio } = againstBenchmark(returns, benchmark)
    expect(beta).toBeCloseTo(1.5015411712901807, digits)
    expect(alpha).toBeCloseTo(0.00343461030383091 * 365, digits)
    // numpy: d = returns - benchmark; d.mean() / d.std(ddof=1) * sqrt(365)
    expect(informationRatio).toBeCloseTo(2.334704403865907, digits)
  })

  test('two years from 100 to 121 are 10 % a year', () => {
    expect(compoundAnnualGrowth(100, 121, 2 * 365 * 86_400_000)).toBeCloseTo(0.1, digits)
    expect(compoundAnnualGrowth(100, 0, 86_400_000)).toBe(-1)
    expect(compoundAnnualGrowth(0, 100, 86_400_000)).toBeNull()
  })

  test('the deepest fall is from the peak before it, not from the start', () => {
    expect(deepestFall([100, 90, 120, 84, 130, 117])).toBeCloseTo(0.3, digits)
    expect(deepestFall([1, 2, 3])).toBe(0)
  })

  test('returns that are all alike have no ratio, rather than an endless one', () => {
    const flat = Array.from({ length: 20 }, () => 0.01)
    expect([sharpeRatio(flat), sortinoRatio(flat), omegaRatio(flat)]).toEqual([null, null, null])
    expect(sharpeRatio([])).toBeNull()
    expect(againstBenchmark(returns, flat.slice(0, 8)).beta).toBeNull()
  })

  test("deviation and quantiles are numpy's std(ddof=1) and quantile", () => {
    const values = [3, 1, 2, 5, 4, 9]
    expect(sampleDeviation(values)).toBeCloseTo(2.8284271247461903, digits)
    expect([0.05, 0.5, 0.95].map((share) => quantileOf(values, share))).toEqual([1.25, 3.5, 8])
  })
})

describe('random numbers from a seed', () => {
  test('are those of the reference generator', () => {
    const random = xoshiro128([1, 2, 3, 4])
    // xoshiro128starstar.c, worked out in Python from the same state.
    expect(Array.from({ length: 10 }, () => random.bits())).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ])
  })

  test('come again with the seed, differ with another, and are spread evenly', () => {
    const draw = (seed: number) => {
      const random = seededRandom(seed)
      return Array.from({ length: 10_000 }, () => random.below(10))
    }
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
    const counts = draw(7).reduce<number[]>((all, value) => all.with(value, (all[value] ?? 0) + 1), Array(10).fill(0))
    // Chi-square with 9 degrees of freedom: above 27.9 once in a thousand seeds, and this seed is fixed.
    expect(counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(27.9)
  })

  test('a shuffle keeps every value', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.nat(), (values, seed) => {
        expect(shuffled(values, seededRandom(seed)).toSorted()).toEqual(values.toSorted())
      }),
    )
  })
})

describe('a resample in blocks', () => {
  const series = Array.from({ length: 1000 }, (_, day) => day)

  test('is as long as the series, and blocks have the mean length that was asked for', () => {
    const random = seededRandom(1)
    let blocks = 0
    for (let round = 0; round < 50; round += 1) {
      const resample = stationaryResample(series, 10, random)
      expect(resample).toHaveLength(1000)
      blocks += resample.filter((value, place) => value !== ((resample[place - 1] ?? -2) + 1) % 1000).length
    }
    expect(50_000 / blocks).toBeGreaterThan(9.5)
    expect(50_000 / blocks).toBeLessThan(10.5)
  })

  test('takes every day equally often: the circle has no edge', () => {
    const random = seededRandom(2)
    const counts = [0, 0, 0, 0, 0]
    for (let round = 0; round < 4000; round += 1) {
      for (const value of stationaryResample([0, 1, 2, 3, 4], 3, random)) counts[value] = (counts[value] ?? 0) + 1
    }
    for (const count of counts) expect(Math.abs(count - 4000)).toBeLessThan(250)
  })

  test('the usual block is the cube root of the length', () => {
    expect(usualBlockLength(365)).toBe(7)
    expect(usualBlockLength(1)).toBe(1)
  })
})
