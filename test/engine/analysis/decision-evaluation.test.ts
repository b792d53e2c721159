import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Candle } from '@shared/contract/candle'
import { type Action, likeliestAction, type Probabilities } from '@shared/contract/decision'
import type { ServedBy } from '@shared/contract/model'
import { beforeAll, describe, expect, test } from 'vitest'
import { fitMaps } from '../../../src-main/engine/analysis/calibration-fit'
import { type DeciderAnswer, evaluateDecisions } from '../../../src-main/engine/analysis/decision-evaluation'
import { decisionNotes } from '../../../src-main/engine/analysis/decision-report'
import { horizonScores, type JudgedDecision } from '../../../src-main/engine/analysis/decision-scores'
import { type RecordedMoment, readMoments } from '../../../src-main/engine/analysis/recorded-moments'
import { createContextBuilder } from '../../../src-main/engine/context/context-builder'
import { recordedCandles } from '../../helpers/recorded-candles'
import { temporaryFolder } from '../../helpers/temporary-folder'

const hourMs = 3_600_000
const costs = { takerFeeBps: 10, halfSpreadBps: 1, slippageBps: 1 }
const sampleDataDir = new URL('../../../resources/sample-data', import.meta.url).pathname
/** No hour is missing for a long time after it. */
const marchMs = Date.UTC(2022, 2, 1)

function folderOf(candles: readonly Candle[]): string {
  const dir = temporaryFolder('moments')
  const rows = candles.map(({ openTimeMs, open, high, low, close, volume }) =>
    [openTimeMs, open, high, low, close, volume].join(','),
  )
  writeFileSync(join(dir, 'BTCUSDT-1h.csv'), `${['timestamp_ms,open,high,low,close,volume', ...rows].join('\n')}\n`)
  return dir
}

async function momentsOf(dir: string, changes: Partial<Parameters<typeof readMoments>[0]> = {}) {
  const request = { candlesDir: dir, symbol: 'BTC/USDT', timeframe: '1h', fromMs: null, toMs: null } as const
  const read = await readMoments({ ...request, samples: null, costs, ...changes })
  if (!read.ok) throw new Error(read.problem.message)
  return read.value
}

describe('recorded moments', () => {
  const candles = recordedCandles('BTCUSDT', marchMs, 400)

  test('know what a desk would have known at their close, and nothing later', async () => {
    const { moments } = await momentsOf(folderOf(candles))
    const builder = createContextBuilder({ symbol: 'BTC/USDT', timeframe: '1h' })
    const flat = { hasPosition: false, positionPct: 0, unrealizedPct: null, positionAgeCandles: null }
    builder.warm(candles.slice(0, 300))
    const expected = builder.contextFor(flat)
    expect(moments.find(({ context }) => context.asOfMs === expected.asOfMs)?.context).toEqual(expected)
    // The recording cut at that candle: the context is the same, only what followed is not known any more.
    const cut = await momentsOf(folderOf(candles.slice(0, 300)))
    expect(cut.moments.at(-1)).toEqual({ context: expected, outcomes: { '1h': null, '4h': null, '24h': null } })
  })

  test('are labelled with candles from behind the window, but lie inside it', async () => {
    const fromMs = marchMs + 250 * hourMs
    const { moments, available } = await momentsOf(folderOf(candles), { fromMs, toMs: fromMs + 20 * hourMs })
    expect(available).toBe(20)
    expect(moments.map(({ context }) => (context.candleOpenMs - fromMs) / hourMs)).toEqual([...Array(20).keys()])
    expect(moments.every(({ outcomes }) => outcomes['24h'] !== null)).toBe(true)
  })

  test('are evenly spaced, and all there are where fewer are there than asked for', async () => {
    const dir = folderOf(candles)
    const ten = (await momentsOf(dir, { samples: 10 })).moments.map(({ context }) => context.asOfMs)
    const steps = ten.slice(1).map((time, index) => (time - (ten[index] ?? 0)) / hourMs)
    expect(ten).toHaveLength(10)
    expect(Math.max(...steps) - Math.min(...steps)).toBeLessThanOrEqual(1)
    expect((await momentsOf(dir, { samples: 5000 })).moments).toHaveLength(201)
  })

  test('across a gap have no outcome rather than a wrong one', async () => {
    const withGap = candles.filter((_, index) => index !== 300)
    const { moments } = await momentsOf(folderOf(withGap))
    const unknown = (horizon: '1h' | '4h') =>
      moments
        .filter(({ outcomes }) => outcomes[horizon] === null)
        .map(({ context }) => (context.candleOpenMs - marchMs) / hourMs)
    // The missing candle is the entry of 299, and the exit of 298 (1 h) and of 295 (4 h); the last have no later candle.
    expect(unknown('1h')).toEqual([298, 299, 398, 399])
    expect(unknown('4h')).toEqual([295, 299, 395, 396, 397, 398, 399])
  })

  test('outside the recording are refused with what is recorded', async () => {
    const request = {
      candlesDir: sampleDataDir,
      symbol: 'BTC/USDT',
      timeframe: '1h',
      toMs: null,
      samples: 5,
      costs,
    } as const
    expect(await readMoments({ ...request, fromMs: Date.UTC(2030, 0) })).toMatchObject({
      problem: { code: 'dates_outside_data', message: expect.stringContaining('2020-12-01') },
    })
    expect(await readMoments({ ...request, fromMs: 2, toMs: 1 })).toMatchObject({ problem: { code: 'window_empty' } })
    expect(await readMoments({ ...request, fromMs: null, symbol: 'DOGE/USDT' })).toMatchObject({
      problem: { code: 'unknown_symbol' },
    })
  })
})

