import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { app } from './application'
import { host } from './host-line'
import { preventable } from './preventable'
import { WebContents } from './web-contents'
import type { PageEvent, WindowSeen } from './wire'

interface WindowOptions {
  readonly x?: number
  readonly y?: number
  readonly width?: number
  readonly height?: number
  readonly show?: boolean
  readonly webPreferences?: Readonly<Record<string, unknown>>
}

let windowsMade = 0

/** A window is a page of Chromium; what only a desktop can show (place, focus, visibility) is kept as state. */
export class BrowserWindow extends EventEmitter {
  static readonly all = new Map<number, BrowserWindow>()

  static getAllWindows(): BrowserWindow[] {
    return [...BrowserWindow.all.values()]
  }

  readonly id: number
  readonly webContents: WebContents
  private readonly options: WindowOptions
  private readonly opened: Promise<void>
  private visible: boolean
  private focused = false
  private minimized = false
  private maximized = false
  private destroyed = false

  constructor(options: WindowOptions = {}) {
    super()
    app.mustBeReady(true, 'new BrowserWindow')
    windowsMade += 1
    this.id = windowsMade
    this.options = options
    this.visible = options.show !== false
    this.webContents = new WebContents(this.id)
    BrowserWindow.all.set(this.id, this)
    app.windows.add(this)
    app.emit('web-contents-created', {}, this.webContents)
    const preload = options.webPreferences?.preload
    this.opened = host.openWindow(this.id, typeof preload === 'string' ? readFileSync(preload, 'utf8') : null)
  }

  async loadURL(url: string): Promise<void> {
    await this.opened
    const result = await host.loadUrl(this.id, url)
    if (result.ok) return
    this.webContents.emit('did-fail-load', {}, -2, result.description, url, true)
    throw new Error(`${result.description} loading '${url}'`)
  }

  async close(): Promise<boolean> {
    const closing = preventable({})
    this.emit('close', closing)
    if (closing.defaultPrevented) return false
    this.destroyed = true
    this.webContents.markDestroyed()
    BrowserWindow.all.delete(this.id)
    await host.closeWindow(this.id)
    this.emit('closed')
    app.windowClosed(this)
    return true
  }

  pageEvent(event: PageEvent): void {
    if (event.kind === 'ready-to-show' || event.kind === 'unresponsive') this.emit(event.kind)
    else if (event.kind === 'render-process-gone') {
      this.webContents.emit(event.kind, {}, { reason: event.reason, exitCode: 5 })
    } else this.webContents.emit(event.kind)
  }

  show(): void {
    this.visible = true
    this.focused = true
  }

  focus(): void {
    this.focused = true
  }

  /** The user looks at another program; only the stand-in can do that. */
  loseFocus(): void {
    this.focused = false
    this.minimized = true
  }

  restore(): void {
    this.minimized = false
  }

  maximize(): void {
    this.maximized = true
  }

  isVisible(): boolean {
    return this.visible
  }

  isMinimized(): boolean {
    return this.minimized
  }

  isMaximized(): boolean {
    return this.maximized
  }

  isDestroyed(): boolean {
    return this.destroyed
  }

  getNormalBounds(): WindowSeen['bounds'] {
    const { x = 0, y = 0, width = 800, height = 600 } = this.options
    return { x, y, width, height }
  }

  seen(): WindowSeen {
    return {
      windowId: this.id,
      visible: this.visible,
      focused: this.focused,
      minimized: this.minimized,
      bounds: this.getNormalBounds(),
      webPreferences: JSON.parse(JSON.stringify(this.options.webPreferences ?? {})),
    }
  }
}
