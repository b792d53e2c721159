import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** How long a test waits for what must come; a busy machine only makes it wait, not fail. */
const PATIENCE_MS = 90_000
/** The same for a whole test that starts a browser and several processes. */
export const desktopTest = { timeout: 300_000 } as const

/** An expectation about what comes true sooner or later. */
export function eventually<Seen>(look: () => Seen | Promise<Seen>) {
  return expect.poll(look, { timeout: PATIENCE_MS })
}

/** Every engine state that the plain page has heard over the bridge. */
export async function statesOf(page: Page): Promise<string[]> {
  return page.evaluate(() => Reflect.get(globalThis, 'states') ?? [])
}

/** Every text that it has heard. */
export async function textsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => Reflect.get(globalThis, 'texts') ?? [])
}

export async function sayToEngine(page: Page, text: string): Promise<void> {
  await page.evaluate((said) => window.quartet?.send(said), text)
}

/** A page that is being replaced meanwhile counts as one that has not heard yet. */
export async function waitForState(page: Page, state: string): Promise<void> {
  await eventually(async () => (await statesOf(page).catch(() => [])).at(-1)).toBe(state)
}
