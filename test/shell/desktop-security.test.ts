import { createServer, type Server } from 'node:http'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { chromiumPath } from '../helpers/chromium'
import type { DesktopApp } from '../helpers/electron-stand-in/desktop-app'
import { closeDesktops } from '../helpers/electron-stand-in/launch-desktop'
import { type ShellStage, stageShell } from '../helpers/shell-stage'
import { desktopTest, eventually, sayToEngine, textsOf, waitForState } from './plain-page'

/** A site that is not ours: it counts its visitors, and sends some of them on. */
interface ForeignSite {
  readonly url: string
  readonly visits: string[]
  close(): void
}

async function foreignSite(): Promise<ForeignSite> {
  const visits: string[] = []
  const server: Server = createServer((request, response) => {
    visits.push(request.url ?? '')
    if (request.url === '/redirect') response.writeHead(302, { location: '/elsewhere' }).end()
    else response.setHeader('content-type', 'text/html').end('<title>foreign</title>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return { url: `http://127.0.0.1:${port}`, visits, close: () => server.close() }
}

/** How the shell's log begins when it refuses. */
const NAVIGATION = 'navigation to http://127.0.0.1'
const LINK = 'A link was not opened'

describe.skipIf(chromiumPath === null)('a hostile page in the desktop app', desktopTest, () => {
  let stage: ShellStage
  let app: DesktopApp
  let page: Page
  let site: ForeignSite
  let logBefore = 0
  let outsideBefore = 0

  beforeAll(async () => {
    site = await foreignSite()
    stage = stageShell({ engine: 'scripted', page: 'plain' })
    app = await stage.launch()
  }, desktopTest.timeout)
  afterAll(async () => {
    await app?.dispose()
    stage?.remove()
    site?.close()
    await closeDesktops()
  }, desktopTest.timeout)
  beforeEach(async () => {
    await app.loadFromMain('app://quartet/')
    page = await app.page()
    await waitForState(page, 'ready')
    await page.evaluate(() => {
      const violations: string[] = []
      Object.assign(globalThis, { violations })
      addEventListener('securitypolicyviolation', (event) => violations.push(event.effectiveDirective))
    })
    site.visits.length = 0
    logBefore = app.log().length
    outsideBefore = (await app.openedOutside()).length
  }, desktopTest.timeout)

  /** What the app printed during this test. */
  const logOfTest = (): string => app.log().slice(logBefore)
  const openedOutside = async (): Promise<readonly string[]> => (await app.openedOutside()).slice(outsideBefore)

  /** Whatever the page tried was refused, by the shell or by the page's own policy. */
  async function expectRefused(by: string): Promise<void> {
    if (by.endsWith('-src') || by === 'form-action') {
      await eventually(() => page.evaluate(() => Reflect.get(globalThis, 'violations'))).toContain(by)
    } else await eventually(logOfTest).toContain(by)
  }

  /** The page is still the app's own document, and still speaks with the engine. */
  async function expectStillAtHome(): Promise<void> {
    expect(page.url()).toBe(app.appUrl('/'))
    await sayToEngine(page, 'still here')
    await eventually(() => textsOf(page)).toEqual([expect.stringMatching(/^engine 1 heard still here from window-/)])
  }

  it('finds three functions in window.quartet and nothing else of the shell', async () => {
    const seen = await page.evaluate(() => ({
      bridge: Object.entries(window.quartet ?? {}).map(([name, part]) => `${name}: ${typeof part}`),
      globals: Object.getOwnPropertyNames(globalThis).filter((name) =>
        /^(require|module|exports|process|global|Buffer|__dirname|electron|ipcRenderer|contextBridge)$/i.test(name),
      ),
      replaced: Reflect.set(globalThis, 'quartet', {}) || Reflect.set(window.quartet ?? {}, 'send', () => {}),
    }))
    expect(seen).toEqual({
      bridge: ['send: function', 'onText: function', 'onEngineState: function'],
      globals: [],
      replaced: false,
    })
  })

  it('runs sandboxed and isolated, without Node and without webviews', async () => {
    const [window] = await app.windows()
    if (window?.webPreferences === null) return expect(app.kind).toBe('electron')
    expect(window?.webPreferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      allowRunningInsecureContent: false,
    })
  })

  it.each([
    ['location', NAVIGATION, (url: string) => location.assign(url)],
    ['a link', NAVIGATION, (url: string) => Object.assign(document.createElement('a'), { href: url }).click()],
    ['a window of its own', LINK, (url: string) => void window.open(url)],
    [
      'a link to a new window',
      LINK,
      (url: string) => Object.assign(document.createElement('a'), { href: url, target: '_blank' }).click(),
    ],
    [
      'a frame',
      'frame-src',
      (url: string) => void document.body.append(Object.assign(document.createElement('iframe'), { src: url })),
    ],
    ['a picture', 'img-src', (url: string) => void document.body.append(Object.assign(new Image(), { src: url }))],
    ['fetch', 'connect-src', (url: string) => void fetch(url, { mode: 'no-cors' }).catch(() => {})],
    ['a beacon', 'connect-src', (url: string) => void navigator.sendBeacon(url, 'secret')],
    [
      'a form',
      'form-action',
      (url: string) => {
        const form = Object.assign(document.createElement('form'), { action: url })
        document.body.append(form)
        form.submit()
      },
    ],
  ])('reaches no other site through %s', async (_way, refusedBy, go) => {
    await page.evaluate(go, `${site.url}/stolen`)
    await expectRefused(refusedBy)
    await expectStillAtHome()
    await eventually(() => app.pageCount()).toBe(1)
    expect(site.visits).toEqual([])
    expect(await openedOutside()).toEqual([])
  })

  it.each(['data:text/html,owned', 'file:///etc/passwd', 'javascript:document.title="owned"'])(
    'does not get to %s',
    async (url) => {
      await page.evaluate((target) => location.assign(target), url)
      await page.evaluate((target) => void window.open(target), url)
      await page.evaluate(() => void window.open('https://evil.example/'))
      await expectRefused('(https://evil.example)')
      await expectStillAtHome()
      await eventually(() => app.pageCount()).toBe(1)
      expect(await page.title()).toBe('plain page')
    },
  )

  it('is not carried away by a redirect', async () => {
    await app.loadFromMain(`${site.url}/redirect`)
    await expectRefused(NAVIGATION)
    expect(site.visits).toEqual(['/redirect'])
  })

  it('opens only the sites that Quartet links to, and those in the system browser', async () => {
    await page.evaluate(() => void window.open('https://www.tradingview.com@evil.example/'))
    await expectRefused(LINK)
    await page.evaluate(() => void window.open('https://www.tradingview.com/?utm_medium=lwc-link'))
    await eventually(openedOutside).toContain('https://www.tradingview.com/?utm_medium=lwc-link')
    await eventually(() => app.pageCount()).toBe(1)
    expect(new Set(await openedOutside()).size).toBe(1)
  })

  it('runs no inline script, no eval and no inline style', async () => {
    const ran = await page.evaluate(() => {
      document.body.append(Object.assign(document.createElement('script'), { textContent: 'globalThis.inline = 1' }))
      document.body.append(Object.assign(document.createElement('style'), { textContent: 'p { color: rgb(1, 2, 3) }' }))
      const holder = document.createElement('div')
      holder.innerHTML = '<img src="x:" onerror="globalThis.handler = 1"><p style="color: rgb(1, 2, 3)">x</p>'
      document.body.append(holder)
      const colors = [...document.querySelectorAll('p')].map((p) => getComputedStyle(p).color)
      return { inline: Reflect.has(globalThis, 'inline'), handler: Reflect.has(globalThis, 'handler'), colors }
    })
    expect(ran).toEqual({ inline: false, handler: false, colors: ['rgb(0, 0, 0)', 'rgb(0, 0, 0)'] })
  })

  it('reads no file outside the page', async () => {
    const statuses = await page.evaluate(
      (paths) => Promise.all(paths.map(async (path) => (await fetch(path)).status)),
      ['/..%2fmain/main.js', '/..%2f..%2f..%2fpackage.json', '/%2fetc%2fpasswd', '/%2e%2e/main/main.js', '/page.js'],
    )
    expect(statuses).toEqual([403, 403, 404, 404, 200])
  })

  it('is granted no permission', async () => {
    const granted = await page.evaluate(async () => {
      const names = ['geolocation', 'notifications', 'camera', 'microphone'] as const
      const states = await Promise.all(names.map((name) => navigator.permissions.query({ name })))
      const located = await new Promise((resolve) =>
        navigator.geolocation.getCurrentPosition(
          () => resolve('located'),
          () => resolve('refused'),
        ),
      )
      return [...states.map((status) => status.state), located]
    })
    expect(granted).toEqual(['denied', 'denied', 'denied', 'denied', 'refused'])
  })

  it('is not heard from another origin, even when one got into the window', async () => {
    await app.loadFromMain(`${site.url}/landed`)
    page = await app.page()
    expect(await page.title()).toBe('foreign')
    await page.evaluate(() => window.quartet?.send('let me in'))
    await expectRefused('was refused: it came from http://127.0.0.1')
    expect(stage.engineLog()).not.toContain('text let me in')
  })

  it('is not heard from another frame, even when that shows our own origin', async (test) => {
    if (app.forgeMessage === null) return test.skip('Electron itself gives other frames no way to the shell')
    await page.evaluate(() => void document.body.append(document.createElement('iframe')))
    await eventually(() => page.frames().length).toBe(2)
    const frame = page.frames()[1]
    if (frame === undefined) throw new Error('The frame went away')
    await app.forgeMessage(frame, 'quartet:send', ['let me in'])
    await app.forgeMessage(frame, 'quartet:hello', [])
    await expectRefused('quartet:hello was refused: it came from app://quartet')
    await expectStillAtHome()
    expect(stage.engineLog()).not.toContain('text let me in')
  })

  it('cannot send what is no text', async () => {
    await page.evaluate(() => Reflect.apply(window.quartet?.send ?? (() => {}), null, [{ text: 'object' }]))
    await expectStillAtHome()
    expect(stage.engineLog().join()).not.toMatch(/object/)
  })
})
