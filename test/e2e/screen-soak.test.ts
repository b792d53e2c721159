import type { Browser, CDPSession } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BuiltScreen, buildScreen } from '../helpers/built-screen'
import { chromiumPath, launchChromium } from '../helpers/chromium'
import { type ScriptedDesk, startScriptedDesk } from '../helpers/scripted-desk'

/** More pushes than any list of the screen holds, so that every bound is reached before the first measurement. */
const PUSHES_BEFORE = 2_000
const PUSHES_BETWEEN = 3_000
const BURST = 50
/** The heap may breathe; a list without a bound would need some 4 kB a push, 12 MB in all. */
const MOST_GROWTH_BYTES = 4 * 1024 * 1024
/** Forty rows of the feed, the tables and the chart; measured at 1,770. */
const MOST_ELEMENTS = 3_000

describe.skipIf(chromiumPath === null)('a screen that is open for long', () => {
  let screen: BuiltScreen
  let browser: Browser

  beforeAll(async () => {
    screen = await buildScreen()
    browser = await launchChromium()
  }, 180_000)

  afterAll(async () => {
    await browser?.close()
    screen?.remove()
  })

  test('needs no more memory and no more elements after 5,000 pushes than after 2,000', async () => {
    const desk = await startScriptedDesk(screen.folder)
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    page.setDefaultTimeout(180_000)
    try {
      await page.goto(desk.url)
      await page.getByRole('region', { name: 'Account' }).waitFor()
      const inspector = await page.context().newCDPSession(page)
      const caughtUp = () => page.getByRole('button', { name: marketTimeOf(desk) }).waitFor()

      await pushInBursts(desk, PUSHES_BEFORE)
      await caughtUp()
      const before = await heapBytes(inspector)
      await pushInBursts(desk, PUSHES_BETWEEN)
      await caughtUp()
      const after = await heapBytes(inspector)

      expect(await page.evaluate(() => document.querySelectorAll('*').length)).toBeLessThan(MOST_ELEMENTS)
      expect(after - before).toBeLessThan(MOST_GROWTH_BYTES)
    } finally {
      await page.close()
      await desk.close()
    }
  }, 600_000)
})

/** As the top bar shows it once the last push was folded. */
function marketTimeOf(desk: ScriptedDesk): string {
  const timeMs = desk.story.snapshot().marketTimeMs
  if (timeMs === null) throw new Error('The story has no market time yet')
  return `${new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

async function pushInBursts(desk: ScriptedDesk, pushes: number): Promise<void> {
  for (let pushed = 0; pushed < pushes; pushed += BURST) {
    for (let step = 0; step < BURST; step += 1) desk.push(desk.story.next())
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** What is really in use: garbage is collected first. */
async function heapBytes(inspector: CDPSession): Promise<number> {
  await inspector.send('HeapProfiler.enable')
  await inspector.send('HeapProfiler.collectGarbage')
  const { usedSize } = await inspector.send('Runtime.getHeapUsage')
  return usedSize
}
