import type { BrowserWindow } from 'electron'

/** A page that crashes again this soon after a reload will crash a third time: the user is asked instead. */
const RELOAD_PROVES_ITSELF_MS = 60_000

export interface WatchdogNeeds {
  readonly nowMs: () => number
  /** Asks the user; true to load the page again, false to leave it. */
  readonly askToReload: (message: string) => Promise<boolean>
  /** Told before the page is loaded again or when it is gone. */
  readonly onPageLost: () => void
  readonly log: (line: string) => void
}

/** A window must not stay blank: a crashed page is loaded again once, then the user is told and asked. */
export function watchForBlankScreen(window: BrowserWindow, needs: WatchdogNeeds): void {
  let reloadedAtMs: number | null = null
  let asking = false

  const reload = (): void => {
    reloadedAtMs = needs.nowMs()
    window.webContents.reload()
  }
  const ask = async (message: string): Promise<void> => {
    if (asking) return
    asking = true
    const wanted = await needs.askToReload(message)
    asking = false
    if (wanted && !window.isDestroyed()) reload()
  }

  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return
    needs.log(`the page is gone: ${reason}`)
    needs.onPageLost()
    const justReloaded = reloadedAtMs !== null && needs.nowMs() - reloadedAtMs < RELOAD_PROVES_ITSELF_MS
    if (justReloaded) void ask('The screen stopped working twice in a row. The desk itself keeps running.')
    else reload()
  })
  window.on('unresponsive', () => {
    needs.log('the page does not answer')
    void ask('The screen does not answer. The desk itself keeps running.')
  })
  window.webContents.on('did-fail-load', (_event, code, description, _url, isMainFrame) => {
    if (!isMainFrame || code === ABORTED) return
    needs.log(`the page did not load: ${description} (${code})`)
    void ask('The screen could not be loaded.')
  })
  window.webContents.on('preload-error', (_event, _path, error) => needs.log(`the preload failed: ${error.message}`))
}

/** Chromium's ERR_ABORTED: a navigation that was refused or replaced, not a failure. */
const ABORTED = -3
