/**
 * A stand-in for the module `electron`, as far as the shell uses it. It exists because Electron's binary is not always
 * there to test with: the built main bundle and preload run unchanged, in Node and in a real Chromium, and Electron's
 * part between them is played here. What it cannot show: fuses, the sandbox of Electron's own renderer, native windows.
 */
import { EventEmitter } from 'node:events'
import { app } from './application'
import { BrowserWindow } from './browser-window'
import { connectHost, host } from './host-line'
import { answerRequest, protocol, session } from './session'
import { frameForShell } from './web-contents'
import type { MessageBox } from './wire'

export { app, BrowserWindow, protocol, session }

export const ipcMain = new EventEmitter()

export const dialog = {
  async showMessageBox(
    _window: BrowserWindow,
    box: MessageBox,
  ): Promise<{ response: number; checkboxChecked: boolean }> {
    return { response: await host.showMessageBox(box), checkboxChecked: false }
  },
}

export const shell = {
  openExternal: (url: string): Promise<void> => host.openExternal(url),
}

export const screen = {
  getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1040 } }],
}

interface MenuItem {
  readonly id?: string
  readonly submenu?: readonly MenuItem[]
  readonly click?: () => void
}

let menu: readonly MenuItem[] = []

export const Menu = {
  buildFromTemplate: (template: readonly MenuItem[]) => template,
  setApplicationMenu(built: readonly MenuItem[]): void {
    menu = built
  },
}

function menuItem(items: readonly MenuItem[], id: string): MenuItem | undefined {
  return items.find((item) => item.id === id) ?? items.map((item) => menuItem(item.submenu ?? [], id)).find(Boolean)
}

connectHost({
  answerRequest,
  navigationStarts: (navigation) =>
    BrowserWindow.all.get(navigation.windowId)?.webContents.navigationStarts(navigation) ?? true,
  windowOpens: (windowId, url) => BrowserWindow.all.get(windowId)?.webContents.windowOpens(url) ?? 'deny',
  permissionAsked: (windowId, permission, origin) =>
    session.defaultSession.permissionAsked(BrowserWindow.all.get(windowId)?.webContents, permission, origin),
  messageFromPage(windowId, frame, channel, args) {
    const sender = BrowserWindow.all.get(windowId)?.webContents
    if (sender !== undefined) ipcMain.emit(channel, { sender, senderFrame: frameForShell(frame) }, ...args)
  },
  pageEvent: (windowId, event) => BrowserWindow.all.get(windowId)?.pageEvent(event),
  windows: () => BrowserWindow.getAllWindows().map((window) => window.seen()),
  closeByUser(windowId) {
    void BrowserWindow.all.get(windowId)?.close()
  },
  clickMenu(id) {
    const item = menuItem(menu, id)
    item?.click?.()
    return item !== undefined
  },
  loadFromMain: async (url) => {
    // A refused load is an answer of the shell's guards, not a failure of the test.
    await BrowserWindow.getAllWindows()[0]
      ?.loadURL(url)
      .catch(() => {})
  },
  loseFocus: () => BrowserWindow.getAllWindows()[0]?.loseFocus(),
  quit: () => app.quit(),
})
