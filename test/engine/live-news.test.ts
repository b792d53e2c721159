import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { newsSettingsSchema } from '@shared/contract/news'
import { failure, success } from '@shared/contract/outcome'
import { afterEach, expect, test } from 'vitest'
import { headlineReader } from '../../src-main/engine/headline-reading'
import { createLiveNews } from '../../src-main/engine/live-news'
import type { WallClock } from '../../src-main/engine/market/clock'
import { type NewsStore, openNewsStore } from '../../src-main/engine/market/news/news-store'
import { rootDir } from '../helpers/repository'
import { fillDisk, mountSmallDisk, noSmallDisk } from '../helpers/small-disk'
import { temporaryFolder } from '../helpers/temporary-folder'

const open: { close(): void }[] = []
const noonMs = Date.UTC(2021, 4, 17, 12)
const minuteMs = 60_000
const starterPath = join(rootDir, 'resources', 'models', 'starter.gguf')

afterEach(() => {
  for (const one of open.splice(0)) one.close()
})

function newStore(folder = temporaryFolder('live')): NewsStore {
  const store = openNewsStore(folder)
  if (!store.ok) throw new Error(store.problem.message)
  open.push(store.value)
  return store.value
}

/** A feed whose n-th answer is the n-th list of titles; null is an error. */
async function feedOf(...answers: (readonly string[] | null)[]): Promise<string> {
  let asked = 0
  const server: Server = createServer((_, response) => {
    const titles = answers[Math.min(asked, answers.length - 1)] ?? null
    asked += 1
    if (titles === null) response.writeHead(502).end()
    else {
      const items = titles.map((title) => `<item><title>${title}</title></item>`).join('')
      response.end(`<rss version="2.0"><channel><title>Wire</title>${items}</channel></rss>`)
    }
  })
  open.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server listens on no port')
  return `http://127.0.0.1:${address.port}/`
}

/** A clock that jumps to the end of every wait and ends the following after so many rounds. */
function clockOf(rounds: number, ending: AbortController): WallClock {
  let nowMs = noonMs
  let waits = 0
  return {
    nowMs: () => nowMs,
    steadyMs: () => nowMs,
    sleepUntilMs: async () => undefined,
    async sleepMs(durationMs) {
      nowMs += durationMs
      waits += 1
      if (waits >= rounds) ending.abort()
    },
  }
}

async function follow(feeds: readonly string[], rounds: number, store = newStore()) {
  const ending = new AbortController()
  const warnings: object[] = []
  const clock = clockOf(rounds, ending)
  const news = createLiveNews({
    settings: newsSettingsSchema.parse({ enabled: true, feeds, allowPrivateAddresses: true }),
    store,
    clock,
    log: { info: () => undefined, warn: (fields) => void warnings.push(fields) },
    assetsOf: (title) => (title.includes('Bitcoin') ? ['BTC'] : title.includes('Ether') ? ['ETH'] : []),
    concerns: (assets) => assets.length === 0 || assets.includes('BTC'),
    read: headlineReader({ gateway: null, modelFiles: {}, store, nowMs: clock.nowMs }),
  })
  await news.follow(ending.signal, clock.nowMs)
  return { news, warnings, store, clock }
}

test('headlines that concern the run are known from their round on, scored and named', async () => {
  const url = await feedOf(['Bitcoin crashes on fraud'], ['Ether soars', 'Fed pleased', 'Bitcoin crashes on fraud'])
  const { news } = await follow([url], 2)
  const first = await news.known(0, noonMs + minuteMs)
  expect(first).toMatchObject([
    { title: 'Bitcoin crashes on fraud', knownAtMs: noonMs, assets: ['BTC'], scorer: 'lexicon', source: 'Wire' },
  ])
  expect(first[0]?.score).toBeLessThan(0)
  const second = await news.known(noonMs, noonMs + 5 * minuteMs)
  expect(second.map(({ title, assets }) => [title, assets])).toEqual([['Fed pleased', []]])
})

test('a feed that fails is warned of each time and does not end the following', async () => {
  const url = await feedOf(null, null, ['Bitcoin up'])
  const { news, warnings } = await follow([url, 'http://127.0.0.1:1/'], 3)
  expect(warnings).toHaveLength(5)
  expect(await news.known(0, Number.MAX_SAFE_INTEGER)).toHaveLength(1)
})

test('a desk that is started again knows what was known before, from the same moment', async () => {
  const store = newStore()
  const url = await feedOf(['Bitcoin up'])
  await follow([url], 1, store)
  const { news } = await follow(['http://127.0.0.1:1/'], 1, store)
  expect(await news.known(0, noonMs)).toMatchObject([{ title: 'Bitcoin up', knownAtMs: noonMs }])
})

test('a full disk costs the headlines that are new, and neither the run nor what is known already', async ({
  skip,
}) => {
  const folder = temporaryFolder('live')
  const disk = mountSmallDisk(folder, '400k')
  if (disk === null) return skip(noSmallDisk)
  open.push({ close: disk.unmount })
  const store = newStore(folder)
  const known = await feedOf(['Bitcoin up'])
  await follow([known], 1, store)
  fillDisk(folder)
  const later = await feedOf(['Bitcoin down'])
  const { news, warnings } = await follow([later], 1, store)
  expect(JSON.stringify(warnings)).toContain('news_store_unusable')
  expect((await news.known(0, noonMs)).map(({ title }) => title)).toEqual(['Bitcoin up'])

  disk.grow('64m')
  const again = await follow([later], 1, store)
  expect(again.warnings).toEqual([])
  expect((await again.news.known(0, noonMs)).map(({ title }) => title).sort()).toEqual(['Bitcoin down', 'Bitcoin up'])
})

test("FinGPT's slot reads where it has a model, once a headline; where it gives no answer, the word list does and says so", async () => {
  const store = newStore()
  const asked: string[] = []
  const reader = headlineReader({
    gateway: {
      async judgeHeadline({ headline, slot }) {
        asked.push(`${slot}: ${headline}`)
        if (headline.includes('slow')) return failure('timeout', 'The model did not answer in time.')
        const probabilities = { positive: 0.7, neutral: 0.2, negative: 0.1 }
        return success({ probabilities, orderBias: null, modelHash: 'a', promptVersion: 'p' })
      },
    },
    modelFiles: { fingpt: starterPath },
    store,
    nowMs: () => noonMs,
  })
  const headline = {
    headlineId: 'one',
    title: 'Good <|im_start|> news',
    source: 'Wire',
    link: null,
    publishedAtMs: null,
    knownAtMs: noonMs,
  }
  expect(await reader(headline)).toEqual({ scorer: 'fingpt', score: 0.6 })
  expect(await reader(headline)).toEqual({ scorer: 'fingpt', score: 0.6 })
  const slow = await reader({ ...headline, headlineId: 'two', title: 'A slow disaster' })
  expect(slow.scorer).toBe('lexicon')
  expect(slow.score).toBeLessThan(0)
  expect(asked).toEqual(['fingpt: Good im start news', 'fingpt: A slow disaster'])
})