const sure: Record<Action, Probabilities> = {
  buy: { buy: 1, sell: 0, hold: 0 },
  sell: { buy: 0, sell: 1, hold: 0 },
  hold: { buy: 0, sell: 0, hold: 1 },
}

function answerOf(probabilities: Probabilities, changes: Partial<DeciderAnswer> = {}): DeciderAnswer {
  const action = likeliestAction(probabilities)
  return {
    action,
    probabilities,
    confidence: probabilities[action],
    servedBy: 'starter',
    model: {
      modelHash: 'a'.repeat(64),
      quantization: 'Q8_0',
      backend: 'test',
      llamaCppRelease: 'b1',
      promptVersion: 'p1',
      seed: 7,
      temperature: 0,
    },
    latencyMs: 1,
    ...changes,
  }
}

let moments: readonly RecordedMoment[] = []
beforeAll(async () => {
  moments = (await momentsOf(sampleDataDir, { fromMs: marchMs, samples: 400 })).moments
})

/** What one kind of answer scores on recorded moments. */
async function judge(
  answer: (moment: RecordedMoment, asking: number) => DeciderAnswer,
  asked: readonly RecordedMoment[] = moments,
  knowledgeCutoffMs: number | null = null,
  atOnce = 1,
) {
  let asking = 0
  const byTime = new Map(asked.map((moment) => [moment.context.asOfMs, moment]))
  return evaluateDecisions({
    moments: asked,
    preference: null,
    knowledgeCutoffMs,
    atOnce,
    signal: new AbortController().signal,
    progress: () => undefined,
    decider: {
      async decide({ context }) {
        const moment = byTime.get(context.asOfMs)
        if (moment === undefined) throw new Error('only asked moments are asked about')
        asking += 1
        return answer(moment, asking)
      },
    },
  })
}

