import { seededRandom } from '@shared/rules/seeded-random'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { randomEntrySampler } from '../../../../src-main/engine/analysis/report/random-entries'
import { type Report, reportDocument, reportOf } from '../../../../src-main/engine/analysis/report/report'
import type { TradingRecord } from '../../../../src-main/engine/analysis/report/trading-record'
import { dayMs, handMadeBars, handMadeRecord, handMadeTrade, startMs } from './hand-made-record'

const rounds = 200

const curveOf = (equity: readonly number[]): TradingRecord['curve'] => ({
  atMs: equity.map((_, day) => startMs + day * dayMs),
  equity: [...equity],
  exposure: equity.map(() => 0),
})

describe('too little to judge', () => {
  test('below 14 days no figure about time is given, and the reason is', () => {
    const report = reportOf(handMadeRecord({}, 13), { rounds })
    expect(report.figures.sharpe).toBeNull()
    expect(report.figures.cagr).toBeNull()
    expect(report.notAvailable.sharpe).toContain('13.0 days; below 14')
    expect(report.bootstrap).toEqual({ missing: expect.stringContaining('below 14') })
    expect(report.sentences.join(' ')).toContain('figures about time are not given')
  })

  test('below 10 trades no figure about trades is given; facts are', () => {
    const trades = [handMadeTrade(5, 1), handMadeTrade(-2, 3)]
    const report = reportOf(handMadeRecord({ trades }), { rounds })
    expect(report.figures.winRate).toBeNull()
    expect(report.notAvailable.winRate).toContain('2 trades; below 10')
    expect([report.wins, report.losses]).toEqual([1, 1])
    expect(report.tradeOrder).toHaveProperty('missing')
    expect(report.randomEntries).toHaveProperty('missing')
  })

  test('ten trades in fourteen days are enough', () => {
    const trades = Array.from({ length: 10 }, (_, day) => handMadeTrade(day % 2 === 0 ? 4 : -1, day))
    const report = reportOf(
      handMadeRecord({ trades, curve: curveOf(Array.from({ length: 15 }, (_, day) => 1000 + (day % 3) * 10)) }, 14),
      { rounds },
    )
    expect(report.figures.winRate).toBe(0.5)
    expect(report.figures.profitFactor).toBe(4)
    expect(report.figures.sharpe).not.toBeNull()
  })

  test('an account that never moved has no ratio, and the reason is not the number of days', () => {
    const { figures, notAvailable } = reportOf(handMadeRecord(), { rounds })
    expect(figures.sharpe).toBeNull()
    expect(notAvailable.sharpe).toContain('division by zero')
    expect(figures.cagr).toBe(0)
  })
})

describe('against buying and holding', () => {
  test('costs of both trades are counted, at the price and on what is received', () => {
    const closes = Array.from({ length: 31 }, (_, day) => 100 + day)
    const assumptions = { ...handMadeRecord().assumptions, takerFeeBps: 10, halfSpreadBps: 1, slippageBps: 1 }
    const report = reportOf(handMadeRecord({ benchmarks: [{ symbol: 'BTC/USDT', closes }], assumptions }), { rounds })
    // In at 100 * 1.0002, out at 130 * 0.9998, one thousandth of what is received each time.
    expect(report.buyAndHold.netReturn).toBeCloseTo((130 * 0.9998 * 0.999 * 0.999) / (100 * 1.0002) - 1, 12)
  })

  test('symbols are bought in equal parts, and one without a price waits as cash', () => {
    const flat = Array.from({ length: 31 }, () => 50)
    const doubled = Array.from({ length: 31 }, (_, day) => (day < 5 ? null : day < 30 ? 10 : 20))
    const benchmarks = [
      { symbol: 'BTC/USDT', closes: flat },
      { symbol: 'ETH/USDT', closes: doubled },
    ]
    expect(reportOf(handMadeRecord({ benchmarks }), { rounds }).buyAndHold.netReturn).toBeCloseTo(0.5, 12)
  })

  test('an account that holds the market has a beta of 1 and no alpha', () => {
    const closes = Array.from({ length: 31 }, (_, day) => 100 + 10 * Math.sin(day))
    const equity = closes.map((close) => (1000 * close) / 100)
    const { figures } = reportOf(
      handMadeRecord({ benchmarks: [{ symbol: 'BTC/USDT', closes }], curve: curveOf(equity) }),
      { rounds },
    )
    expect(figures.beta).toBeCloseTo(1, 12)
    expect(figures.alpha).toBeCloseTo(0, 12)
    expect(figures.informationRatio).toBeNull()
  })
})

