import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, expect, test } from 'vitest'
import { visitFeeds } from '../../../../src-main/engine/market/news/news'
import { type NewsStore, openNewsStore } from '../../../../src-main/engine/market/news/news-store'
import { handClock } from '../../../helpers/hand-clock'
import { temporaryFolder } from '../../../helpers/temporary-folder'

const open: { close(): void }[] = []
const noonMs = Date.UTC(2021, 4, 17, 12)

afterEach(() => {
  for (const one of open.splice(0)) one.close()
})

const newFolder = (): string => temporaryFolder('news')

function storeIn(folder: string): NewsStore {
  const store = openNewsStore(folder)
  if (!store.ok) throw new Error(store.problem.message)
  open.push(store.value)
  return store.value
}

/** A server whose pages can be changed while it runs; a page that is null is an error. */
async function pages(
  initial: Record<string, string | null>,
): Promise<{ url: string; pages: Record<string, string | null> }> {
  const served = { ...initial }
  const server: Server = createServer(({ url = '' }, response) => {
    const page = served[url] ?? null
    if (page === null) response.writeHead(500).end()
    else response.writeHead(200, { 'content-type': 'application/rss+xml' }).end(page)
  })
  open.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server listens on no port')
  return { url: `http://127.0.0.1:${address.port}`, pages: served }
}

const wire = (...titles: string[]): string =>
  `<rss version="2.0"><channel><title>Wire</title>${titles.map((title) => `<item><title>${title}</title><pubDate>Mon, 03 May 2021 00:00:00 GMT</pubDate></item>`).join('')}</channel></rss>`

test('a headline is known from when it was first seen, whatever its date and however often it comes', async () => {
  const store = storeIn(newFolder())
  const clock = handClock(noonMs)
  const site = await pages({ '/': wire('Bitcoin up') })
  const round = {
    feeds: [`${site.url}/`],
    store,
    clock,
    allowPrivateAddresses: true,
    signal: new AbortController().signal,
  }
  const [first] = await visitFeeds(round)
  expect(first?.fresh).toMatchObject([
    { title: 'Bitcoin up', source: 'Wire', knownAtMs: noonMs, publishedAtMs: Date.UTC(2021, 4, 3) },
  ])
  await clock.sleepUntilMs(noonMs + 60_000, round.signal)
  site.pages['/'] = wire('Ether down', 'Bitcoin up')
  const [second] = await visitFeeds(round)
  expect(second?.fresh.map(({ title, knownAtMs }) => [title, knownAtMs])).toEqual([['Ether down', noonMs + 60_000]])
  expect(store.between(noonMs - 1, noonMs).map(({ title }) => title)).toEqual(['Bitcoin up'])
  expect(store.between(noonMs, noonMs + 60_000).map(({ title }) => title)).toEqual(['Ether down'])
})

test('a feed that fails is told of and the others are read; it is well again as soon as it answers', async () => {
  const store = storeIn(newFolder())
  const site = await pages({ '/good': wire('Bitcoin up'), '/bad': '<rss version="2.0"><channel>' })
  const feeds = ['/bad', '/good', '/missing'].map((path) => `${site.url}${path}`)
  const round = {
    feeds,
    store,
    clock: handClock(noonMs),
    allowPrivateAddresses: true,
    signal: new AbortController().signal,
  }
  const visits = await visitFeeds(round)
  expect(visits.map(({ fresh, problem }) => [fresh.length, problem?.code ?? null])).toEqual([
    [0, 'feed_broken'],
    [1, null],
    [0, 'feed_http_error'],
  ])
  expect(store.feed(`${site.url}/bad`).state.problem?.code).toBe('feed_broken')
  site.pages['/bad'] = wire('Ether down')
  await visitFeeds(round)
  expect(store.feed(`${site.url}/bad`).state).toMatchObject({ problem: null, title: 'Wire', askedAtMs: noonMs })
})

test('the store outlives its process, and keeps one score a headline, scorer and model', async () => {
  const folder = newFolder()
  const site = await pages({ '/': wire('Bitcoin up') })
  const before = storeIn(folder)
  const round = {
    feeds: [`${site.url}/`],
    store: before,
    clock: handClock(noonMs),
    allowPrivateAddresses: true,
    signal: new AbortController().signal,
  }
  const [visit] = await visitFeeds(round)
  const id = visit?.fresh[0]?.headlineId ?? ''
  before.keepScore(id, 'lexicon', 'afinn-165', 0.25, noonMs)
  before.keepScore(id, 'fingpt', 'abc', -0.5, noonMs + 1)
  before.keepScore('nobody', 'lexicon', 'afinn-165', 1, noonMs)
  before.close()
  const after = storeIn(folder)
  expect([
    after.score(id, 'lexicon', 'afinn-165'),
    after.score(id, 'fingpt', 'abc'),
    after.score(id, 'fingpt', 'def'),
  ]).toEqual([0.25, -0.5, null])
  expect(after.latest(5)).toMatchObject([{ headlineId: id, scorer: 'fingpt', score: -0.5 }])
  after.forgetBefore(noonMs + 1)
  expect(after.latest(5)).toEqual([])
})

test('a file that is no news store, and one of a newer Quartet, are refused and left alone', () => {
  const damaged = newFolder()
  writeFileSync(join(damaged, 'news.db'), 'this is no database, and long enough to be looked at as one'.repeat(50))
  expect(openNewsStore(damaged)).toMatchObject({ ok: false, problem: { code: 'news_store_unusable' } })
  const strange = newFolder()
  const other = new Database(join(strange, 'news.db'))
  other.exec('CREATE TABLE theirs (x)')
  other.close()
  expect(openNewsStore(strange)).toMatchObject({ ok: false, problem: { code: 'news_store_unusable' } })
  const newer = newFolder()
  storeIn(newer).close()
  const future = new Database(join(newer, 'news.db'))
  future.pragma('user_version = 99')
  future.close()
  expect(openNewsStore(newer)).toMatchObject({ ok: false, problem: { code: 'news_store_unusable' } })
})
