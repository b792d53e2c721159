import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createBirpc } from 'birpc'
import type { Browser, BrowserContext, Page, Request, Route } from 'playwright-core'
import { launchChromium } from '../chromium'
import { toPageUrl, toShellUrl } from './app-addresses'
import type { DesktopApp, LaunchOptions } from './desktop-app'
import { hostWindow, type MainLine, type WindowHost } from './window-host'
import type { HostCalls, MainCalls, MessageBox } from './wire'

const registerProgram = fileURLToPath(new URL('./register.ts', import.meta.url))
const KILL_AFTER_MS = 5_000

let chromium: Promise<Browser> | null = null

/** One Chromium serves all apps of a test file; each app has a profile of its own in it. */
function sharedChromium(): Promise<Browser> {
  chromium ??= launchChromium()
  return chromium
}

export async function closeSharedChromium(): Promise<void> {
  const open = chromium
  chromium = null
  await (await open)?.close()
}

/** Runs a built main bundle with the stand-in for `electron`, its windows in a Chromium. */
export async function launchStandIn({ mainProgram, env }: LaunchOptions): Promise<DesktopApp> {
  const browser = await sharedChromium()
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const windows = new Map<number, WindowHost>()
  const firstWindow = Promise.withResolvers<WindowHost>()
  const boxes: MessageBox[] = []
  const openedOutside: string[] = []
  let button: number | null = null
  let log = ''

  const child = fork(mainProgram, [], {
    execArgv: ['--disable-warning=ExperimentalWarning', '--import', registerProgram],
    env,
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (log += String(chunk)))
  const exit = new Promise<number | string>((resolve) =>
    child.on('exit', (code, signal) => {
      resolve(signal ?? code ?? 0)
      void context.close().catch(() => {})
    }),
  )

  const hostCalls: HostCalls = {
    async openWindow(windowId, preload) {
      const window = await hostWindow(context, main, windowId, preload)
      windows.set(windowId, window)
      firstWindow.resolve(window)
    },
    loadUrl: (windowId, url) => known(windowId).load(url),
    reload: (windowId) => known(windowId).reload(),
    async closeWindow(windowId) {
      await windows.get(windowId)?.close()
      windows.delete(windowId)
    },
    sendToPage: async (windowId, channel, args) => windows.get(windowId)?.send(channel, args),
    showMessageBox: (box) => {
      boxes.push(box)
      return button === null ? new Promise<number>(() => {}) : Promise.resolve(button)
    },
    openExternal: async (url) => {
      openedOutside.push(url)
    },
  }
  const main: MainLine = createBirpc<MainCalls, HostCalls>(hostCalls, {
    post: (data) => {
      // The app may end at any moment; what is still on its way to it then is of no use.
      if (child.connected) child.send(data, () => {})
    },
    on: (listener) => child.on('message', listener),
    timeout: -1,
  })

  function known(windowId: number): WindowHost {
    const window = windows.get(windowId)
    if (window === undefined) throw new Error(`There is no window ${windowId}`)
    return window
  }
  function first(): WindowHost | undefined {
    return windows.values().next().value
  }

  await context.route('**/*', async (route, request) => {
    const window = [...windows.values()].find((one) => one.page() === pageOf(request))
    // Aborting or answering fails when the page was closed meanwhile; nobody waits for that answer then.
    if (window !== undefined) await window.handle(route, request, request.frame()).catch(() => {})
    else await judgePopup(main, first(), route, request).catch(() => {})
  })
  context.on('page', (page) => void closeDeniedPopup(main, first(), page, isOwnPage))

  function isOwnPage(page: Page): boolean {
    return [...windows.values()].some((one) => one.page() === page)
  }

  return {
    kind: 'stand-in',
    pid: child.pid ?? 0,
    page: async () => (first() ?? (await firstWindow.promise)).page(),
    appUrl: (path) => toPageUrl('app://quartet') + path,
    windows: () => main.windows(),
    pageCount: () => context.pages().length,
    log: () => log,
    boxes: async () => boxes,
    async answerBoxes(pressed) {
      button = pressed
    },
    openedOutside: async () => openedOutside,
    clickMenu: (id) => main.clickMenu(id),
    loadFromMain: (url) => main.loadFromMain(url),
    forgeMessage: (frame, channel, args) => first()?.forge(frame, channel, args) ?? Promise.resolve(),
    crashPage: async () => first()?.crash(),
    loseFocus: () => main.loseFocus(),
    closeWindow: () => main.closeByUser(first()?.windowId ?? 0),
    quit: () => main.quit(),
    exit,
    dispose: () => dispose(child, exit, context),
  }
}

async function dispose(child: ReturnType<typeof fork>, exit: Promise<unknown>, context: BrowserContext): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS)
    await exit
    clearTimeout(late)
  }
  await context.close().catch(() => {})
}

/** Null for a request of a page that Chromium has not shown yet: a popup. */
function pageOf(request: Request): Page | null {
  try {
    return request.frame().page()
  } catch {
    return null
  }
}

async function judgePopup(
  main: MainLine,
  opener: WindowHost | undefined,
  route: Route,
  request: Request,
): Promise<void> {
  const allowed =
    opener !== undefined &&
    request.isNavigationRequest() &&
    (await main.windowOpens(opener.windowId, toShellUrl(request.url()))) === 'allow'
  await (allowed ? route.continue() : route.abort('aborted'))
}

/** A denied popup has loaded nothing; here it goes away. One without an address never made a request to be judged. */
async function closeDeniedPopup(
  main: MainLine,
  opener: WindowHost | undefined,
  page: Page,
  isOwn: (page: Page) => boolean,
): Promise<void> {
  if (isOwn(page) || (await page.opener()) === null || opener === undefined) return
  if ((await main.windowOpens(opener.windowId, toShellUrl(page.url()))) === 'deny') await page.close().catch(() => {})
}
