/** The Chromium of the browser tests: the system's, with a fresh profile for every launch. */
import { type Browser, chromium, type Page } from 'playwright-core'
import { chromiumAdvice, findChromium } from '../../scripts/chromium.mjs'

/**
 * No sandbox: in containers Chromium has none to use, and these pages are our own. No QUIC and no background traffic: a
 * test talks to the loopback address alone.
 */
export const chromiumFlags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The path of a Chromium, or null with the reason printed: use it in `describe.skipIf(chromiumPath === null)`. */
export const chromiumPath: string | null = findChromium()

if (chromiumPath === null) console.warn(`Browser tests are skipped: no Chromium was found. ${chromiumAdvice}`)

/** Starts a Chromium with a fresh profile, which is removed when it closes. */
export async function launchChromium(extraFlags: readonly string[] = []): Promise<Browser> {
  if (chromiumPath === null) throw new Error(`No Chromium was found. ${chromiumAdvice}`)
  return chromium.launch({ executablePath: chromiumPath, args: [...chromiumFlags, ...extraFlags] })
}

/** A page of its own session, with all that it complains about: errors, refused resources, breaches of its policy. */
export async function openPage(browser: Browser, timeoutMs: number): Promise<{ page: Page; complaints: string[] }> {
  const page = await (await browser.newContext()).newPage()
  page.setDefaultTimeout(timeoutMs)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  return { page, complaints }
}
