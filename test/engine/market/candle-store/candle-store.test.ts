import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Candle } from '@shared/contract/candle'
import { failure, success } from '@shared/contract/outcome'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cacheFileName } from '../../../../src-main/engine/market/candle-store/cache-file'
import { type CandleStore, openCandleStore } from '../../../../src-main/engine/market/candle-store/candle-store'
import { type CandleSource, fillStore } from '../../../../src-main/engine/market/candle-store/fill-store'
import { mountSmallDisk, noSmallDisk } from '../../../helpers/small-disk'
import { temporaryFolder } from '../../../helpers/temporary-folder'

const hourMs = 3_600_000
const midnight = Date.UTC(2024, 0, 1)
const series = { source: 'https://api.binance.com', symbol: 'BTC/USDT', timeframe: '1h' } as const
const pageSize = 1000

let dir: string
let store: CandleStore
beforeEach(() => {
  dir = temporaryFolder('store')
  store = opened()
})
afterEach(() => {
  store.close()
})

function opened(): CandleStore {
  const opening = openCandleStore(dir, midnight)
  if (!opening.ok) throw new Error(opening.problem.message)
  return opening.value
}

function hour(index: number, price = 100): Candle {
  return {
    openTimeMs: midnight + index * hourMs,
    open: price,
    high: price + 1,
    low: price - 1,
    close: price,
    volume: 3,
  }
}

function hours(fromIndex: number, toIndex: number): Candle[] {
  return Array.from({ length: toIndex - fromIndex }, (_, index) => hour(fromIndex + index))
}

function stretch(fromIndex: number, toIndex: number) {
  return { fromMs: midnight + fromIndex * hourMs, toMs: midnight + toIndex * hourMs }
}

/** An exchange that has these hours, and counts what it is asked. */
function exchange(candles: readonly Candle[], nowIndex: number) {
  const asked: number[] = []
  let failsAt = Number.POSITIVE_INFINITY
  const source: CandleSource<'exchange_unreachable'> = {
    serverTimeMs: async () => success(midnight + nowIndex * hourMs + 60_000),
    async candles(_symbol, _timeframe, sinceMs) {
      asked.push(sinceMs)
      if (asked.length === failsAt) return failure('exchange_unreachable', 'cut')
      return success(candles.filter((candle) => candle.openTimeMs >= sinceMs).slice(0, pageSize))
    },
  }
  return { source, asked, failAt: (request: number) => (failsAt = request) }
}

async function fill(source: CandleSource<string>, fromIndex: number, toIndex: number) {
  const filled = await fillStore({ store, source, series, asked: stretch(fromIndex, toIndex) })
  if (!filled.ok) throw new Error(filled.problem.message)
  return filled.value
}

describe('filling', () => {
  test('fetches what is missing page by page, and nothing of what is there', async () => {
    const binance = exchange(hours(0, 2500), 2500)
    expect(await fill(binance.source, 0, 2500)).toMatchObject({ fetched: 2500, corrections: [] })
    expect(binance.asked).toHaveLength(3)
    expect(await fill(binance.source, 0, 2500)).toMatchObject({ fetched: 0 })
    expect(binance.asked).toHaveLength(3)
    expect([...store.read(series, stretch(0, 2500))]).toEqual(hours(0, 2500))
  })

  test('asks only for the hole between two stretches', async () => {
    const binance = exchange(hours(0, 100), 100)
    await fill(binance.source, 0, 10)
    await fill(binance.source, 50, 60)
    binance.asked.length = 0
    expect(await fill(binance.source, 0, 60)).toMatchObject({ fetched: 40 })
    expect(binance.asked).toEqual([midnight + 10 * hourMs])
  })

  test('knows an outage of the exchange for a real gap, and asks for it once only', async () => {
    const binance = exchange([...hours(0, 10), ...hours(14, 30)], 30)
    await fill(binance.source, 0, 30)
    expect(store.realGaps(series, stretch(0, 30))).toEqual([stretch(10, 14)])
    binance.asked.length = 0
    await fill(binance.source, 0, 30)
    expect(binance.asked).toEqual([])
  })

  test('knows that nothing is traded before the listing', async () => {
    const binance = exchange(hours(20, 30), 30)
    await fill(binance.source, 0, 30)
    expect(store.realGaps(series, stretch(0, 30))).toEqual([stretch(0, 20)])
  })

  test('leaves out the candle that is still open by the exchange, and fetches it once it has closed', async () => {
    await fill(exchange(hours(0, 11), 10).source, 0, 20)
    expect([...store.read(series, stretch(0, 20))]).toEqual(hours(0, 10))
    await fill(exchange(hours(0, 12), 11).source, 0, 20)
    expect([...store.read(series, stretch(0, 20))]).toEqual(hours(0, 11))
  })

  test('does not take a candle for missing that the exchange has not published yet', async () => {
    const late = exchange(hours(0, 9), 10)
    await fill(late.source, 0, 10)
    expect(store.missingRanges(series, stretch(0, 10))).toEqual(success([stretch(9, 10)]))
  })

  test('goes on where a cut connection left it', async () => {
    const binance = exchange(hours(0, 2500), 2500)
    binance.failAt(2)
    const cut = await fillStore({ store, source: binance.source, series, asked: stretch(0, 2500) })
    expect(cut).toMatchObject({ ok: false, problem: { code: 'exchange_unreachable' } })
    expect(await fill(binance.source, 0, 2500)).toMatchObject({ fetched: 1500 })
    expect([...store.read(series, stretch(0, 2500))]).toEqual(hours(0, 2500))
  })

  test('stops between two pages when told to', async () => {
    const stop = new AbortController()
    const { source } = exchange(hours(0, 2500), 2500)
    const asked = stretch(0, 2500)
    const filled = await fillStore({ store, source, series, asked, signal: stop.signal, onPage: () => stop.abort() })
    expect(filled).toMatchObject({ ok: true, value: { fetched: 1000, interrupted: true } })
  })
})

