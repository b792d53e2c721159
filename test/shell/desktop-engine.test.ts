import process from 'node:process'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { chromiumPath } from '../helpers/chromium'
import type { DesktopApp } from '../helpers/electron-stand-in/desktop-app'
import { closeDesktops } from '../helpers/electron-stand-in/launch-desktop'
import { isAlive } from '../helpers/processes'
import { type ShellStage, stageShell } from '../helpers/shell-stage'
import { desktopTest, eventually, sayToEngine, statesOf, textsOf, waitForState } from './plain-page'

const RESTART_BUTTON = 0
const QUIT_BUTTON = 2

describe.skipIf(chromiumPath === null)('the desktop app and its engine', desktopTest, () => {
  let stage: ShellStage
  let app: DesktopApp | null = null

  beforeEach(() => {
    stage = stageShell({ engine: 'scripted', page: 'plain' })
  })
  afterAll(closeDesktops, desktopTest.timeout)
  afterEach(async () => {
    await app?.dispose()
    app = null
    stage.remove()
  }, desktopTest.timeout)

  async function launch(script = ''): Promise<DesktopApp> {
    app = await stage.launch({ QUARTET_TEST_SCRIPT: script, SECRET_OF_ANOTHER_PROGRAM: 'x' })
    return app
  }

  /** Waits until so many engines have run, and answers the process id of the last. */
  async function engineNumber(count: number): Promise<number> {
    await eventually(() => stage.enginePids().length).toBe(count)
    return stage.enginePids().at(-1) ?? 0
  }

  it('gives its engine a minimal environment, and follows its death with a new one that hears the page', async () => {
    const page = await (await launch()).page()
    await waitForState(page, 'ready')
    const [environment] = stage.engineLog().filter((line) => line.startsWith('environment '))
    expect(environment).toMatch(/QUARTET_ENGINE_GENERATION,QUARTET_HOME,QUARTET_NODE/)
    expect(environment).not.toMatch(/SECRET|NODE_OPTIONS|ELECTRON/)

    process.kill(await engineNumber(1), 'SIGKILL')
    await engineNumber(2)
    await waitForState(page, 'ready')
    expect(await statesOf(page)).toEqual(expect.arrayContaining(['ready', 'restarting', 'ready']))
    await sayToEngine(page, 'are you back?')
    await eventually(() => textsOf(page)).toEqual(['engine 2 heard are you back? from window-1'])
  })

  it('gives up after three falls in a row, and starts again only when the user says so', async () => {
    const running = await launch()
    const page = await running.page()
    for (const count of [1, 2, 3]) {
      const pid = await engineNumber(count)
      await waitForState(page, 'ready')
      process.kill(pid, 'SIGKILL')
    }
    await waitForState(page, 'stopped')
    expect(await running.boxes()).toMatchObject([
      { message: 'The engine stopped. Restart it?', detail: expect.stringContaining('SIGKILL') },
    ])
    await sayToEngine(page, 'anybody?')
    expect(stage.enginePids()).toHaveLength(3)

    expect(await running.clickMenu('restart-engine')).toBe(true)
    await engineNumber(4)
    await waitForState(page, 'ready')
    expect(await textsOf(page)).toEqual([])
  })

  it('shows the reason that the engine gave, and quits or restarts as the user answers', async () => {
    const running = await launch('fail-at-start')
    await running.answerBoxes(RESTART_BUTTON)
    await eventually(() => running.boxes()).toMatchObject([
      { detail: expect.stringContaining('The ledger is newer than this Quartet.') },
    ])
    await running.answerBoxes(QUIT_BUTTON)
    expect(await running.exit).toBe(0)
    expect(stage.enginePids()).toHaveLength(6)
  })

  it('hears nothing from an engine that speaks for another generation', async () => {
    const page = await (await launch('another-generation')).page()
    await engineNumber(1)
    await waitForState(page, 'starting')
    await sayToEngine(page, 'too early')
    await page.reload()
    await waitForState(page, 'starting')
    expect(stage.engineLog().filter((line) => /^(open|text)/.test(line))).toEqual([])
  })

  it.each([
    ['the user quits', (running: DesktopApp) => running.quit()],
    ['the system ends the session', async (running: DesktopApp) => void process.kill(running.pid, 'SIGTERM')],
  ])('asks the engine to stop when %s, and leaves nobody behind', async (_case, end) => {
    const running = await launch()
    await waitForState(await running.page(), 'ready')
    const pid = await engineNumber(1)
    await end(running)
    expect(await running.exit).toBe(0)
    expect(isAlive(pid)).toBe(false)
    expect(stage.engineLog()).toContain('stop')
  })

  it('kills an engine that does not stop', async () => {
    const running = await launch('ignore-stop')
    await waitForState(await running.page(), 'ready')
    const pid = await engineNumber(1)
    await running.quit()
    expect(await running.exit).toBe(0)
    expect(isAlive(pid)).toBe(false)
  })

  it('leaves no engine behind when the shell itself is killed', async () => {
    const running = await launch()
    await waitForState(await running.page(), 'ready')
    const pid = await engineNumber(1)
    process.kill(running.pid, 'SIGKILL')
    expect(await running.exit).toBe('SIGKILL')
    await eventually(() => isAlive(pid)).toBe(false)
  })
})
