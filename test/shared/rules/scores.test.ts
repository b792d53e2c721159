import { baseRate, binaryBrierScore, brierScore, brierSkill } from '@shared/rules/brier-score'
import { classificationReport, type Labelled } from '@shared/rules/classification-report'
import { actionLabels, type LabelSet, sentimentLabels } from '@shared/rules/label-set'
import { expectedCalibrationError, reliabilityBins } from '@shared/rules/reliability'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const pairs = <Label extends string>(actual: readonly Label[], predicted: readonly Label[]): Labelled<Label>[] =>
  actual.flatMap((label, index) => {
    const said = predicted[index]
    return said === undefined ? [] : [{ actual: label, predicted: said }]
  })

describe('the classification report', () => {
  type Numbered = 'class 0' | 'class 1' | 'class 2'
  const numbered: LabelSet<Numbered> = {
    labels: ['class 0', 'class 1', 'class 2'],
    each: (value) => ({ 'class 0': value('class 0'), 'class 1': value('class 1'), 'class 2': value('class 2') }),
  }
  const label = (index: number): Numbered => numbered.labels[index] ?? 'class 0'

  test("gives the figures of the example in scikit-learn's documentation of classification_report", () => {
    const report = classificationReport(numbered, pairs([0, 1, 2, 2, 2].map(label), [0, 0, 2, 2, 1].map(label)))
    expect(report.n).toBe(5)
    expect(report.accuracy).toBeCloseTo(0.6, 12)
    expect(report.perClass['class 0']).toEqual({ precision: 0.5, recall: 1, f1: 2 / 3, support: 1 })
    expect(report.perClass['class 1']).toEqual({ precision: 0, recall: 0, f1: 0, support: 1 })
    expect(report.perClass['class 2']).toEqual({ precision: 1, recall: 2 / 3, f1: 0.8, support: 3 })
    expect(report.weightedF1?.toFixed(2)).toBe('0.61')
  })

  test("counts confusions as the example in scikit-learn's documentation of confusion_matrix", () => {
    type Animal = 'ant' | 'bird' | 'cat'
    const animals: LabelSet<Animal> = {
      labels: ['ant', 'bird', 'cat'],
      each: (value) => ({ ant: value('ant'), bird: value('bird'), cat: value('cat') }),
    }
    const actual: Animal[] = ['cat', 'ant', 'cat', 'cat', 'ant', 'bird']
    const predicted: Animal[] = ['ant', 'ant', 'cat', 'cat', 'ant', 'cat']
    expect(classificationReport(animals, pairs(actual, predicted)).confusion).toEqual({
      ant: { ant: 2, bird: 0, cat: 0 },
      bird: { ant: 0, bird: 0, cat: 1 },
      cat: { ant: 1, bird: 0, cat: 2 },
    })
  })

  test('has no accuracy where there are no cases', () => {
    expect(classificationReport(actionLabels, [])).toMatchObject({ n: 0, accuracy: null, weightedF1: null })
  })

  const action = fc.constantFrom(...actionLabels.labels)

  test('counts every case exactly once, and weighted recall is accuracy', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ actual: action, predicted: action }), { minLength: 1 }), (cases) => {
        const { confusion, perClass, n, accuracy, weightedF1 } = classificationReport(actionLabels, cases)
        const counted = actionLabels.labels.flatMap((one) => Object.values(confusion[one]))
        expect(counted.reduce((sum, count) => sum + count, 0)).toBe(n)
        const recall = actionLabels.labels.reduce((sum, one) => sum + perClass[one].recall * perClass[one].support, 0)
        expect(recall / n).toBeCloseTo(accuracy ?? Number.NaN, 12)
        expect(weightedF1).toBeGreaterThanOrEqual(0)
        expect(weightedF1).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe('the Brier score', () => {
  test("of two labels is that of the example in scikit-learn's documentation of brier_score_loss", () => {
    const forecasts = [
      { probability: 0.1, happened: false },
      { probability: 0.9, happened: true },
      { probability: 0.8, happened: true },
      { probability: 0.3, happened: false },
    ]
    expect(binaryBrierScore(forecasts)).toBeCloseTo(0.0375, 12)
  })

  test('of three labels is the sum over all of them', () => {
    // By hand: (0.7-1)^2 + 0.2^2 + 0.1^2 = 0.14, and 0.7^2 + 0.2^2 + (0.1-1)^2 = 1.34.
    const probabilities = { buy: 0.7, sell: 0.2, hold: 0.1 }
    const score = brierScore(actionLabels, [
      { probabilities, actual: 'buy' },
      { probabilities, actual: 'hold' },
    ])
    expect(score).toBeCloseTo((0.14 + 1.34) / 2, 12)
  })

  test('has a skill of 0 for who always tells the base rate, and of 1 for who knows', () => {
    const actuals = ['positive', 'neutral', 'neutral', 'negative', 'neutral'] as const
    const rate = baseRate(sentimentLabels, actuals)
    expect(rate).toEqual({ positive: 0.2, neutral: 0.6, negative: 0.2 })
    const reference = brierScore(
      sentimentLabels,
      actuals.map((actual) => ({ actual, probabilities: rate ?? { positive: 0, neutral: 0, negative: 0 } })),
    )
    // By hand: 1 less the sum of the squared rates.
    expect(reference).toBeCloseTo(1 - (0.04 + 0.36 + 0.04), 12)
    expect(brierSkill(reference, reference)).toBe(0)
    expect(brierSkill(0, reference)).toBe(1)
  })

  test('has no skill where nothing happened, or where the base rate is never wrong', () => {
    expect(brierSkill(brierScore(actionLabels, []), 0.5)).toBeNull()
    expect(brierSkill(0.1, 0)).toBeNull()
    expect(baseRate(actionLabels, [])).toBeNull()
    expect(binaryBrierScore([])).toBeNull()
  })

  test('lies between 0 and 2, and two labels score twice the binary score', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(share, fc.boolean(), (probability, happened) => {
        const probabilities = { buy: probability, sell: 1 - probability, hold: 0 }
        const score = brierScore(actionLabels, [{ probabilities, actual: happened ? 'buy' : 'sell' }]) ?? Number.NaN
        expect(score).toBeGreaterThanOrEqual(0)
        expect(score).toBeLessThanOrEqual(2)
        expect(score).toBeCloseTo(2 * (binaryBrierScore([{ probability, happened }]) ?? Number.NaN), 12)
      }),
    )
  })
})

