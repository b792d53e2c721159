import AxeBuilder from '@axe-core/playwright'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reportPage } from '../../../../../src-main/engine/analysis/report/page/report-page'
import { type Report, reportOf } from '../../../../../src-main/engine/analysis/report/report'
import { tradingRecordOfJournal } from '../../../../../src-main/engine/analysis/report/trading-record-of-journal'
import { chromiumPath, launchChromium, openPage } from '../../../../helpers/chromium'
import { recordedRun } from '../../../../helpers/recorded-run'
import { handMadeRecord, handMadeTrade } from '../hand-made-record'

const patienceMs = 120_000
const hostile = '</style><script>alert(1)</script><img src=x onerror=alert(2)>&"\'\u0000'

let report: Report
beforeAll(async () => {
  const run = await recordedRun({ fromMs: Date.UTC(2021, 4, 1), hours: 61 * 24 })
  const knownModel = () => ({ name: 'rule teacher', knowledgeCutoffMs: Date.UTC(2021, 5, 1) })
  const record = tradingRecordOfJournal(run.events, { knownModel })
  if (!record.ok) throw new Error(record.problem.message)
  report = reportOf(record.value, { rounds: 200 })
}, patienceMs)

describe('the page of a report', () => {
  test('is the same for the same report, and holds no script and no address', () => {
    const page = reportPage(report)
    expect(page).toBe(reportPage(report))
    expect(page).not.toMatch(/<script|href=|src=|url\(|@import|https?:/)
  })

  test('tells what it assumed, that it is paper, and that it is no advice', () => {
    const page = reportPage(report)
    expect(page).toContain('a fee of 10 bps')
    expect(page).toContain('no financial advice')
    expect(page).toContain('paper trading')
  })

  test('lets no word of a record become markup', () => {
    const record = handMadeRecord({
      title: hostile,
      policy: hostile,
      trades: [handMadeTrade(1, 1)],
      refusals: [{ by: 'exchange', code: hostile, count: 1 }],
      models: [
        {
          servedBy: 'qwen',
          name: hostile,
          modelHash: hostile,
          promptVersion: hostile,
          knowledgeCutoffMs: 0,
          decisions: 1,
        },
      ],
      assumptions: { ...handMadeRecord().assumptions, notes: [hostile] },
    })
    const page = reportPage(reportOf(record, { rounds: 20 }))
    expect(page).not.toMatch(/<script|<img/)
    expect(page.match(/<\/style>/g)).toHaveLength(1)
  })

  test('of a run without trades says n/a and why, and still stands', () => {
    const page = reportPage(reportOf(handMadeRecord({}, 3), { rounds: 20 }))
    expect(page).toContain('n/a')
    expect(page).toContain('below 14 this figure would be chance')
    expect(page).not.toMatch(/NaN|Infinity|undefined/)
  })
})

describe.skipIf(chromiumPath === null)('the page in a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium()
  }, patienceMs)
  afterAll(() => browser.close())

  test('keeps its own content policy and asks for nothing', async () => {
    const { page, complaints } = await openPage(browser, patienceMs)
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await page.setContent(reportPage(report))
    expect(await page.evaluate(() => getComputedStyle(document.body).marginTop)).toBe('0px')
    expect(complaints).toEqual([])
    expect(asked).toEqual([])
    await page.context().close()
  })

  test('would run no script even if one got in', async () => {
    const { page } = await openPage(browser, patienceMs)
    await page.setContent(reportPage(report).replace('</main>', '<script>document.title = "broken in"</script></main>'))
    expect(await page.title()).toBe(`${report.record.title}: report`)
    await page.context().close()
  })

  test.each(['light', 'dark'] as const)('has nothing for axe to find in a %s scheme', async (colorScheme) => {
    const page = await (await browser.newContext({ colorScheme })).newPage()
    await page.setContent(reportPage(report))
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
    await page.context().close()
  })

  test.each([1100, 390])('fits a screen of %i pixels: what is wider scrolls by itself', async (width) => {
    const page = await (await browser.newContext({ viewport: { width, height: 800 } })).newPage()
    await page.setContent(reportPage(report))
    const { content, screen } = await page.evaluate(() => ({
      content: document.documentElement.scrollWidth,
      screen: document.documentElement.clientWidth,
    }))
    expect(content).toBeLessThanOrEqual(screen)
    await page.context().close()
  })

  test('every word of a picture lies inside its frame', async () => {
    const page = await browser.newPage({ viewport: { width: 1100, height: 800 } })
    await page.setContent(reportPage(report))
    const outside = await page.evaluate(() =>
      [...document.querySelectorAll('svg')].flatMap((svg) => {
        const frame = svg.getBoundingClientRect()
        return [...svg.querySelectorAll('text')]
          .filter((text) => {
            const box = text.getBoundingClientRect()
            return box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1
          })
          .map((text) => text.textContent)
      }),
    )
    expect(outside).toEqual([])
    await page.close()
  })
})