test('months are the equity at their ends over that at their starts, cut ones as far as they go', () => {
  const equity = Array.from({ length: 61 }, (_, day) => (day <= 31 ? 1000 + day * (100 / 31) : day <= 60 ? 1100 : 0))
  equity[60] = 990
  const { years } = reportOf(handMadeRecord({ curve: curveOf(equity) }, 60), { rounds })
  // 31 days of January, 29 of February 2024.
  expect(years).toHaveLength(1)
  expect(years[0]?.months.slice(0, 3)).toEqual([expect.closeTo(0.1, 12), expect.closeTo(-0.1, 12), null])
  expect(years[0]?.whole).toBeCloseTo(-0.01, 12)
})

describe('what chance could have made of it', () => {
  const trades = Array.from({ length: 20 }, (_, place) => handMadeTrade(place % 3 === 0 ? 9 : -3, 1 + place))
  const wavy = Array.from({ length: 61 }, (_, day) => 1000 + 30 * Math.sin(day / 4) + day)
  const bars = [handMadeBars(Array.from({ length: 61 }, (_, day) => 100 + 20 * Math.sin(day / 7)))]
  const record = handMadeRecord({ trades, bars, curve: curveOf(wavy) }, 60)

  test('the same seed gives the same report, another seed other draws', () => {
    expect(reportOf(record, { rounds })).toEqual(reportOf(record, { rounds }))
    expect(reportOf(record, { rounds, seed: 8 }).bootstrap).not.toEqual(reportOf(record, { rounds }).bootstrap)
  })

  test('another order of the trades ends where they ended, and falls between the best and the worst order', () => {
    const { tradeOrder } = reportOf(record, { rounds })
    if (!('known' in tradeOrder)) throw new Error(tradeOrder.missing)
    const { shuffledDrawdown, ownDrawdown } = tradeOrder.known
    // The worst order puts all 13 losses of 0.3 % first: 1 - 0.997^13.
    expect(shuffledDrawdown?.high).toBeLessThanOrEqual(1 - 0.997 ** 13)
    expect(shuffledDrawdown?.low).toBeGreaterThanOrEqual(0.003 - 1e-12)
    expect(ownDrawdown).toBeLessThanOrEqual(1 - 0.997 ** 13)
  })

  test('days that all gain leave no history with a loss', () => {
    const equity = Array.from({ length: 31 }, (_, day) => 1000 * 1.01 ** day * (day % 2 === 0 ? 1 : 1.002))
    const { bootstrap } = reportOf(handMadeRecord({ curve: curveOf(equity) }), { rounds })
    if (!('known' in bootstrap)) throw new Error(bootstrap.missing)
    expect(bootstrap.known.lossShare).toBe(0)
    expect(bootstrap.known.netReturn?.low).toBeGreaterThan(0)
  })

  test('the interval of a Sharpe is as wide as theory says for independent normal days', () => {
    const random = seededRandom(3)
    const normal = (): number =>
      Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction())
    const days = 1000
    const equity = [1000]
    for (let day = 0; day < days; day += 1) equity.push((equity.at(-1) ?? 0) * (1 + 0.001 + 0.02 * normal()))
    const { bootstrap, figures } = reportOf(handMadeRecord({ curve: curveOf(equity) }, days), { rounds: 1000 })
    if (!('known' in bootstrap) || bootstrap.known.sharpe === null) throw new Error('The interval is missing')
    const { low, high } = bootstrap.known.sharpe
    // A. W. Lo, "The Statistics of Sharpe Ratios" (2002): the variance of a daily Sharpe s is (1 + s^2 / 2) / days.
    const daily = (figures.sharpe ?? 0) / Math.sqrt(365)
    const width = 2 * 1.96 * Math.sqrt(((1 + daily ** 2 / 2) / days) * 365)
    expect((high - low) / width).toBeGreaterThan(0.85)
    expect((high - low) / width).toBeLessThan(1.15)
  })

  test('in a market without movement random entries earn exactly the costs', () => {
    const assumptions = { ...record.assumptions, takerFeeBps: 10, halfSpreadBps: 1, slippageBps: 1 }
    const flat = handMadeRecord(
      { trades, bars: [handMadeBars(Array.from({ length: 61 }, () => 100))], assumptions },
      60,
    )
    const sample = randomEntrySampler(flat)
    const perTrade = 100 * ((0.999 * 0.999 * 0.9998) / 1.0002 - 1)
    expect(sample?.(seededRandom(1))).toBeCloseTo(20 * perTrade, 9)
  })

  test('one trade that caught the only rise is beyond chance; trades that missed it are not', () => {
    const closes = Array.from({ length: 201 }, (_, day) => (day < 100 ? 100 : 110))
    const caught = Array.from({ length: 10 }, (_, place) =>
      handMadeTrade(place === 5 ? 10 : 0, 10 + place * 18, 11 + place * 18),
    )
    const p = (own: typeof caught): number => {
      const report = reportOf(handMadeRecord({ trades: own, bars: [handMadeBars(closes)] }, 200), { rounds: 1000 })
      if (!('known' in report.randomEntries)) throw new Error(report.randomEntries.missing)
      return report.randomEntries.known.pValue
    }
    // Ten days of two hundred are held: a random round catches the rise once in twenty.
    expect(p(caught)).toBeGreaterThan(0.03)
    expect(p(caught)).toBeLessThan(0.07)
    expect(p(caught.map((trade) => ({ ...trade, realizedQuote: '0' })))).toBe(1)
  })

  test('random entries hold as long as the trades did, never two at once and never beyond the run', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 10 }),
        fc.nat(),
        (stays, seed) => {
          const own = stays.map((days) => ({ ...handMadeTrade(0, 0, days), costQuote: '1' }))
          const held = stays.reduce((sum, days) => sum + days, 0)
          // Each day doubles the price: what a trade earns tells how long it was held, and two at once would earn more.
          const closes = Array.from({ length: held + 4 }, (_, day) => 2 ** day)
          const sample = randomEntrySampler(handMadeRecord({ trades: own, bars: [handMadeBars(closes)] }))
          const expected = stays.reduce((sum, days) => sum + 2 ** days - 1, 0)
          expect(sample?.(seededRandom(seed))).toBeCloseTo(expected, 6)
        },
      ),
    )
  })

  test('where the record keeps no prices fine enough, the test is not made up', () => {
    const coarse = handMadeRecord({ trades, bars: [handMadeBars([100, 101])] }, 60)
    expect(reportOf(coarse, { rounds }).randomEntries).toEqual({ missing: expect.stringContaining('too short') })
  })
})