describe('the evaluation of decisions', () => {
  test('is perfect at its horizon for who knows what will be right there, and not at another', async () => {
    const { evaluation } = await judge(({ outcomes }) => answerOf(sure[outcomes['4h']?.right ?? 'hold']))
    expect(evaluation.horizons['4h']).toMatchObject({ accuracy: 1, brier: 0, brierSkill: 1, ece: 0 })
    expect(evaluation.horizons['24h'].accuracy).toBeLessThan(1)
    expect(evaluation.horizons['4h'].byAction.buy.meanReturn).toBeGreaterThan(0)
    expect(evaluation.horizons['4h'].byAction.sell.meanReturn).toBeGreaterThan(0)
  })

  test('is the same side by side: same questions, same figures', async () => {
    const byMarket = ({ context }: RecordedMoment) => answerOf(sure[(context.rsi14 ?? 50) > 50 ? 'buy' : 'sell'])
    expect(await judge(byMarket, moments, null, 8)).toEqual(await judge(byMarket))
  })

  test('of a desk that always holds is that of always holding, with no skill', async () => {
    const { evaluation } = await judge(() => answerOf(sure.hold))
    const { accuracy, alwaysHold, brierSkill, byAction } = evaluation.horizons['1h']
    expect(accuracy).toBe(alwaysHold)
    expect(brierSkill).toBeLessThan(0)
    expect(byAction.buy).toEqual({ n: 0, accuracy: null, meanReturn: null })
  })

  test('of who tells the base rate every time is the base rate, with a skill of zero and no calibration error', async () => {
    const first = await judge(() => answerOf(sure.hold))
    const rate = first.evaluation.horizons['4h'].rightShares ?? sure.hold
    const { evaluation } = await judge(() => answerOf(rate))
    const { accuracy, baseRate, brierSkill, ece } = evaluation.horizons['4h']
    expect(accuracy).toBe(baseRate?.accuracy)
    expect(brierSkill).toBeCloseTo(0, 12)
    expect(ece).toBeCloseTo(0, 12)
  })

  test('says n/a rather than a number on fewer than ten cases', async () => {
    const nine = (await judge(() => answerOf(sure.buy), moments.slice(0, 9))).evaluation
    expect(nine.horizons['4h']).toMatchObject({ n: 9, accuracy: null, alwaysHold: null, brierSkill: null, ece: null })
    expect(nine).toMatchObject({ rerunAgreement: null, orderBias: null })
    const ten = (await judge(() => answerOf(sure.buy), moments.slice(0, 10))).evaluation
    expect(ten.horizons['4h'].accuracy).not.toBeNull()
    expect(ten.rerunAgreement).toEqual({ n: 10, share: 1, largestDifference: 0 })
  })

  test('asks a part again, from the whole stretch, and tells how many stayed with their action', async () => {
    const again: number[] = []
    const { evaluation } = await judge(({ context }, asking) => {
      if (asking > moments.length) again.push(context.asOfMs)
      return answerOf(asking > moments.length && again.length % 2 === 0 ? sure.sell : sure.buy)
    })
    expect(evaluation.rerunAgreement).toEqual({ n: 50, share: 0.5, largestDifference: 1 })
    const times = moments.map(({ context }) => context.asOfMs)
    expect(Math.min(...again)).toBeLessThan(times[10] ?? 0)
    expect(Math.max(...again)).toBeGreaterThan(times.at(-10) ?? 0)
  })

  test('counts moments at which no model answered, and judges only the others', async () => {
    const servedBy = (asking: number): ServedBy => (asking % 2 === 0 ? 'none' : 'starter')
    const { evaluation } = await judge((_, asking) => answerOf(sure.buy, { servedBy: servedBy(asking) }))
    expect(evaluation).toMatchObject({ asked: 400, unanswered: 200, models: [{ servedBy: 'starter', answered: 200 }] })
    expect(evaluation.horizons['1h'].n).toBeLessThanOrEqual(200)
  })

  test('tells what a model may remember from what it cannot', async () => {
    const cutoffMs = moments[100]?.context.asOfMs ?? 0
    const { evaluation } = await judge(
      ({ outcomes, context }) => answerOf(sure[context.asOfMs < cutoffMs ? (outcomes['1h']?.right ?? 'hold') : 'hold']),
      moments,
      cutoffMs,
    )
    const { before, after } = evaluation.cutoff ?? {}
    expect(before?.['1h']).toMatchObject({ n: 100, accuracy: 1 })
    expect(after?.['1h'].accuracy).toBe(after?.['1h'].alwaysHold)
    expect((before?.['1h'].n ?? 0) + (after?.['1h'].n ?? 0)).toBe(evaluation.horizons['1h'].n)
  })

  test('averages the order bias where the answers carry one', async () => {
    const { evaluation } = await judge((_, asking) => answerOf(sure.buy, { orderBias: asking % 2 === 0 ? 0.1 : 0.3 }))
    expect(evaluation.orderBias?.mean).toBeCloseTo(0.2, 9)
    expect((await judge(() => answerOf(sure.buy, { orderBias: null }))).evaluation.orderBias).toBeNull()
  })

  test('tells every pair apart', () => {
    const decision = (symbol: string, action: Action): JudgedDecision => ({
      symbol,
      decidedAtMs: 0,
      action,
      probabilities: sure[action],
      confidence: 1,
      modelHash: 'a',
      promptVersion: 'p',
      outcomes: { '1h': { right: 'buy', longReturn: 0.02, outReturn: -0.03 }, '4h': null, '24h': null },
    })
    const decisions = [
      ...Array.from({ length: 10 }, () => decision('BTC/USDT', 'buy')),
      ...Array.from({ length: 30 }, () => decision('SOL/USDT', 'sell')),
    ]
    const scores = horizonScores(decisions, '1h')
    expect(scores).toMatchObject({ n: 40, accuracy: 0.25 })
    expect(scores.bySymbol).toEqual([
      { symbol: 'BTC/USDT', n: 10, accuracy: 1, alwaysHold: 0 },
      { symbol: 'SOL/USDT', n: 30, accuracy: 0, alwaysHold: 0 },
    ])
    expect(scores.byAction.sell.meanReturn).toBeCloseTo(-0.03, 12)
    expect(horizonScores(decisions, '4h')).toMatchObject({ n: 0, unlabelled: 40, accuracy: null })
  })
})

