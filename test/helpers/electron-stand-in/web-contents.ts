import { EventEmitter } from 'node:events'
import { host } from './host-line'
import { preventable } from './preventable'
import type { FrameSeen, NavigationSeen } from './wire'

type WindowOpenHandler = (details: { readonly url: string }) => { readonly action: 'allow' | 'deny' }

/** The frame as the shell sees it in `event.senderFrame`. */
export function frameForShell(frame: FrameSeen) {
  return {
    url: frame.url,
    origin: frame.origin,
    frameTreeNodeId: frame.frameTreeNodeId,
    parent: frame.isMainFrame ? null : { frameTreeNodeId: MAIN_FRAME_ID },
  }
}

const MAIN_FRAME_ID = 1

export class WebContents extends EventEmitter {
  readonly id: number
  readonly mainFrame = { frameTreeNodeId: MAIN_FRAME_ID, parent: null }
  private destroyed = false
  // Electron opens what nobody forbids.
  private windowOpenHandler: WindowOpenHandler = () => ({ action: 'allow' })

  constructor(windowId: number) {
    super()
    this.id = windowId
  }

  isDestroyed(): boolean {
    return this.destroyed
  }

  markDestroyed(): void {
    this.destroyed = true
  }

  send(channel: string, ...args: unknown[]): void {
    if (this.destroyed) throw new Error('Object has been destroyed')
    void host.sendToPage(this.id, channel, args)
  }

  reload(): void {
    void host.reload(this.id)
  }

  setWindowOpenHandler(handler: WindowOpenHandler): void {
    this.windowOpenHandler = handler
  }

  windowOpens(url: string): 'allow' | 'deny' {
    return this.windowOpenHandler({ url }).action
  }

  /** Emits what Electron emits, in its order: the frame's event first, then the main frame's own. */
  navigationStarts({ kind, url, isMainFrame }: NavigationSeen): boolean {
    const names =
      kind === 'redirect' ? ['will-redirect'] : ['will-frame-navigate', ...(isMainFrame ? ['will-navigate'] : [])]
    return names.some((name) => {
      const event = preventable({ url, isMainFrame, isSameDocument: false })
      this.emit(name, event, url)
      return event.defaultPrevented
    })
  }
}
