import { calibrationMapSchema } from '@shared/contract/calibration'
import type { BinaryForecast } from '@shared/rules/brier-score'
import {
  applyCalibration,
  calibrator,
  fitCalibration,
  isotonicFrom,
  leastOfEitherKind,
  leastOutcomes,
  withMaps,
} from '@shared/rules/calibration'
import { poolAdjacentViolators } from '@shared/rules/isotonic'
import { applyPlatt, fitPlatt } from '@shared/rules/platt'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const many = (count: number, probability: number, right: number): BinaryForecast[] =>
  Array.from({ length: count }, (_, index) => ({ probability, happened: index < right }))

const probability = fc.double({ min: 0, max: 1, noNaN: true })
const outcomes = fc.array(fc.record({ probability, happened: fc.boolean() }), { minLength: 150, maxLength: 1200 })

describe('pooling adjacent violators', () => {
  const steps = (values: readonly number[]): number[] => {
    const blocks = poolAdjacentViolators(values.map((value, index) => [index, value]))
    return values.map((_, x) => blocks.find(({ from, to }) => from <= x && x <= to)?.value ?? Number.NaN)
  }

  test("gives what scikit-learn's own tests of isotonic_regression expect", () => {
    expect(steps([3, 7, 5, 9, 8, 7, 10])).toEqual([3, 6, 6, 8, 8, 8, 10])
    expect(steps([10, 0, 2])).toEqual([4, 4, 4])
  })

  test('takes points with the same x as one point', () => {
    const blocks = poolAdjacentViolators([
      [1, 0.5],
      [2, 0],
      [2, 1],
      [2, 1],
    ])
    expect(blocks).toEqual([
      { from: 1, to: 1, value: 0.5 },
      { from: 2, to: 2, value: 2 / 3 },
    ])
  })

  test('never falls and keeps the mean', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), probability), { minLength: 1 }), (points) => {
        const blocks = poolAdjacentViolators(points)
        const valueAt = (x: number): number => blocks.find(({ from, to }) => from <= x && x <= to)?.value ?? Number.NaN
        const mean = (values: readonly number[]): number =>
          values.reduce((sum, value) => sum + value, 0) / values.length
        blocks.forEach(({ from, value }, index) => {
          const before = blocks[index - 1]
          if (before !== undefined) expect(from > before.to && value > before.value).toBe(true)
        })
        expect(mean(points.map(([x]) => valueAt(x)))).toBeCloseTo(mean(points.map(([, y]) => y)), 9)
      }),
    )
  })
})

describe("Platt's curve", () => {
  test('through two probabilities meets the drawn-in share of each exactly', () => {
    // Two parameters fit two groups without a rest. By hand: 48 right and 52 wrong in all, so a right outcome counts
    // 49/50 and a wrong one 1/54; the groups' means of those are what the curve must say.
    const curve = fitPlatt([...many(60, 0.3, 18), ...many(40, 0.8, 30)])
    const mean = (right: number, all: number): number => (right * (49 / 50) + (all - right) * (1 / 54)) / all
    expect(applyPlatt(curve, 0.3)).toBeCloseTo(mean(18, 60), 9)
    expect(applyPlatt(curve, 0.8)).toBeCloseTo(mean(30, 40), 9)
  })

  test('is flat where being surer meant being less often right', () => {
    const curve = fitPlatt([...many(60, 0.3, 50), ...many(40, 0.8, 5)])
    expect(curve.slope).toBe(0)
    expect(applyPlatt(curve, 0.3)).toBe(applyPlatt(curve, 0.8))
  })

  test('stands at the best fit: neither parameter can be moved for the better', () => {
    fc.assert(
      fc.property(outcomes, (forecasts) => {
        const curve = fitPlatt(forecasts)
        const right = forecasts.filter(({ happened }) => happened).length
        const pull = forecasts.map((forecast) => {
          const target = forecast.happened ? (right + 1) / (right + 2) : 1 / (forecasts.length - right + 2)
          return applyPlatt(curve, forecast.probability) - target
        })
        expect(pull.reduce((sum, one) => sum + one, 0)).toBeCloseTo(0, 5)
      }),
      { numRuns: 30 },
    )
  })
})