describe('knowledge cutoffs', () => {
  const model = { servedBy: 'deepseek', name: 'DeepSeek', modelHash: '', promptVersion: '1', decisions: 60 } as const
  const withCutoff = (knowledgeCutoffMs: number | null): Report => {
    const trades = Array.from({ length: 24 }, (_, place) => ({
      ...handMadeTrade(place < 12 ? 2 : -1, 2 * place),
      model: 0,
    }))
    return reportOf(handMadeRecord({ trades, models: [{ ...model, knowledgeCutoffMs }] }, 60), { rounds })
  }

  test('trades before and after stand apart', () => {
    const { cutoff, sentences } = withCutoff(startMs + 24 * dayMs)
    expect(cutoff.models[0]).toMatchObject({
      before: { trades: 12, netProfit: 24, winRate: 1 },
      after: { trades: 12, netProfit: -12, winRate: 0 },
    })
    expect(cutoff.account).toMatchObject({ before: { days: 24 }, after: { days: 36 } })
    expect(sentences.join(' ')).toContain('only what came after it shows judgement')
  })

  test('a report that lies before the cutoff says so in a plain sentence', () => {
    expect(withCutoff(startMs + 60 * dayMs).sentences[0]).toBe(
      'Everything in this report lies before the knowledge cutoff of DeepSeek (2024-03-01): it may remember these prices, and nothing here shows how it does on days it has not seen.',
    )
  })

  test('an unknown cutoff is not taken for a good one', () => {
    const { cutoff, sentences } = withCutoff(null)
    expect(cutoff.unknown).toEqual(['DeepSeek'])
    expect(sentences[0]).toContain('Nobody says how far the training data of DeepSeek reach')
  })
})

test('the JSON document has the figures at its top and every trade in its list', () => {
  const trades = Array.from({ length: 10 }, (_, day) => handMadeTrade(1, day))
  const refusals = [{ by: 'risk', code: 'below_min_confidence', count: 3 }] as const
  const document = reportDocument(reportOf(handMadeRecord({ trades, refusals: [...refusals] }), { rounds }))
  expect(document).toMatchObject({
    equityStart: '1000',
    equityEnd: '1000',
    feesPaid: '0',
    trades: 10,
    winRate: 1,
    profitFactor: null,
    ordersRefused: 3,
    refusals,
  })
  expect(document.tradeList).toHaveLength(10)
})
