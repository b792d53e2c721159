import { type ReliabilityBin, reliabilityBins } from '@shared/rules/reliability'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type EvaluationFigure, evaluationFigure } from '../../../../src-main/engine/analysis/plot/evaluation-figure'
import { element, escaped } from '../../../../src-main/engine/analysis/plot/svg'
import { chromiumPath, launchChromium } from '../../../helpers/chromium'

const hostile = '<script>alert(1)</script>&"\'\u0000\u001b[31m\ud800\uffff'

const bins: readonly ReliabilityBin[] = reliabilityBins([
  ...Array.from({ length: 40 }, (_, index) => ({ confidence: 0.95, right: index % 2 === 0 })),
  ...Array.from({ length: 3 }, () => ({ confidence: 0.15, right: true })),
])

const figure: EvaluationFigure = {
  title: `Decisions ${hostile}`,
  subtitle: hostile,
  diagrams: [
    { title: 'after 1h', caption: hostile, bins },
    { title: 'after 4h', caption: 'ECE n/a', bins: null },
  ],
  tables: [
    [
      ['name', 'figure'],
      [hostile, '0.5'],
    ],
    [],
  ],
  notes: [`${hostile} ${'a note of many words '.repeat(20)}`],
}

describe('a figure', () => {
  test('lets no word from a file become markup, and drops what XML cannot hold', () => {
    expect(escaped(hostile)).toBe('&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;[31m')
    expect(element('rect', { class: '"><script>' })).toBe('<rect class="&quot;&gt;&lt;script&gt;"/>')
    expect(evaluationFigure(figure)).not.toContain('<script')
  })

  test('is the same for the same figures', () => {
    expect(evaluationFigure(figure)).toBe(evaluationFigure(figure))
  })

  test('needs nothing from anywhere else', () => {
    expect(evaluationFigure(figure)).not.toMatch(/href|url\(|@import|https?:(?!\/\/www\.w3\.org\/2000\/svg)/)
  })
})

describe.skipIf(chromiumPath === null)('a figure in a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser.close())

  test('is sound XML with a dot for every bin that has answers, inside its own frame', async () => {
    const page = await browser.newPage()
    await page.setContent('<body></body>')
    const drawn = await page.evaluate((svg) => {
      const root = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement
      document.body.append(document.adoptNode(root))
      const frame = root.getBoundingClientRect()
      const texts = [...root.querySelectorAll('text')]
      return {
        name: root.tagName,
        dots: root.querySelectorAll('circle.dot').length,
        fewAnswers: root.querySelectorAll('circle.few').length,
        told: texts.filter((text) => text.textContent === 'too few cases').length,
        outside: texts
          .filter((text) => {
            const box = text.getBoundingClientRect()
            return box.left < frame.left || box.right > frame.right || box.bottom > frame.bottom
          })
          .map((text) => text.textContent),
      }
    }, evaluationFigure(figure))
    expect(drawn).toEqual({ name: 'svg', dots: 1, fewAnswers: 1, told: 1, outside: [] })
    await page.close()
  })

  test.each(['light', 'dark'] as const)('is readable in a %s scheme', async (colorScheme) => {
    const page = await browser.newPage({ colorScheme })
    await page.setContent(evaluationFigure(figure))
    const [paper, ink] = await page.evaluate(() =>
      ['.paper', '.title'].map((part) => {
        const drawn = document.querySelector(`svg ${part}`)
        return drawn === null ? '' : getComputedStyle(drawn).fill
      }),
    )
    expect([paper, ink]).toEqual(
      colorScheme === 'light' ? ['rgb(255, 255, 255)', 'rgb(31, 35, 40)'] : ['rgb(13, 17, 23)', 'rgb(240, 246, 252)'],
    )
    await page.close()
  })
})
