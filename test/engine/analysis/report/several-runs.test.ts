import AxeBuilder from '@axe-core/playwright'
import { normalQuantile } from '@shared/rules/normal-distribution'
import { describe, expect, test } from 'vitest'
import { comparisonPage } from '../../../../src-main/engine/analysis/report/page/comparison-page'
import { sweepPage } from '../../../../src-main/engine/analysis/report/page/sweep-page'
import { walkForwardPage } from '../../../../src-main/engine/analysis/report/page/walk-forward-page'
import { reportOf } from '../../../../src-main/engine/analysis/report/report'
import { comparisonSentences } from '../../../../src-main/engine/analysis/report/run-table'
import { expectedBestSharpe, type SweepResult } from '../../../../src-main/engine/analysis/report/sweep'
import { type WalkForwardWindow, walkForwardSummary } from '../../../../src-main/engine/analysis/report/walk-forward'
import { chromiumPath, launchChromium } from '../../../helpers/chromium'
import { dayMs, handMadeRecord, startMs } from './hand-made-record'

const patienceMs = 120_000
const rounds = 20
const yearMs = 365 * dayMs
const growing = handMadeRecord().curve.atMs.map((_, day) => 1000 + day * 10 + (day % 3))
const one = reportOf(
  handMadeRecord({ title: 'one', curve: { ...handMadeRecord().curve, equity: growing }, equityEnd: '1300' }),
  { rounds },
)
const other = reportOf(handMadeRecord({ title: 'other' }), { rounds })

const span = (year: number, netReturn: number): WalkForwardWindow['inSample'] => ({
  fromMs: startMs + year * yearMs,
  toMs: startMs + (year + 1) * yearMs,
  netReturn,
  trades: 12,
  drawdown: 0.1,
})
const windows: readonly WalkForwardWindow[] = [
  { parameters: 'fast 10, slow 30', inSample: span(0, 0.21), outOfSample: span(1, 0.1) },
  { parameters: 'fast 12, slow 40', inSample: span(1, 0.21), outOfSample: span(2, -0.01) },
]

const sets: readonly SweepResult[] = [0.5, 1, -0.2, 0.8, 0.1].map((sharpe, place) => ({
  parameters: { fast: 5 + place, slow: 20 },
  netReturn: sharpe / 10,
  sharpe,
  drawdown: 0.1,
  trades: 30,
  profitFactor: 1 + sharpe,
}))

describe('runs side by side', () => {
  test('runs that differ in more than their policy are not compared in silence', () => {
    const shorter = reportOf(handMadeRecord({ symbols: ['ETH/USDT'], timeframe: '4h', dataHash: 'b' }, 20), { rounds })
    const said = comparisonSentences([one, shorter]).join(' ')
    expect(said).toContain('cover different times')
    expect(said).toContain('trade different symbols')
    expect(said).toContain('candles of different lengths')
    expect(said).toContain('not made from the same data')
    expect(comparisonSentences([one, other]).join(' ')).not.toContain('different')
  })

  test('choosing the best of several is said to flatter', () => {
    expect(comparisonSentences([one, other]).join(' ')).toContain('The best of 2 runs looks better than it is')
  })
})

describe('walk-forward', () => {
  test('returns compound, and efficiency is annual growth out of sample over that in sample', () => {
    const summary = walkForwardSummary(windows)
    expect(summary).toMatchObject({ windows: 2, profitable: 1 })
    expect(summary.outOfSampleReturn).toBeCloseTo(1.1 * 0.99 - 1, 12)
    expect(summary.inSampleGrowth).toBeCloseTo(0.21, 12)
    expect(summary.outOfSampleGrowth).toBeCloseTo(Math.sqrt(1.1 * 0.99) - 1, 12)
    expect(summary.efficiency).toBeCloseTo((Math.sqrt(1.1 * 0.99) - 1) / 0.21, 12)
  })

  test('where the choice lost money in sample, there is no efficiency to speak of', () => {
    const losing = windows.map((window) => ({ ...window, inSample: { ...window.inSample, netReturn: -0.1 } }))
    expect(walkForwardSummary(losing).efficiency).toBeNull()
    expect(walkForwardSummary([]).efficiency).toBeNull()
  })
})

describe('a sweep', () => {
  test('normal quantiles are those of scipy.stats.norm.ppf', () => {
    expect([0.5, 0.975, 0.001, 0.9999].map((share) => normalQuantile(share))).toEqual(
      [0, 1.959963984540054, -3.090232306167813, 3.719016485455709].map((value) => expect.closeTo(value, 7)),
    )
  })

  test('tells the Sharpe that the best of as many lucky tries would show', () => {
    // numpy and scipy: s.std(ddof=1) * ((1 - g) * norm.ppf(1 - 1/5) + g * norm.ppf(1 - 1/(5 e)))
    expect(expectedBestSharpe([0.5, 1, -0.2, 0.8, 0.1])).toBeCloseTo(0.5878895726710253, 7)
    expect(expectedBestSharpe([1])).toBeNull()
  })
})

describe('pages of several runs', () => {
  const wordy = {
    ...other,
    record: { ...other.record, title: 'a policy with a very long name that goes on and on and on' },
  }
  const pages = [
    comparisonPage([one, other, wordy, wordy, wordy]),
    walkForwardPage(windows, one),
    sweepPage('EMA cross', sets),
  ]

  test('hold every run, window and set, and nothing from elsewhere', () => {
    const [comparison = '', walkForward = '', sweep = ''] = pages
    expect(comparison).toContain('other')
    expect(walkForward).toContain('fast 12, slow 40')
    expect(sweep.indexOf('>6<')).toBeGreaterThan(0)
    expect(sweep).toContain('the best would show about 0.59')
    for (const page of pages) expect(page).not.toMatch(/<script|href=|src=|url\(|https?:|NaN|Infinity|undefined/)
  })

  test.skipIf(chromiumPath === null)(
    'keep every word of a picture inside its frame, however long the names of the runs are',
    async () => {
      const browser = await launchChromium()
      const page = await browser.newPage({ viewport: { width: 1100, height: 800 } })
      await page.setContent(pages[0] ?? '')
      const outside = await page.evaluate(() =>
        [...document.querySelectorAll('svg')].flatMap((svg) => {
          const frame = svg.getBoundingClientRect()
          const words = [...svg.querySelectorAll('text')]
          return words
            .filter((text) => text.getBoundingClientRect().right > frame.right + 1)
            .map((text) => text.textContent)
        }),
      )
      await browser.close()
      expect(outside).toEqual([])
    },
    patienceMs,
  )

  test.skipIf(chromiumPath === null)(
    'leave axe nothing to find',
    async () => {
      const browser = await launchChromium()
      const found: string[] = []
      for (const content of pages) {
        const page = await (await browser.newContext()).newPage()
        await page.setContent(content)
        const { violations } = await new AxeBuilder({ page }).analyze()
        found.push(...violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`))
      }
      await browser.close()
      expect(found).toEqual([])
    },
    patienceMs,
  )
})
