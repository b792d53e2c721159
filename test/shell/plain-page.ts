import type { Page } from 'playwright-core'
import { expect } from 'vitest'

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

/** Polls for a while; a page that is being replaced meanwhile counts as one that has not heard yet. */
export async function waitForState(page: Page, state: string): Promise<void> {
  await expect.poll(async () => (await statesOf(page).catch(() => [])).at(-1), { timeout: 15_000 }).toBe(state)
}
