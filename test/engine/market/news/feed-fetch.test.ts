import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { fetchFeed } from '../../../../src-main/engine/market/news/feed-fetch'
import { isPublicAddress } from '../../../../src-main/engine/market/news/public-address'

const open: Server[] = []

afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** A feed's server on this machine; gives its address. */
async function serving(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer)
  open.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server listens on no port')
  return `http://127.0.0.1:${address.port}`
}

const unknown = { etag: null, lastModified: null }
const here = { allowPrivateAddresses: true, signal: new AbortController().signal }

async function outcomeOf(url: string, options: Partial<Parameters<typeof fetchFeed>[2]> = {}): Promise<string> {
  const fetched = await fetchFeed(url, unknown, { ...here, ...options })
  return fetched.ok ? Buffer.from(fetched.value?.bytes ?? []).toString() : fetched.problem.code
}

test('a feed comes with what is needed to ask for news of it, and then "nothing new" is an answer', async () => {
  const asked: unknown[] = []
  const url = await serving(({ headers }, response) => {
    asked.push([headers['if-none-match'], headers['if-modified-since']])
    const isKnown = headers['if-none-match'] === '"v1"'
    response.writeHead(isKnown ? 304 : 200, { etag: '"v1"', 'last-modified': 'Mon, 17 May 2021 06:00:00 GMT' })
    response.end(isKnown ? '' : 'news')
  })
  const first = await fetchFeed(url, unknown, here)
  expect(first).toMatchObject({ ok: true, value: { etag: '"v1"', lastModified: 'Mon, 17 May 2021 06:00:00 GMT' } })
  if (!first.ok || first.value === null) return expect.unreachable()
  expect(await fetchFeed(url, first.value, here)).toEqual({ ok: true, value: null })
  expect(asked).toEqual([
    [undefined, undefined],
    ['"v1"', 'Mon, 17 May 2021 06:00:00 GMT'],
  ])
})

test('a compressed answer is unpacked, and one that unpacks without end is given up', async () => {
  const packed = await serving((_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' })
    response.end(gzipSync('news'))
  })
  expect(await outcomeOf(packed)).toBe('news')
  const bomb = await serving((_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' })
    response.end(gzipSync(Buffer.alloc(20_000_000)))
  })
  expect(await outcomeOf(bomb)).toBe('feed_too_large')
  const broken = await serving((_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' })
    response.end('this is no gzip')
  })
  expect(await outcomeOf(broken)).toBe('feed_unreachable')
})

test('an answer that is too long, too slow, cut short or an error ends in its own code', async () => {
  const endless = await serving((_, response) => {
    response.writeHead(200)
    const more = (): void => {
      if (!response.destroyed) response.write('x'.repeat(100_000), () => setImmediate(more))
    }
    more()
  })
  expect(await outcomeOf(endless)).toBe('feed_too_large')
  expect(await outcomeOf(await serving(() => undefined), { timeoutMs: 100 })).toBe('feed_timeout')
  const dripping = await serving((_, response) => void response.write('<rss'))
  expect(await outcomeOf(dripping, { timeoutMs: 200 })).toBe('feed_timeout')
  const cut = await serving((_, response) => {
    response.writeHead(200, { 'content-length': '1000' })
    response.write('<rss', () => response.destroy())
  })
  expect(await outcomeOf(cut)).toBe('feed_unreachable')
  const failing = await serving((_, response) => void response.writeHead(503).end())
  expect(await outcomeOf(failing)).toBe('feed_http_error')
  expect(await outcomeOf('http://127.0.0.1:1')).toBe('feed_unreachable')
})

describe('where a feed may not lead', () => {
  test('redirects are followed five times, and to web addresses alone', async () => {
    const circle = await serving((_, response) => void response.writeHead(302, { location: '/again' }).end())
    expect(await outcomeOf(circle)).toBe('feed_redirects')
    const away = await serving((_, response) => void response.writeHead(301, { location: 'file:///etc/passwd' }).end())
    expect(await outcomeOf(away)).toBe('feed_address_refused')
    const moved = await serving(({ url }, response) => {
      if (url === '/new') response.writeHead(200).end('moved')
      else response.writeHead(308, { location: '/new' }).end()
    })
    expect(await outcomeOf(moved)).toBe('moved')
  })

  test('this machine and its network are refused where the settings do not allow them, by number and by name', async () => {
    let visits = 0
    const url = await serving((_, response) => {
      visits += 1
      response.end('secret')
    })
    const { port } = new URL(url)
    const addresses = [
      url,
      `http://localhost:${port}/`,
      `http://[::1]:${port}/`,
      `http://[::ffff:127.0.0.1]:${port}/`,
      // The same address in one number, and in octal.
      `http://2130706433:${port}/`,
      `http://0177.0.0.1:${port}/`,
      `http://0.0.0.0:${port}/`,
      'http://169.254.169.254/latest/meta-data/',
      'http://10.0.0.1/',
    ]
    for (const address of addresses) {
      expect([address, await outcomeOf(address, { allowPrivateAddresses: false })]).toEqual([
        address,
        'feed_address_refused',
      ])
    }
    expect(visits).toBe(0)
  })

  test('other kinds of address, and ones with a password, are refused', async () => {
    for (const address of ['ftp://news.example/', 'file:///etc/passwd', 'http://a:b@news.example/', 'news']) {
      expect(await outcomeOf(address)).toBe('feed_address_refused')
    }
  })

  test.each([
    ['8.8.8.8', true],
    ['172.15.255.255', true],
    ['172.16.0.1', false],
    ['100.64.0.1', false],
    ['192.168.1.1', false],
    ['224.0.0.1', false],
    ['255.255.255.255', false],
    ['2606:4700::1111', true],
    ['::1', false],
    ['::ffff:8.8.8.8', false],
    ['fe80::1', false],
    ['fd00::1', false],
    ['2002:7f00:1::', false],
    ['64:ff9b::7f00:1', false],
    ['localhost', false],
  ])('%s on the public internet: %s', (address, isPublic) => {
    expect(isPublicAddress(address)).toBe(isPublic)
  })
})