describe('what the exchange says twice', () => {
  const exchangeTimeMs = midnight + 30 * hourMs

  test('is ignored where it is the same', () => {
    const page = { candles: hours(0, 5), answered: stretch(0, 5), exchangeTimeMs }
    store.add(series, page)
    expect(store.add(series, page)).toEqual(success({ added: 0, alreadyThere: 5, corrections: [] }))
  })

  test('is a correction where it differs: both are kept, the new one is read', () => {
    store.add(series, { candles: hours(0, 5), answered: stretch(0, 5), exchangeTimeMs })
    const changed = hour(3, 120)
    const correction = { was: hour(3), became: changed, seenAtMs: exchangeTimeMs }
    const again = store.add(series, { candles: [changed], answered: stretch(3, 4), exchangeTimeMs })
    expect(again).toMatchObject({ value: { corrections: [correction] } })
    expect(store.corrections(series)).toEqual([correction])
    expect([...store.read(series, stretch(3, 4))]).toEqual([changed])
  })
})

test('the stretches that are missing and those that were answered make up the whole, whatever the order of the answers', () => {
  const length = 60
  const part = fc.tuple(fc.nat(length), fc.nat(length)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
  let run = 0
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const own = { ...series, source: `run ${run++}` }
      const covered = new Set<number>()
      for (const [from, to] of parts) {
        store.add(own, { candles: [], answered: stretch(from, to), exchangeTimeMs: midnight + 100 * hourMs })
        for (let index = from; index < to; index++) covered.add(index)
      }
      const missing = store.missingRanges(own, stretch(0, length))
      const missed = (missing.ok ? missing.value : []).flatMap(({ fromMs, toMs }) =>
        Array.from({ length: (toMs - fromMs) / hourMs }, (_, index) => (fromMs - midnight) / hourMs + index),
      )
      const expected = Array.from({ length }, (_, index) => index).filter((index) => !covered.has(index))
      expect(missed).toEqual(expected)
    }),
    { numRuns: 50 },
  )
})

describe('a cache in trouble', () => {
  test.each([
    ['garbage', 'this was never a database, and it is long enough to be taken for one'.repeat(200)],
    ['cut', 'SQLite format 3\u0000'],
  ])('that is %s is set aside, and a new one is begun', async (_name, content) => {
    store.close()
    for (const name of readdirSync(dir)) rmSync(join(dir, name))
    writeFileSync(join(dir, cacheFileName), content)
    store = opened()
    expect(store.setAside === null ? null : existsSync(store.setAside)).toBe(true)
    expect(await fill(exchange(hours(0, 5), 5).source, 0, 5)).toMatchObject({ fetched: 5 })
  })

  test('on a full disk keeps whole pages, says so, and goes on with space', async ({ skip }) => {
    const small = temporaryFolder('full')
    const disk = mountSmallDisk(small, '600k')
    if (disk === null) return skip(noSmallDisk)
    try {
      store.close()
      dir = small
      store = opened()
      const binance = exchange(hours(0, 20_000), 20_000)
      const full = await fillStore({ store, source: binance.source, series, asked: stretch(0, 20_000) })
      expect(full).toMatchObject({ ok: false, problem: { code: 'disk_full' } })
      const kept = [...store.read(series, stretch(0, 20_000))]
      expect(kept.length % pageSize).toBe(0)
      expect(kept).toEqual(hours(0, kept.length))
      disk.grow('64m')
      expect(await fill(binance.source, 0, 20_000)).toMatchObject({ fetched: 20_000 - kept.length })
    } finally {
      store.close()
      disk.unmount()
      dir = small
      store = opened()
    }
  })

  test('on a read-only disk is refused in words, and nothing of it is lost', async ({ skip }) => {
    const small = temporaryFolder('read-only')
    const disk = mountSmallDisk(small, '8m')
    if (disk === null) return skip(noSmallDisk)
    try {
      store.close()
      dir = small
      store = opened()
      await fill(exchange(hours(0, 5), 5).source, 0, 5)
      store.close()
      disk.setReadOnly()
      expect(openCandleStore(dir, 0)).toMatchObject({ ok: false, problem: { code: 'cache_unwritable' } })
      disk.setWritable()
      store = opened()
      expect([...store.read(series, stretch(0, 9))]).toEqual(hours(0, 5))
    } finally {
      store.close()
      disk.unmount()
      dir = small
      store = opened()
    }
  })
})
