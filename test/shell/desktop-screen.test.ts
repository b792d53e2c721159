import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest'
import { chromiumPath } from '../helpers/chromium'
import type { DesktopApp } from '../helpers/electron-stand-in/desktop-app'
import { closeDesktops } from '../helpers/electron-stand-in/launch-desktop'
import { type ShellStage, stageShell } from '../helpers/shell-stage'
import { desktopTest, eventually } from './plain-page'

const resources = fileURLToPath(new URL('../../resources', import.meta.url))

/** The product as it is built: its own engine, its own screen, the bundled candles, a new data folder. */
describe.skipIf(chromiumPath === null)('the desk in the desktop app', desktopTest, () => {
  let stage: ShellStage
  let app: DesktopApp

  beforeAll(async () => {
    stage = stageShell({ engine: 'built', page: 'built' })
    app = await stage.launch({ QUARTET_RESOURCES: resources })
  }, desktopTest.timeout)
  afterAll(async () => {
    await app?.dispose()
    stage?.remove()
    await closeDesktops()
  }, desktopTest.timeout)

  it('shows its decisions as they are made, and goes on after its engine was killed', async () => {
    const page = await app.page()
    onTestFailed(async () => console.info(app.log(), await page.locator('body').textContent()))
    const refusals: string[] = []
    page.on('console', (message) => {
      if (/Content Security Policy|Error/.test(message.text())) refusals.push(message.text())
    })
    const decisions = page.getByRole('region', { name: 'Decisions' }).getByRole('listitem')
    await eventually(() => decisions.count()).toBeGreaterThan(1)
    expect(await decisions.first().textContent()).toMatch(/(BTC|ETH)\/USDT/)

    const [, engine] = /engine 1 runs as process (\d+)/.exec(app.log()) ?? []
    const lastBefore = await decisions.first().textContent()
    process.kill(Number(engine), 'SIGKILL')
    await eventually(() => page.getByRole('alert').count()).toBe(1)
    await eventually(() => app.log()).toContain('engine 2 runs as process')
    await eventually(() => page.getByRole('alert').count()).toBe(0)
    await eventually(() => decisions.first().textContent()).not.toBe(lastBefore)
    expect(refusals).toEqual([])
  })
})
