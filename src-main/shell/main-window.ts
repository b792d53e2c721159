import { BrowserWindow, screen } from 'electron'
import { APP_START_URL } from './app-origin'
import { placeWindow, readWindowState, SMALLEST_WINDOW, writeWindowState } from './window-bounds'

/** The page's own background, so that nothing flashes white while it loads. */
const BACKGROUND = '#0b0e13'
/** The window shows itself by then even if the page has not painted yet: no user looks at nothing for longer. */
const SHOWN_AFTER_MS = 1_000

export interface WindowNeeds {
  readonly preload: string
  readonly stateFile: string
  readonly log: (line: string) => void
}

/** The one window: sandboxed, isolated, without Node, at the place where the user left it. */
export function openMainWindow({ preload, stateFile, log }: WindowNeeds): BrowserWindow {
  const remembered = readWindowState(stateFile)
  const window = new BrowserWindow({
    ...placeWindow(
      remembered,
      screen.getAllDisplays().map((display) => display.workArea),
    ),
    minWidth: SMALLEST_WINDOW.width,
    minHeight: SMALLEST_WINDOW.height,
    title: 'Quartet',
    backgroundColor: BACKGROUND,
    show: false,
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    },
  })
  if (remembered?.maximized === true) window.maximize()

  const show = (): void => {
    if (!window.isDestroyed() && !window.isVisible()) window.show()
  }
  const lateShow = setTimeout(show, SHOWN_AFTER_MS)
  window.once('ready-to-show', show)
  window.on('close', () => {
    const state = { bounds: window.getNormalBounds(), maximized: window.isMaximized() }
    if (!writeWindowState(stateFile, state)) log(`the window's place could not be remembered in ${stateFile}`)
  })
  window.on('closed', () => clearTimeout(lateShow))

  window.loadURL(APP_START_URL).catch((error: unknown) => log(`the page did not load: ${error}`))
  return window
}

/** Brings the window before the user, also from the task bar. */
export function focusWindow(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore()
  if (!window.isVisible()) window.show()
  window.focus()
}
