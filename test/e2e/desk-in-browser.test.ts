import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { chromiumPath, launchChromium, openPage } from '../helpers/chromium'
import { dataFolder } from '../helpers/quartet'
import { type ServedDesk, serveDesk } from '../helpers/served-desk'

/** The whole program: what `npm start` serves, opened in a real Chromium at the address that it prints. */
vi.setConfig({ testTimeout: 120_000 })
const patience = { timeout: 60_000 }

describe.skipIf(chromiumPath === null)('the desk in a browser', () => {
  const folder = dataFolder()
  let complaints: string[]
  let served: ServedDesk
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    served = await serveDesk(folder.home)
    browser = await launchChromium()
    ;({ page, complaints } = await openPage(browser, patience.timeout))
  })

  afterAll(async () => {
    await browser?.close()
    served?.desk.child.kill('SIGKILL')
    await served?.desk.ended
    folder.remove()
  })

  test('shows the decisions that the models make of the recorded market, and keeps the token out of the address', async () => {
    await page.goto(served.address.href)
    expect(page.url()).toBe(`${served.address.origin}/`)
    const decisions = page.getByRole('list', { name: 'Decisions' }).locator('> li')
    await decisions.nth(1).waitFor()
    const before = await decisions.count()
    await expect.poll(() => decisions.count(), patience).toBeGreaterThan(before)
    expect(await decisions.first().textContent()).toContain('served by starter')
    expect(complaints).toEqual([])
  })

  test('says what the models run on, with its memory, and what is installed', async () => {
    await page.getByRole('button', { name: 'Manage' }).click()
    const machine = page.getByRole('region', { name: 'Machine', exact: true })
    await machine.getByText('Runs on').waitFor()
    const text = (await machine.textContent()) ?? ''
    expect(text).toMatch(/Runs on(CPU: .+, \d+ cores|GPU \(\w+\): .+)/)
    expect(text).toMatch(/Memory[\d.]+ GiB used, [\d.]+ GiB free of [\d.]+ GiB/)
    const seat = page.getByRole('region', { name: 'Qwen2.5-Coder-7B' })
    expect(await seat.getByLabel('Model of this seat').inputValue()).toBe('')
    const facts = (await seat.getByRole('article', { name: 'Qwen2.5-Coder-7B-Instruct' }).textContent()) ?? ''
    for (const part of ['4.68 GB, Q4_K_M', '8,192 of 32,768 tokens', 'up to 8 questions', 'Apache-2.0']) {
      expect(facts).toContain(part)
    }
    await page.keyboard.press('m')
    await machine.waitFor({ state: 'hidden' })
    expect(complaints).toEqual([])
  })

  test('pauses the desk for everybody who asks for its state', async () => {
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('button', { name: 'Resume' }).waitFor()
    const status = await (await fetch(new URL('/status', served.address))).json()
    expect(status).toMatchObject({ state: 'reduce_only' })
  })

  test('a page of another site reaches neither the API nor the channel, although the browser has the cookie', async () => {
    const foreign = createServer((_, response) => response.end('<!doctype html><title>Elsewhere</title>'))
    await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve))
    try {
      await page.goto(`http://127.0.0.1:${portOf(foreign.address())}/`)
      const reached = await page.evaluate(async (desk) => {
        const sent = { method: 'POST', credentials: 'include', body: '{"symbol":"BTC/USDT","context":{}}' } as const
        const json = { ...sent, headers: { 'content-type': 'application/json' } }
        const channel = new WebSocket(`${desk.replace('http', 'ws')}/desk`)
        return Promise.all([
          fetch(`${desk}/decide`, json).then(
            () => 'answered',
            () => 'refused',
          ),
          fetch(`${desk}/status`, { credentials: 'include' }).then(
            () => 'answered',
            () => 'refused',
          ),
          new Promise<string>((resolve) => {
            channel.onopen = () => resolve('answered')
            channel.onerror = () => resolve('refused')
          }),
        ])
      }, served.address.origin)
      expect(reached).toEqual(['refused', 'refused', 'refused'])
    } finally {
      foreign.closeAllConnections()
      foreign.close()
    }
  })
})

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('The other site listens on no port')
  return address.port
}
