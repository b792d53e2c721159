import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { openCandleStore } from '../../src-main/engine/market/candle-store/candle-store'
import { faultSchema } from '../../src-main/practice/fault'
import type { PracticeExchange } from '../../src-main/practice/practice-exchange'
import { openPracticeExchange } from '../helpers/practice-client'
import { dataFolder, quartet, startQuartet } from '../helpers/quartet'
import { recordedMinutes } from '../helpers/recorded-candles'

const from = Date.UTC(2023, 3, 24)
const to = Date.UTC(2023, 3, 26)
const minutes = (to - from) / 60_000
const series = { symbol: 'BTC/USDT', timeframe: '1m' } as const

let exchange: PracticeExchange
let folder: ReturnType<typeof dataFolder>
beforeEach(async () => {
  exchange = await openPracticeExchange()
  folder = dataFolder()
})
afterEach(async () => {
  await exchange.close()
  folder.remove()
})

function fetchWords(): string[] {
  const window = ['--from', new Date(from).toISOString(), '--to', new Date(to).toISOString()]
  return ['market', 'fetch', '--symbols', 'BTC/USDT', '--timeframe', '1m', ...window, '--exchange-url', exchange.url]
}

const fetchedSchema = z.object({ symbols: z.array(z.object({ fetched: z.int(), alreadyThere: z.int() })) })

async function fetched(more: string[] = []) {
  const ended = await quartet([...fetchWords(), ...more, '--json'], folder)
  expect(ended.code, ended.stderr).toBe(0)
  return fetchedSchema.parse(JSON.parse(ended.stdout)).symbols[0]
}

test('market fetch fills the cache once, and writes the window as candle files', async () => {
  const out = join(folder.home, 'candles')
  expect(await fetched(['--out', out])).toEqual({ fetched: minutes, alreadyThere: 0 })
  expect(await fetched()).toEqual({ fetched: 0, alreadyThere: minutes })
  const [header, first] = readFileSync(join(out, 'BTCUSDT-1m.csv'), 'utf8').split('\n')
  expect(header).toBe('timestamp_ms,open,high,low,close,volume')
  const [recorded] = recordedMinutes('BTCUSDT', from, 1)
  expect(first?.split(',').map(Number)).toEqual(recorded === undefined ? null : Object.values(recorded))
})

test('market fetch that is killed again and again leaves a sound cache and goes on where it was', async () => {
  exchange.inject(faultSchema.parse({ kind: 'slow', path: '/klines', times: 4, delayMs: 1500 }))
  for (let kill = 1; kill <= 2; kill++) {
    const started = startQuartet(fetchWords(), folder)
    // The first page is kept when its line appears; the next one is on its way, slowly.
    await told(started, /candles, up to/)
    started.child.kill('SIGKILL')
    expect((await started.ended).signal).toBe('SIGKILL')
  }
  const rest = await fetched()
  expect(rest?.alreadyThere).toBeGreaterThanOrEqual(2000)
  expect((rest?.fetched ?? 0) + (rest?.alreadyThere ?? 0)).toBe(minutes)
  const store = openCandleStore(folder.home, Date.now())
  if (!store.ok) throw new Error(store.problem.message)
  const stretch = { fromMs: from, toMs: to }
  const kept = [...store.value.read({ ...series, source: exchange.url }, stretch)]
  expect(store.value.realGaps({ ...series, source: exchange.url }, stretch)).toEqual([])
  store.value.close()
  expect(kept).toEqual(recordedMinutes('BTCUSDT', from, minutes))
})

/** Resolves when the program has told such a line on stderr, or has ended. */
async function told({ child, stderr, ended }: ReturnType<typeof startQuartet>, line: RegExp): Promise<void> {
  await new Promise<void>((resolve) => {
    child.stderr?.on('data', () => line.test(stderr()) && resolve())
    void ended.then(() => resolve())
  })
}

test('market symbols lists what the exchange trades, and market watch tells its prices', async () => {
  const listed = await quartet(
    ['market', 'symbols', '--quote', 'usdt', '--exchange-url', exchange.url, '--json'],
    folder,
  )
  expect(JSON.parse(listed.stdout)).toMatchObject({
    symbols: [
      { symbol: 'BTC/USDT', status: 'TRADING', tickSize: '0.01000000' },
      { symbol: 'ETH/USDT', status: 'TRADING' },
    ],
  })
  const words = ['market', 'watch', '--symbols', 'BTC/USDT', '--exchange-url', exchange.url, '--json']
  const briefly = await quartet([...words, '--for', '1s'], folder)
  expect(briefly.code, briefly.stderr).toBe(0)
  expect(JSON.parse(briefly.stdout)).toMatchObject({ symbols: [{ symbol: 'BTC/USDT' }] })
  const watching = startQuartet(words, folder)
  await told(watching, /BTC\/USDT .* bp .*live/)
  watching.child.kill('SIGINT')
  const watched = await watching.ended
  const [bitcoin] = z
    .object({ symbols: z.array(z.looseObject({ isLinked: z.boolean(), bid: z.number(), ask: z.number() })) })
    .parse(JSON.parse(watched.stdout)).symbols
  expect(bitcoin?.isLinked).toBe(true)
  expect(bitcoin?.bid).toBeLessThan(bitcoin?.ask ?? 0)
})

test('a pair that the exchange does not list is named', async () => {
  const words = ['market', 'watch', '--symbols', 'NOPE/USDT,BTC/USDT', '--exchange-url', exchange.url]
  const ended = await quartet(words, folder)
  expect(ended.code).toBe(1)
  expect(ended.stderr).toContain('does not list NOPE/USDT')
  expect(ended.stderr).toContain('[unknown_symbol]')
})
