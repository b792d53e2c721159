import AxeBuilder from '@axe-core/playwright'
import type { DeskSnapshot } from '@shared/contract/desk-calls'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type BuiltScreen, buildScreen } from '../helpers/built-screen'
import { chromiumPath, launchChromium, openPage } from '../helpers/chromium'
import { type ScriptedDesk, startScriptedDesk } from '../helpers/scripted-desk'
import { tellStory } from '../helpers/scripted-story'

/** The built screen in a real Chromium, under a strict content policy, with a scripted desk at the other end. */
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })
/** For a machine that has much else to do. */
const patience = { timeout: 120_000 }

let screen: BuiltScreen
let browser: Browser
let page: Page
let desk: ScriptedDesk
let complaints: string[]

/** Opens the screen of a desk that has decided this often. Each desk has its own port, so nothing is remembered. */
async function openDesk(decisions = 20, size = { width: 1440, height: 900 }): Promise<void> {
  const story = tellStory()
  for (let step = 0; step < decisions; step += 1) story.next()
  desk = await startScriptedDesk(screen.folder, story)
  await page.setViewportSize(size)
  await page.goto(desk.url)
  await page.getByRole('region', { name: 'Account' }).waitFor()
}

const feed = (): Locator => page.getByRole('list', { name: 'Decisions' }).locator('> li')