describe('reliability', () => {
  test("bins are those of the example in scikit-learn's documentation of calibration_curve", () => {
    const truths = [0, 0, 0, 0, 1, 1, 1, 1, 1]
    const answers = [0.1, 0.2, 0.3, 0.4, 0.65, 0.7, 0.8, 0.9, 1].map((confidence, index) => ({
      confidence,
      right: truths[index] === 1,
    }))
    const bins = reliabilityBins(answers, 3)
    expect(bins.map(({ accuracy }) => accuracy)).toEqual([0, 0.5, 1])
    const confidences = bins.map(({ confidence }) => confidence?.toFixed(3))
    expect(confidences).toEqual(['0.200', '0.525', '0.850'])
    expect(bins.map(({ n }) => n)).toEqual([3, 2, 4])
  })

  test('error is the gap of each bin, weighted by its answers', () => {
    // By hand: 2 of 4 right at 0.9 (gap 0.4), 1 of 1 at 0.6 (gap 0.4), 0 of 5 at 0.2 (gap 0.2).
    const answers = [
      ...[true, true, false, false].map((right) => ({ confidence: 0.9, right })),
      { confidence: 0.6, right: true },
      ...Array.from({ length: 5 }, () => ({ confidence: 0.2, right: false })),
    ]
    expect(expectedCalibrationError(reliabilityBins(answers))).toBeCloseTo(0.4 * 0.4 + 0.1 * 0.4 + 0.5 * 0.2, 12)
  })

  test('error is unknown without answers', () => {
    expect(expectedCalibrationError(reliabilityBins([]))).toBeNull()
  })

  test('loses no answer, and the error is a share', () => {
    const answer = fc.record({ confidence: fc.double({ min: 0, max: 1, noNaN: true }), right: fc.boolean() })
    fc.assert(
      fc.property(fc.array(answer, { minLength: 1 }), fc.integer({ min: 1, max: 20 }), (answers, binCount) => {
        const bins = reliabilityBins(answers, binCount)
        expect(bins.reduce((sum, { n }) => sum + n, 0)).toBe(answers.length)
        const error = expectedCalibrationError(bins)
        expect(error).toBeGreaterThanOrEqual(0)
        expect(error).toBeLessThanOrEqual(1)
      }),
    )
  })
})
