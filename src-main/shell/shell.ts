/**
 * The desktop shell: one window over `app://quartet/`, the engine beside it as a plain Node program, and text carried
 * between the two. It decides nothing about trading and never looks into the frames. This is the only folder, with
 * `preload`, that knows Electron; this file puts its parts together.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { app, type BrowserWindow, session, shell } from 'electron'
import { registerAppScheme, serveApp } from './app-protocol'
import { installMenu } from './application-menu'
import { watchForBlankScreen } from './blank-screen-watchdog'
import { askAboutStoppedEngine, askToReloadPage } from './dialogs'
import { launchEngine, type ShellPlace } from './engine-launch'
import { USUAL_PACE } from './engine-policy'
import { type EngineSupervisor, superviseEngine } from './engine-supervisor'
import { focusWindow, openMainWindow } from './main-window'
import { guardNavigation } from './navigation-guard'
import { bridgePage } from './page-bridge'
import { denyPermissions } from './permissions'
import { trustedIpc } from './trusted-ipc'

/** Where the build puts the programs, seen from the shell's own bundle in `out/main`. */
const programs = {
  engine: join(import.meta.dirname, 'engine.js'),
  preload: join(import.meta.dirname, '../preload/preload.cjs'),
  renderer: join(import.meta.dirname, '../renderer'),
}

/** The shell's whole life, from the instance lock to the last exit of the engine. */
export function startShell(): void {
  // Chromium's own files go beside the desk's, so that every data folder is an instance of its own.
  const home = process.env.QUARTET_HOME
  if (home !== undefined && home !== '') app.setPath('userData', ownFolder(join(home, 'shell')))
  if (!app.requestSingleInstanceLock()) {
    app.quit()
    return
  }
  app.enableSandbox()
  registerAppScheme()
  guardNavigation(app, { openExternal: (url) => shell.openExternal(url), log })
  app.whenReady().then(openDesk, (error: unknown) => {
    log(`Electron did not start: ${error}`)
    app.exit(1)
  })
}

function openDesk(): void {
  denyPermissions(session.defaultSession)
  serveApp(session.defaultSession.protocol, programs.renderer)

  let window: BrowserWindow | null = null
  const openWindow = (): BrowserWindow | null => (window === null || window.isDestroyed() ? null : window)
  const ipc = trustedIpc(() => openWindow()?.webContents ?? null, log)
  const engine: EngineSupervisor = superviseEngine({
    pace: USUAL_PACE,
    nowMs: () => performance.now(),
    launch: (generation) => launchEngine(ownPlace(), programs.engine, generation),
    onText: (clientId, text) => bridge.engineSays(clientId, text),
    onState: (state) => {
      bridge.engineBecame(state)
      if (engine.isGivenUp()) void offerRestart()
    },
    log,
  })
  const bridge = bridgePage(ipc, engine, log)

  async function offerRestart(): Promise<void> {
    const asked = openWindow()
    if (asked === null) return
    const choice = await askAboutStoppedEngine(asked, engine.problem())
    if (choice === 'restart') engine.restart()
    if (choice === 'quit') app.quit()
  }

  quitAfter(() => engine.stop())
  app.on('second-instance', () => {
    const present = openWindow()
    if (present !== null) focusWindow(present)
  })

  installMenu({ restartEngine: () => engine.restart() })
  const opened = openMainWindow({
    preload: programs.preload,
    stateFile: join(app.getPath('userData'), 'window.json'),
    log,
  })
  window = opened
  opened.on('closed', () => bridge.pageLeft())
  watchForBlankScreen(opened, {
    nowMs: () => performance.now(),
    askToReload: (message) => askToReloadPage(opened, message),
    onPageLost: () => bridge.pageLeft(),
    log,
  })
}

/** The app quits with its last window, on every platform, and only once `stopEngine` has seen the engine's exit. */
function quitAfter(stopEngine: () => Promise<void>): void {
  let engineIsGone = false
  app.on('window-all-closed', () => app.quit())
  app.on('before-quit', (event) => {
    if (engineIsGone) return
    event.preventDefault()
    void stopEngine().then(() => {
      engineIsGone = true
      app.quit()
    })
  })
}

function ownPlace(): ShellPlace {
  return {
    platform: process.platform,
    env: process.env,
    isPackaged: app.isPackaged,
    resourcesPath: process.resourcesPath,
    ownBinary: process.execPath,
  }
}

/** Electron refuses a folder that does not exist yet; the data folder above it is closed to the machine's other users. */
function ownFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  return path
}

function log(line: string): void {
  process.stderr.write(`shell: ${line}\n`)
}