describe.skipIf(chromiumPath === null)('the screen', () => {
  beforeAll(async () => {
    screen = await buildScreen()
    browser = await launchChromium()
    ;({ page, complaints } = await openPage(browser, patience.timeout))
  })

  afterAll(async () => {
    await browser?.close()
    screen?.remove()
  })

  afterEach(async () => {
    await page.goto('about:blank')
    await desk.close()
    complaints.length = 0
  })

  test('shows each decision with its route, model, probabilities and rationale, and what became of it', async () => {
    await openDesk(0)
    desk.push(
      desk.story.next({
        action: 'buy',
        confidence: 0.91,
        probabilities: { buy: 0.91, sell: 0.02, hold: 0.07 },
        routedTo: 'qwen',
        servedBy: 'starter',
        routeReason: 'volatility rank 0.91 is above 0.8',
        rationale: 'The trend is up and RSI is at 61.',
      }),
    )
    const row = feed().first()
    await row.waitFor()
    const text = await textOf(row)
    for (const part of ['BTC/USDT', 'BUY', '91%', 'qwen, served by starter', 'volatility rank 0.91 is above 0.8']) {
      expect(text).toContain(part)
    }
    expect(text).toContain('The trend is up and RSI is at 61.')
    expect(text).toContain('ordered')
    expect(await textOf(row.getByRole('list', { name: 'Probabilities' }))).toMatch(/Buy\s+91%\s+Sell\s+2%\s+Hold\s+7%/)
    expect(await textOf(page.getByRole('region', { name: 'Decisions' }))).toContain('never say how likely a profit is')

    await row.getByRole('button').click()
    const detail = await textOf(row)
    for (const part of ['Order accepted', 'no model file is installed for deepseek', 'RSI 14', 'Q8_0', 'b7000']) {
      expect(detail).toContain(part)
    }
    for (const push of [desk.story.next(), desk.story.next()]) desk.push(push)
    await row.getByText('Filled: buy').waitFor()
    expect(complaints).toEqual([])
  })

  test('shows what a model wrote as text, whatever it wrote', async () => {
    await openDesk(0)
    const hostile = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>\u202Egnipeek\u202C \u0600${'long '.repeat(2_000)}end`
    desk.push(desk.story.next({ rationale: hostile, routeReason: '<b>bold</b>' }))
    await feed().first().getByRole('button').click()
    const shown = await feed().first().locator('bdi', { hasText: '<img src=x' }).textContent()
    expect(shown).toBe(hostile)
    expect(await feed().first().locator('img, script, b').count()).toBe(0)
    expect(await page.title()).toBe('Quartet, paper desk')
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(sideways).toBeLessThanOrEqual(0)
    expect(complaints).toEqual([])
  })

  test('shows headlines as text, with who read them, and nothing but their switch while they are off', async () => {
    await openDesk(1)
    expect(await page.getByRole('list', { name: 'Headlines' }).count()).toBe(0)
    const newsSwitch = page.getByRole('switch', { name: 'News in live runs' })
    expect(await newsSwitch.getAttribute('aria-checked')).toBe('false')
    await newsSwitch.click()
    await page.getByText('from the next start of the desk on.').waitFor()
    expect(await newsSwitch.getAttribute('aria-checked')).toBe('true')
    expect(desk.calls).toContain('switchNews')
    const title = '<img src=x onerror="document.title=1"> Bitcoin up'
    desk.tellNews({
      enabled: true,
      feeds: [
        { url: 'https://a.example/', title: null, askedAtMs: 1, problem: { code: 'x', message: 'a.example fails' } },
      ],
      headlines: [
        {
          headlineId: 'h',
          title,
          source: '<b>Wire</b>',
          link: null,
          publishedAtMs: null,
          knownAtMs: 0,
          scorer: 'lexicon',
          score: -0.25,
        },
      ],
    })
    await page.reload()
    const panel = page.getByRole('region', { name: 'News' })
    await panel.getByRole('list', { name: 'Headlines' }).waitFor()
    const shown = await textOf(panel)
    for (const part of [title, '<b>Wire</b>', '\u22120.25', 'word list', 'a.example fails'])
      expect(shown).toContain(part)
    expect(await panel.locator('img, b').count()).toBe(0)
    const { violations } = await new AxeBuilder({ page }).include('[aria-label="Headlines"]').analyze()
    expect(violations).toEqual([])
    expect(complaints).toEqual([])
  })

  test('says how the live market is heard, and since when', async () => {
    await openDesk(1)
    expect(await page.getByRole('status', { name: 'Market feed' }).count()).toBe(0)
    const tell = (feed: DeskSnapshot['feed']): void => {
      const push = desk.story.next()
      desk.push({ ...push, snapshot: { ...push.snapshot, feed } })
    }
    const sinceMs = Date.UTC(2023, 3, 26, 19, 4)
    tell({ state: 'sound', sinceMs, reason: '', lateSymbols: [] })
    const mark = page.getByRole('status', { name: 'Market feed' })
    await mark.getByText('Market sound').waitFor()
    expect(await textOf(mark)).toContain('since 19:04')
    expect(await page.getByRole('alert').count()).toBe(0)
    tell({ state: 'late', sinceMs, reason: 'Nothing new of <b>BTC</b>.', lateSymbols: ['BTC/USDT'] })
    await mark.getByText('Market late').waitFor()
    expect(await textOf(page.getByRole('alert'))).toBe(
      'The market has been late since 2023-04-26 19:04 UTC: Nothing new of <b>BTC</b>.',
    )
    expect(await faults()).toEqual([])
    tell({ state: 'lost', sinceMs, reason: 'The exchange is silent.', lateSymbols: [] })
    await mark.getByText('Market lost').waitFor()
    tell({ state: 'sound', sinceMs, reason: '', lateSymbols: [] })
    await page.getByRole('alert').waitFor({ state: 'hidden' })
    expect(complaints).toEqual([])
  })

  test('pauses and resumes the desk with a button or with P, and shows what the engine answered', async () => {
    await openDesk()
    const state = page.getByRole('status', { name: 'Desk state' })
    await page.getByRole('button', { name: 'Pause' }).click()
    await state.getByText('Paused by the user.').waitFor()
    await page.getByRole('button', { name: 'Resume' }).waitFor()
    await page.keyboard.press('p')
    await page.getByRole('button', { name: 'Pause' }).waitFor()
    expect(desk.calls.filter((name) => name === 'pause' || name === 'resume')).toEqual(['pause', 'resume'])
    expect(await page.getByText('PAPER', { exact: true }).isVisible()).toBe(true)
  })

  test('shows what holds entries back and until when, and how much of each limit is used', async () => {
    await openDesk()
    await page.getByRole('tab', { name: 'Risk (1 held back)' }).click()
    const panel = page.getByRole('tabpanel')
    const held = await textOf(panel.getByRole('list', { name: 'Protections in force' }))
    expect(held).toMatch(/Rest after a close, ETH\/USDT until \d{4}-\d{2}-\d{2} \d{2}:00 UTC/)
    expect(held).toContain('rests for 4 hours')
    const shown = await textOf(panel)
    for (const part of [
      'Loss today',
      '1.21% of 5.00%',
      'Losses in a row',
      '2 of 4',
      'Orders in 1 min',
      '1, no limit',
    ]) {
      expect(shown).toContain(part)
    }
    expect(shown).toContain('The kill switch closes every position.')
    expect(complaints).toEqual([])
  })

  test('places an order by hand with the keyboard, says why one is refused, and takes an open one back', async () => {
    await openDesk()
    await page.keyboard.press('o')
    const dialog = page.getByRole('dialog', { name: 'New order, on paper' })
    await dialog.waitFor()
    const { violations } = await new AxeBuilder({ page }).include('dialog').analyze()
    expect(violations).toEqual([])
    await dialog.getByLabel('Kind').selectOption('Limit')
    await dialog.getByLabel('Quantity').fill('13')
    await dialog.getByRole('button', { name: 'Place order' }).click()
    await dialog.getByText('Limit price must be a number').waitFor()
    await dialog.getByLabel('Limit price').fill('43000.10')
    await page.keyboard.press('Enter')
    await dialog.getByText('-1013 Filter failure: LOT_SIZE').waitFor()
    await dialog.getByLabel('Quantity').fill('0.5')
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'hidden' })
    await page.getByText(/Accepted: buy 0.5/).waitFor()
    expect(desk.tickets.map(({ type, qtyBase, priceQuote }) => [type, qtyBase, priceQuote])).toEqual([
      ['limit', '13', '43000.10'],
      ['limit', '0.5', '43000.10'],
    ])
    expect(new Set(desk.tickets.map(({ clientOrderId }) => clientOrderId)).size).toBe(2)

    desk.push(desk.story.next({ action: 'buy', confidence: 0.9 }))
    await page.getByRole('tab', { name: /Orders/ }).click()
    const open = desk.story.snapshot().account.openOrders
    expect(open.length).toBeGreaterThan(0)
    await page.getByRole('button', { name: 'Cancel the order to buy' }).first().click()
    await page.getByText('The order is off the books.').waitFor()
    expect(open.map(({ orderId }) => orderId)).toContain(desk.cancelled[0])
    expect(complaints).toEqual([])
  })

  test('the kill switch takes a second, deliberate step', async () => {
    await openDesk()
    await page.keyboard.press('k')
    const dialog = page.getByRole('dialog', { name: 'Stop everything?' })
    await dialog.waitFor()
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'hidden' })
    expect(desk.calls).not.toContain('kill')

    await page.keyboard.press('k')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('status', { name: 'Desk state' }).getByText('Halted').waitFor()
    expect(desk.calls.filter((name) => name === 'kill')).toEqual(['kill'])
  })

  test('shows why the engine refused the kill switch', async () => {
    await openDesk()
    desk.refuseCommands('The ledger is read-only.')
    await page.getByRole('button', { name: 'Kill switch' }).click()
    await page.getByRole('button', { name: 'Stop everything' }).click()
    await page.getByRole('alert').getByText('The ledger is read-only.').waitFor()
    expect(await textOf(page.getByRole('status', { name: 'Desk state' }))).toContain('Active')
  })

  test('comes back by itself after the engine was gone, with nothing missing', async () => {
    await openDesk(4)
    desk.drop()
    await page.getByRole('alert').getByText('The engine does not answer.').waitFor()
    expect(await feed().count()).toBe(4)
    for (let step = 0; step < 3; step += 1) desk.story.next()
    desk.accept()
    await page.getByRole('alert').waitFor({ state: 'hidden' })
    await expect.poll(() => feed().count(), patience).toBe(7)
    expect(await textOf(page.getByRole('status', { name: 'Connection' }))).toBe('Connected')
  })

  test('says what to do when the desk cannot be reached, and opens once it can', async () => {
    await openDesk()
    desk.drop()
    await page.reload()
    await page.getByRole('heading', { name: 'The desk cannot be opened' }).waitFor()
    expect(await textOf(page.getByRole('alert'))).toContain('npm start')
    desk.accept()
    await page.getByRole('button', { name: 'Try now' }).click()
    await page.getByRole('region', { name: 'Account' }).waitFor()
  })

  test('keeps the zoom and the place of the chart when candles come in', async () => {
    await openDesk(20)
    const view = page.locator('[data-chart-view]')
    await view.getByText('120 of 310').waitFor()
    await page.keyboard.press('+')
    await page.keyboard.press('+')
    await page.keyboard.press('+')
    // Two presses leave 74 candles, the third one 58.
    await expect.poll(async () => shownBars(await textOf(view)), patience).toBeLessThan(65)
    const zoomed = shownBars(await textOf(view))
    for (let step = 0; step < 40; step += 1) desk.push(desk.story.next())
    await view.getByText('of 330').waitFor()
    expect(shownBars(await textOf(view))).toBe(zoomed)
  })

  test('walks decisions, symbols and the clock by keyboard, and lists its keys', async () => {
    await openDesk()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    expect(await feed().nth(1).getByRole('button').first().getAttribute('aria-expanded')).toBe('true')
    await page.keyboard.press(']')
    await page.getByRole('img', { name: 'Candles of ETH/USDT' }).waitFor()
    await page.keyboard.press('u')
    await page.getByRole('button', { name: /Market time .* local/ }).waitFor()
    await page.keyboard.press('?')
    const list = page.getByRole('dialog', { name: 'Keyboard' })
    expect(await textOf(list)).toContain('Kill switch')
    await page.keyboard.press('Escape')
    await list.waitFor({ state: 'hidden' })
  })

  test('stands still under the eyes of a reader and counts what is new', async () => {
    await openDesk()
    await feed().nth(2).getByRole('button').click()
    const read = await textOf(feed().nth(2))
    for (let step = 0; step < 5; step += 1) desk.push(desk.story.next())
    await page.getByRole('button', { name: '5 new' }).waitFor()
    expect(await textOf(feed().nth(2))).toBe(read)
    await page.getByRole('button', { name: '5 new' }).click()
    await expect.poll(() => textOf(feed().nth(7)), patience).toContain(read.slice(0, 30))
  })

  test.each([
    { width: 1440, height: 900 },
    { width: 1024, height: 700 },
  ])('has no accessibility faults and nothing cut off at $width x $height', async (size) => {
    await openDesk(40, size)
    await feed().nth(1).getByRole('button').click()
    expect(await faults()).toEqual([])
    await page.getByRole('tab', { name: /Risk/ }).click()
    expect(await faults()).toEqual([])
    await page.getByRole('tab', { name: 'Activity' }).click()
    expect(await faults()).toEqual([])
    await page.keyboard.press('k')
    expect(await faults()).toEqual([])
    const overflow = await page.evaluate(() => ({
      x: document.documentElement.scrollWidth - window.innerWidth,
      y: document.documentElement.scrollHeight - window.innerHeight,
    }))
    expect(overflow).toEqual({ x: 0, y: 0 })
  })
})

/** As a reader sees it, with its line breaks. */
async function textOf(locator: Locator): Promise<string> {
  return (await locator.allInnerTexts()).join('\n')
}

function shownBars(text: string): number {
  return Number(text.split(' ')[0])
}

async function faults(): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 120)}`))
}