describe('the words beside the figures', () => {
  const verdictOn = async (answer: (moment: RecordedMoment) => DeciderAnswer, asked = moments) =>
    decisionNotes((await judge(answer, asked)).evaluation, costs)[0]

  test('claim no more than the figures show', async () => {
    expect(await verdictOn(() => answerOf(sure.hold))).toContain('no predictive value is shown')
    expect(await verdictOn(() => answerOf(sure.buy), moments.slice(0, 5))).toContain('too few known outcomes')
    expect(await verdictOn(({ outcomes }) => answerOf(sure[outcomes['1h']?.right ?? 'hold']))).toMatch(
      /^The decisions were right more often than the base rate at 1h.* and had a Brier skill above zero at 1h\.$/,
    )
  })

  test('say so when everything lies before the knowledge cutoff', async () => {
    const { evaluation } = await judge(() => answerOf(sure.hold), moments, Date.UTC(2024, 0))
    expect(decisionNotes(evaluation, costs).join(' ')).toContain('Every moment lies before the knowledge cutoff')
  })
})

describe('fitting calibration maps', () => {
  test('learns from the earlier decisions to trade, and mends an overconfidence in the later ones', async () => {
    const all = (await momentsOf(sampleDataDir, { samples: 2000 })).moments
    const { decisions } = await judge(({ context }) => {
      const confidence = 0.6 + 0.3 * (context.volatility ?? 0)
      return answerOf({ buy: confidence, sell: 0, hold: 1 - confidence })
    }, all)
    const [fit, ...others] = fitMaps(decisions, '4h', '1h')
    expect(others).toEqual([])
    expect(fit?.map).toMatchObject({ symbolClass: 'majors', horizon: '4h', timeframe: '1h', samples: fit?.learnt })
    const times = decisions
      .flatMap(({ outcomes, decidedAtMs }) => (outcomes['4h'] === null ? [] : [decidedAtMs]))
      .toSorted((left, right) => left - right)
    const firstLaterMs = times[times.length - (fit?.heldOut ?? 0)] ?? 0
    expect((fit?.map?.toMs ?? 0) + 4 * hourMs).toBeLessThan(firstLaterMs)
    expect(fit?.check?.calibrated.ece).toBeLessThan(fit?.check?.raw.ece ?? 0)
    expect(fit?.check?.calibrated.brier).toBeLessThan(fit?.check?.raw.brier ?? 0)
  })

  test('makes no map of too few outcomes, and none of holds', async () => {
    const few = (await judge(() => answerOf(sure.buy), moments.slice(0, 60))).decisions
    expect(fitMaps(few, '4h', '1h')).toMatchObject([
      { map: null, check: null, note: expect.stringContaining('no map') },
    ])
    expect(fitMaps((await judge(() => answerOf(sure.hold))).decisions, '4h', '1h')).toEqual([])
  })
})
