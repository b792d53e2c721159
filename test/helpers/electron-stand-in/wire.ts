/**
 * What the stand-in's two halves say to each other. The main half runs in a Node process of its own, in the place of
 * Electron's main process, and answers `import ... from 'electron'`; the host half runs in the test's process and
 * drives Chromium. Addresses on the wire are those that Electron would show (`app://quartet/`).
 */
export interface FrameSeen {
  readonly url: string
  readonly origin: string
  /** 1 for the main frame. */
  readonly frameTreeNodeId: number
  readonly isMainFrame: boolean
}

export interface NavigationSeen {
  readonly windowId: number
  readonly kind: 'navigate' | 'redirect'
  readonly url: string
  readonly isMainFrame: boolean
}

export interface MessageBox {
  readonly type?: string
  readonly title?: string
  readonly message: string
  readonly detail?: string
  readonly buttons?: readonly string[]
}

export interface WindowSeen {
  readonly windowId: number
  readonly visible: boolean
  readonly focused: boolean
  readonly minimized: boolean
  readonly bounds: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
  /** As the shell asked for them; null where Electron does not tell. */
  readonly webPreferences: Readonly<Record<string, unknown>> | null
}

export interface AnswerOnWire {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export type LoadResult = { readonly ok: true } | { readonly ok: false; readonly description: string }

export type PageEvent =
  | { readonly kind: 'ready-to-show' }
  | { readonly kind: 'did-finish-load' }
  | { readonly kind: 'render-process-gone'; readonly reason: string }
  | { readonly kind: 'unresponsive' }

/** What the main half asks of the host. */
export interface HostCalls {
  openWindow(windowId: number, preload: string | null): Promise<void>
  loadUrl(windowId: number, url: string): Promise<LoadResult>
  reload(windowId: number): Promise<LoadResult>
  closeWindow(windowId: number): Promise<void>
  sendToPage(windowId: number, channel: string, args: readonly unknown[]): Promise<void>
  /** Answers the index of the button that the script of the test presses. */
  showMessageBox(box: MessageBox): Promise<number>
  openExternal(url: string): Promise<void>
}

/** What the host tells the main half, and what a test may look up there. */
export interface MainCalls {
  /** Null when no handler serves this scheme. */
  answerRequest(url: string, method: string): Promise<AnswerOnWire | null>
  /** True when the shell prevented it. */
  navigationStarts(navigation: NavigationSeen): boolean
  windowOpens(windowId: number, url: string): 'allow' | 'deny'
  permissionAsked(windowId: number, permission: string, origin: string): Promise<boolean>
  messageFromPage(windowId: number, frame: FrameSeen, channel: string, args: readonly unknown[]): void
  pageEvent(windowId: number, event: PageEvent): void
  windows(): readonly WindowSeen[]
  closeByUser(windowId: number): void
  clickMenu(id: string): boolean
  loadFromMain(url: string): Promise<void>
  /** The user turns to another program and puts the window away. */
  loseFocus(): void
  quit(): void
}
