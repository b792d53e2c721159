import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { _electron } from 'playwright-core'
import type { DesktopApp, LaunchOptions } from './desktop-app'
import type { MessageBox } from './wire'

const electronFolder = dirname(createRequire(import.meta.url).resolve('electron/package.json'))
const KILL_AFTER_MS = 5_000

/** True where Electron's own binary was fetched. */
export const hasElectronBinary = existsSync(join(electronFolder, 'dist'))

/** What the test keeps in Electron's main process, where dialogs and outside addresses end instead of on the desktop. */
interface Played {
  readonly boxes: MessageBox[]
  readonly openedOutside: string[]
  button: number | null
}

/** Runs a built main bundle in Electron itself. */
export async function launchElectron({ mainProgram, env }: LaunchOptions): Promise<DesktopApp> {
  const electron = await _electron.launch({ args: [mainProgram], env: { ...env } })
  const child = electron.process()
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (log += String(chunk)))
  const exit = new Promise<number | string>((resolve) =>
    child.on('exit', (code, signal) => resolve(signal ?? code ?? 0)),
  )

  const played = await electron.evaluateHandle(({ dialog, shell }) => {
    const kept: Played = { boxes: [], openedOutside: [], button: null }
    Object.assign(dialog, {
      showMessageBox: (_window: unknown, box: MessageBox) => {
        kept.boxes.push(JSON.parse(JSON.stringify(box)))
        if (kept.button === null) return new Promise(() => {})
        return Promise.resolve({ response: kept.button, checkboxChecked: false })
      },
    })
    Object.assign(shell, { openExternal: async (url: string) => kept.openedOutside.push(url) })
    return kept
  })

  return {
    kind: 'electron',
    pid: child.pid ?? 0,
    page: () => electron.firstWindow(),
    appUrl: (path) => `app://quartet${path}`,
    windows: () =>
      electron.evaluate(({ BrowserWindow }) =>
        BrowserWindow.getAllWindows().map((window) => ({
          windowId: window.id,
          visible: window.isVisible(),
          focused: window.isFocused(),
          minimized: window.isMinimized(),
          bounds: window.getNormalBounds(),
          webPreferences: null,
        })),
      ),
    pageCount: () => electron.windows().length,
    log: () => log,
    boxes: () => played.evaluate((kept) => kept.boxes),
    answerBoxes: (button) =>
      played.evaluate((kept, pressed) => {
        kept.button = pressed
      }, button),
    openedOutside: () => played.evaluate((kept) => kept.openedOutside),
    clickMenu: (id) =>
      electron.evaluate(({ Menu }, wanted) => {
        const item = Menu.getApplicationMenu()?.getMenuItemById(wanted)
        item?.click()
        return item !== null && item !== undefined
      }, id),
    loadFromMain: (url) =>
      electron.evaluate(async ({ BrowserWindow }, target) => {
        // A refused load is an answer of the shell's guards, not a failure of the test.
        await BrowserWindow.getAllWindows()[0]
          ?.loadURL(target)
          .catch(() => {})
      }, url),
    // A sandboxed frame without a preload has no way to the shell, and Playwright cannot give it one.
    forgeMessage: null,
    crashPage: () =>
      electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer()),
    loseFocus: () => electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.minimize()),
    closeWindow: () => electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close()),
    quit: () => electron.evaluate(({ app }) => setImmediate(() => app.quit())).then(() => {}),
    exit,
    async dispose() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS)
      await exit
      clearTimeout(late)
    },
  }
}
