import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { chromiumPath } from '../helpers/chromium'
import type { DesktopApp } from '../helpers/electron-stand-in/desktop-app'
import { closeDesktops } from '../helpers/electron-stand-in/launch-desktop'
import { type ShellStage, stageShell } from '../helpers/shell-stage'
import { desktopTest, eventually, sayToEngine, textsOf, waitForState } from './plain-page'

describe.skipIf(chromiumPath === null)('the desktop app', desktopTest, () => {
  let stage: ShellStage
  const apps: DesktopApp[] = []

  beforeEach(() => {
    stage = stageShell({ engine: 'scripted', page: 'plain' })
  })
  afterAll(closeDesktops, desktopTest.timeout)
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.dispose()
    stage.remove()
  }, desktopTest.timeout)

  async function launch(env?: Readonly<Record<string, string>>): Promise<DesktopApp> {
    const app = await stage.launch(env)
    apps.push(app)
    return app
  }

  it('shows one window, and carries text between its page and the engine', async () => {
    const app = await launch()
    const page = await app.page()
    await waitForState(page, 'ready')
    await sayToEngine(page, 'good morning')
    await eventually(() => textsOf(page)).toEqual(['engine 1 heard good morning from window-1'])
    expect(await app.windows()).toMatchObject([{ visible: true }])
    expect(app.pageCount()).toBe(1)
  })

  it('shows its page while the engine cannot even be started, and says why', async () => {
    const app = await launch({ QUARTET_NODE: '/nowhere/node' })
    const page = await app.page()
    await waitForState(page, 'stopped')
    expect(await page.textContent('p')).toBe('plain page')
    const [box] = await app.boxes()
    expect(box?.message).toBe('The engine stopped. Restart it?')
    expect(box?.detail).toContain('/nowhere/node')
  })

  it('brings its window to the front when it is started a second time, and the second one ends', async () => {
    const app = await launch()
    await waitForState(await app.page(), 'ready')
    await app.loseFocus()
    const second = await launch()
    expect(await second.exit).toBe(0)
    await eventually(() => app.windows()).toMatchObject([{ focused: true, minimized: false }])
    expect(stage.enginePids()).toHaveLength(1)
  })

  it('ends with its window, and opens it again where it was left', async () => {
    const first = await launch()
    await waitForState(await first.page(), 'ready')
    const [before] = await first.windows()
    await first.closeWindow()
    expect(await first.exit).toBe(0)
    expect(stage.engineLog()).toContain('stop')

    const again = await launch()
    await again.page()
    expect((await again.windows())[0]?.bounds).toEqual(before?.bounds)
  })

  it('loads a crashed page again once, as a new client, and then asks', async () => {
    const app = await launch()
    await waitForState(await app.page(), 'ready')
    await app.crashPage()
    await eventually(async () => stage.engineLog().includes('open window-2')).toBe(true)
    await waitForState(await app.page(), 'ready')
    expect(stage.engineLog()).toContain('close window-1')
    expect(await app.boxes()).toEqual([])

    await app.crashPage()
    await eventually(() => app.boxes()).toMatchObject([{ message: expect.stringContaining('twice in a row') }])
    expect(stage.enginePids()).toHaveLength(1)
  })
})