describe('a calibration map', () => {
  test('is not made from fewer than a hundred outcomes, or where nearly all ended alike', () => {
    expect(fitCalibration(many(leastOutcomes - 1, 0.6, 50))).toBeNull()
    expect(fitCalibration(many(leastOutcomes, 0.6, leastOfEitherKind - 1))).toBeNull()
    expect(fitCalibration(many(leastOutcomes, 0.6, leastOfEitherKind))).not.toBeNull()
  })

  test("is Platt's below a thousand outcomes and isotonic from there on", () => {
    expect(fitCalibration(many(isotonicFrom - 1, 0.6, 400))?.method).toBe('platt')
    expect(fitCalibration(many(isotonicFrom, 0.6, 400))?.method).toBe('isotonic')
  })

  test('says how often answers of that probability were right, straight between what it knows', () => {
    const curve = fitCalibration([...many(500, 0.4, 100), ...many(500, 0.8, 300)])
    if (curve === null) throw new Error('a thousand outcomes make a map')
    expect(applyCalibration(curve, 0.4)).toBeCloseTo(0.2, 12)
    expect(applyCalibration(curve, 0.6)).toBeCloseTo(0.4, 12)
    expect(applyCalibration(curve, 0.8)).toBeCloseTo(0.6, 12)
    expect(applyCalibration(curve, 0.1)).toBeCloseTo(0.2, 12)
    expect(applyCalibration(curve, 1)).toBeCloseTo(0.6, 12)
  })

  test('never makes a certainty of what so many outcomes showed', () => {
    const curve = fitCalibration([...many(500, 0.4, 0), ...many(500, 0.9, 500)])
    if (curve === null) throw new Error('a thousand outcomes make a map')
    expect(applyCalibration(curve, 0)).toBe(1 / 1002)
    expect(applyCalibration(curve, 1)).toBe(1 - 1 / 1002)
  })

  test('never falls with the probability, is a probability, and survives being written as JSON', () => {
    fc.assert(
      fc.property(outcomes, probability, probability, (fitted, one, other) => {
        const curve = fitCalibration(fitted)
        if (curve === null) return
        const [low, high] = [Math.min(one, other), Math.max(one, other)]
        const [below, above] = [applyCalibration(curve, low), applyCalibration(curve, high)]
        expect(below).toBeLessThanOrEqual(above + 1e-12)
        expect(below).toBeGreaterThanOrEqual(0)
        expect(above).toBeLessThanOrEqual(1)
        const written = JSON.parse(JSON.stringify(mapOf({ curve })))
        expect(calibrationMapSchema.parse(written).curve).toEqual(curve)
      }),
      { numRuns: 40 },
    )
  })
})

function mapOf(changes: Partial<ReturnType<typeof calibrationMapSchema.parse>> = {}) {
  return calibrationMapSchema.parse({
    modelHash: 'a'.repeat(64),
    promptVersion: 'starter-3',
    symbolClass: 'majors',
    timeframe: '1h',
    horizon: '4h',
    samples: 400,
    fromMs: 1,
    toMs: 2,
    curve: { method: 'platt', slope: 0, intercept: 0 },
    ...changes,
  })
}

describe('the calibrator', () => {
  const lookUp = calibrator([mapOf()], '1h')

  test('turns the probability of the mapped model, prompt and class of pairs, and says what it knows', () => {
    expect(lookUp('a'.repeat(64), 'starter-3', 'ETH/USDT', 0.9)).toEqual({ value: 0.5, samples: 400, method: 'platt' })
  })

  test('knows nothing of another model, prompt, class of pairs or candle length', () => {
    expect(lookUp('b'.repeat(64), 'starter-3', 'BTC/USDT', 0.9)).toBeNull()
    expect(lookUp('a'.repeat(64), 'starter-4', 'BTC/USDT', 0.9)).toBeNull()
    expect(lookUp('a'.repeat(64), 'starter-3', 'SOL/USDT', 0.9)).toBeNull()
    expect(calibrator([mapOf()], '1m')('a'.repeat(64), 'starter-3', 'BTC/USDT', 0.9)).toBeNull()
  })

  test('is fed one map per key: a new fit replaces the old one', () => {
    const older = mapOf({ symbolClass: 'alts' })
    expect(withMaps([mapOf(), older], [mapOf({ samples: 900 })])).toEqual([older, mapOf({ samples: 900 })])
  })
})
