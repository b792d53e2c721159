import { randomBytes } from 'node:crypto'
import type { BrowserContext, Frame, Page, Request, Route } from 'playwright-core'
import { isServedByShell, shellOrigin, toPageUrl, toShellUrl } from './app-addresses'
import { pageScript, type SecretNames } from './page-script'
import type { FrameSeen, LoadResult, MainCalls } from './wire'

/** The main half's calls, as the host makes them. */
export type MainLine = {
  readonly [Name in keyof MainCalls]: (
    ...args: Parameters<MainCalls[Name]>
  ) => Promise<Awaited<ReturnType<MainCalls[Name]>>>
}

export interface WindowHost {
  readonly windowId: number
  /** The page of today: after a crash the window gets a new one. */
  page(): Page
  load(url: string): Promise<LoadResult>
  reload(): Promise<LoadResult>
  send(channel: string, args: readonly unknown[]): Promise<void>
  /** What a page that had broken out of its world could do: speak to the shell from any frame. */
  forge(frame: Frame, channel: string, args: readonly unknown[]): Promise<void>
  crash(): Promise<void>
  close(): Promise<void>
  /** Answers a request of this window's page; true to let it pass to the network. */
  handle(route: Route, request: Request, frame: Frame): Promise<void>
}

/** What Chromium calls a permission, and what Electron calls it. */
const PERMISSIONS = {
  geolocation: 'geolocation',
  notifications: 'notifications',
  camera: 'media',
  microphone: 'media',
  'clipboard-read': 'clipboard-read',
  'clipboard-write': 'clipboard-sanitized-write',
} as const

/** One BrowserWindow, played by one page of Chromium. */
export async function hostWindow(
  context: BrowserContext,
  main: MainLine,
  windowId: number,
  preload: string | null,
): Promise<WindowHost> {
  const names: SecretNames = { toShell: secretName(), fromShell: secretName() }
  const frameIds = new WeakMap<Frame, number>()
  let framesSeen = 1
  let page = await openPage()
  let crashed = false
  let closed = false
  let lastUrl = 'about:blank'
  /** The address that the shell itself loads: no `will-navigate` for it. */
  let ownLoad: string | null = null

  async function openPage(): Promise<Page> {
    const opened = await context.newPage()
    await opened.exposeBinding(names.toShell, ({ frame }, channel: string, args: unknown[]) =>
      main.messageFromPage(windowId, frameSeen(frame), channel, args),
    )
    await opened.addInitScript(pageScript(preload, names))
    opened.on('crash', () => {
      crashed = true
      void main.pageEvent(windowId, { kind: 'render-process-gone', reason: 'crashed' })
    })
    opened.on('close', () => {
      // A page that was replaced after its crash is not the window any more.
      if (!closed && opened === page) void main.closeByUser(windowId)
    })
    return opened
  }

  function frameSeen(frame: Frame): FrameSeen {
    const isMainFrame = frame.parentFrame() === null
    if (!isMainFrame && !frameIds.has(frame)) frameIds.set(frame, ++framesSeen)
    return {
      url: toShellUrl(frame.url()),
      origin: shellOrigin(originFrame(frame).url()),
      frameTreeNodeId: frameIds.get(frame) ?? 1,
      isMainFrame,
    }
  }

  async function load(url: string): Promise<LoadResult> {
    if (crashed) {
      const old = page
      page = await openPage()
      crashed = false
      await old.close().catch(() => {})
    }
    lastUrl = url
    await grantWhatTheShellGrants(url)
    ownLoad = toPageUrl(url)
    try {
      await page.goto(ownLoad, { waitUntil: 'load', timeout: 0 })
    } catch (error) {
      return { ok: false, description: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) }
    } finally {
      ownLoad = null
    }
    void main.pageEvent(windowId, { kind: 'ready-to-show' })
    void main.pageEvent(windowId, { kind: 'did-finish-load' })
    return { ok: true }
  }

  async function grantWhatTheShellGrants(url: string): Promise<void> {
    const granted: string[] = []
    for (const [ofChromium, ofElectron] of Object.entries(PERMISSIONS)) {
      if (await main.permissionAsked(windowId, ofElectron, shellOrigin(toPageUrl(url)))) granted.push(ofChromium)
    }
    // Chromium denies what is not in the list.
    await context.grantPermissions(granted, { origin: new URL(toPageUrl(url)).origin })
  }

  async function handle(route: Route, request: Request, frame: Frame): Promise<void> {
    const isMainFrame = frame.parentFrame() === null
    const isNavigation = request.isNavigationRequest()
    if (isNavigation && !(isMainFrame && request.url() === ownLoad)) {
      const url = toShellUrl(request.url())
      if (await main.navigationStarts({ windowId, kind: 'navigate', url, isMainFrame })) return route.abort('aborted')
    }
    if (isServedByShell(request.url())) return fulfilFromShell(route, request)
    if (!isNavigation) return route.continue()

    const response = await route.fetch({ maxRedirects: 0 })
    const target = response.headers().location
    if (target !== undefined && response.status() >= 300 && response.status() < 400) {
      const url = toShellUrl(new URL(target, request.url()).href)
      if (await main.navigationStarts({ windowId, kind: 'redirect', url, isMainFrame })) return route.abort('aborted')
    }
    return route.fulfill({ response })
  }

  async function fulfilFromShell(route: Route, request: Request): Promise<void> {
    const answer = await main.answerRequest(toShellUrl(request.url()), request.method())
    if (answer === null) return route.abort('failed')
    return route.fulfill({ status: answer.status, headers: { ...answer.headers }, body: Buffer.from(answer.body) })
  }

  return {
    windowId,
    page: () => page,
    load,
    reload: () => load(lastUrl),
    async send(channel, args) {
      // A page that is just going away hears nothing any more, as in Electron.
      await page
        .evaluate(([name, to, values]) => Reflect.get(globalThis, name)?.(to, values), [
          names.fromShell,
          channel,
          args,
        ] as const)
        .catch(() => {})
    },
    async forge(frame, channel, args) {
      if (frame.parentFrame() === null) throw new Error('The main frame speaks through its preload')
      await frame.evaluate(([name, to, values]) => Reflect.get(globalThis, name)(to, values), [
        names.toShell,
        channel,
        args,
      ] as const)
    },
    async crash() {
      const gone = page.waitForEvent('crash')
      const session = await context.newCDPSession(page)
      session.send('Page.crash').catch(() => {})
      await gone
    },
    async close() {
      closed = true
      await page.close().catch(() => {})
    },
    handle,
  }
}

/** A frame without an address of its own has the origin of the frame around it. */
function originFrame(frame: Frame): Frame {
  const parent = frame.parentFrame()
  return parent !== null && /^(about:|$)/.test(frame.url()) ? originFrame(parent) : frame
}

function secretName(): string {
  return `s${randomBytes(12).toString('hex')}`
}
