import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { chromiumPath } from '../helpers/chromium'
import type { DesktopApp } from '../helpers/electron-stand-in/desktop-app'
import { type ShellStage, stageShell } from '../helpers/shell-stage'
import { sayToEngine, textsOf, waitForState } from './plain-page'

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
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, visits, close: () => server.close() }
}

describe.skipIf(chromiumPath === null)('a hostile page in the desktop app', () => {
  let stage: ShellStage
  let app: DesktopApp
  let page: Page
  let site: ForeignSite

  beforeAll(async () => {
    site = await foreignSite()
  })
  afterAll(() => site?.close())
  beforeEach(async () => {
    site.visits.length = 0
    stage = stageShell({ engine: 'scripted', page: 'plain' })
    app = await stage.launch()
    page = await app.page()
    await waitForState(page, 'ready')
  })
  afterEach(async () => {
    await app.dispose()
    stage.remove()
  })

  /** The page is still the app's own document, and still speaks with the engine. */
  async function expectStillAtHome(): Promise<void> {
    expect(page.url()).toBe(app.appUrl('/'))
    await sayToEngine(page, 'still here')
    await expect.poll(() => textsOf(page)).toEqual(['engine 1 heard still here from window-1'])
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
    ['location', (url: string) => location.assign(url)],
    ['a link', (url: string) => Object.assign(document.createElement('a'), { href: url }).click()],
    ['a window of its own', (url: string) => void window.open(url)],
    [
      'a link to a new window',
      (url: string) => Object.assign(document.createElement('a'), { href: url, target: '_blank' }).click(),
    ],
    [
      'a frame',
      (url: string) => void document.body.append(Object.assign(document.createElement('iframe'), { src: url })),
    ],
    ['a picture', (url: string) => void document.body.append(Object.assign(new Image(), { src: url }))],
    ['fetch', (url: string) => void fetch(url, { mode: 'no-cors' }).catch(() => {})],
    ['a beacon', (url: string) => void navigator.sendBeacon(url, 'secret')],
    [
      'a form',
      (url: string) => {
        const form = Object.assign(document.createElement('form'), { action: url })
        document.body.append(form)
        form.submit()
      },
    ],
  ])('reaches no other site through %s', async (_way, go) => {
    await page.evaluate(go, `${site.url}/stolen`)
    await expectStillAtHome()
    await expect.poll(() => app.pageCount()).toBe(1)
    expect(site.visits).toEqual([])
    expect(await app.openedOutside()).toEqual([])
  })

  it.each(['javascript:document.title="owned"', 'data:text/html,owned', 'file:///etc/passwd', 'about:blank#x'])(
    'does not get to %s',
    async (url) => {
      await page.evaluate((target) => void window.open(target), url)
      if (!url.startsWith('about:')) await page.evaluate((target) => location.assign(target), url)
      await expectStillAtHome()
      await expect.poll(() => app.pageCount()).toBe(1)
      expect(await page.title()).toBe('plain page')
    },
  )

  it('is not carried away by a redirect', async () => {
    await app.loadFromMain(`${site.url}/redirect`)
    expect(site.visits).toEqual(['/redirect'])
    expect(app.log()).toContain('navigation to http://127.0.0.1')
  })

  it('opens only the sites that Quartet links to, and those in the system browser', async () => {
    await page.evaluate(() => void window.open('https://www.tradingview.com/?utm_medium=lwc-link'))
    await page.evaluate(() => void window.open('https://www.tradingview.com@evil.example/'))
    await expect.poll(() => app.openedOutside()).toEqual(['https://www.tradingview.com/?utm_medium=lwc-link'])
    await expect.poll(() => app.pageCount()).toBe(1)
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
      const names = ['geolocation', 'notifications', 'camera', 'microphone', 'clipboard-read'] as const
      const states = await Promise.all(names.map((name) => navigator.permissions.query({ name })))
      const located = await new Promise((resolve) =>
        navigator.geolocation.getCurrentPosition(
          () => resolve('located'),
          () => resolve('refused'),
        ),
      )
      return [...states.map((status) => status.state), located]
    })
    expect(granted).toEqual(['denied', 'denied', 'denied', 'denied', 'denied', 'refused'])
  })

  it('is not heard from another origin, even when one got into the window', async () => {
    await app.loadFromMain(`${site.url}/landed`)
    page = await app.page()
    expect(await page.title()).toBe('foreign')
    await page.evaluate(() => window.quartet?.send('let me in'))
    await expect.poll(() => app.log()).toContain('was refused: it came from http://127.0.0.1')
    expect(stage.engineLog()).not.toContain('text let me in')
  })

  it('is not heard from another frame, even when that shows our own origin', async (test) => {
    if (app.forgeMessage === null) return test.skip('Electron itself gives other frames no way to the shell')
    await page.evaluate(() => void document.body.append(document.createElement('iframe')))
    await expect.poll(() => page.frames().length).toBe(2)
    const frame = page.frames()[1]
    if (frame === undefined) throw new Error('The frame went away')
    await app.forgeMessage(frame, 'quartet:send', ['let me in'])
    await app.forgeMessage(frame, 'quartet:hello', [])
    await expect.poll(() => app.log()).toContain('quartet:hello was refused: it came from app://quartet')
    await expectStillAtHome()
    expect(stage.engineLog().filter((line) => /let me in|window-2/.test(line))).toEqual([])
  })

  it('cannot send what is no text', async () => {
    await page.evaluate(() => Reflect.apply(window.quartet?.send ?? (() => {}), null, [{ text: 'object' }]))
    await expectStillAtHome()
    expect(stage.engineLog().filter((line) => line.startsWith('text '))).toEqual(['text still here'])
  })
})
