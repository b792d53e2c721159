import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Candle, MarketAnomaly } from '@shared/contract/candle'
import type { MarketUpdate } from '@shared/contract/market-data'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import type { LiveVenue } from '../../../src-main/engine/market/binance/live-venue'
import { type BinanceOptions, openBinanceVenue } from '../../../src-main/engine/market/binance-venue'
import { type CandleStore, openCandleStore } from '../../../src-main/engine/market/candle-store/candle-store'
import { systemClock } from '../../../src-main/engine/market/clock'
import { faultSchema } from '../../../src-main/practice/fault'
import type { PracticeExchange } from '../../../src-main/practice/practice-exchange'
import { startLoopbackBinance } from '../../helpers/loopback-binance'
import { openPracticeExchange } from '../../helpers/practice-client'
import { recordedMinutes } from '../../helpers/recorded-candles'

const minuteMs = 60_000
const firstOpen = Date.UTC(2023, 3, 26, 18)
const never = new AbortController().signal

let exchange: PracticeExchange
let dir: string
let store: CandleStore
const venues: LiveVenue[] = []
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'quartet-live-'))
  const opened = openCandleStore(dir, 0)
  if (!opened.ok) throw new Error(opened.problem.message)
  store = opened.value
  // A market minute passes in half a second.
  exchange = await openPracticeExchange({ startMs: firstOpen + 40_000, speed: 120 })
})
afterEach(async () => {
  for (const venue of venues.splice(0)) await venue.close()
  await exchange.close()
  store.close()
  rmSync(dir, { recursive: true })
})

function open(options: Partial<BinanceOptions> = {}) {
  return openBinanceVenue({
    symbols: ['BTC/USDT', 'ETH/USDT'],
    timeframe: '1m',
    fromMs: firstOpen,
    toMs: null,
    warmUpCandles: 5,
    clock: systemClock,
    random: () => 0,
    baseUrl: exchange.url,
    store,
    retryPauseMs: 1,
    attempts: 3,
    timeoutMs: 2000,
    ...options,
  })
}

async function opened(options: Partial<BinanceOptions> = {}): Promise<LiveVenue> {
  const venue = await open(options)
  if (!venue.ok) throw new Error(venue.problem.message)
  venues.push(venue.value)
  return venue.value
}

function strike(fault: z.input<typeof faultSchema>): void {
  exchange.inject(faultSchema.parse(fault))
}

/** Runs until the candles of `minutes` minutes are there; `after` acts once the first minute is. */
async function watch(venue: LiveVenue, minutes: number, after: () => void): Promise<readonly MarketUpdate[]> {
  const seen: MarketUpdate[] = []
  for await (const update of venue.updates(never)) {
    const closedAtMs = update.candle.openTimeMs + minuteMs
    expect(exchange.clock.nowMs(), 'no candle before it has closed').toBeGreaterThanOrEqual(closedAtMs)
    seen.push(update)
    if (seen.length === 2) after()
    if (seen.length === 2 * minutes) break
  }
  return seen
}

function bitcoin(updates: readonly MarketUpdate[]): readonly Candle[] {
  return updates.filter((update) => update.symbol === 'BTC/USDT').map((update) => update.candle)
}

function kinds(updates: readonly MarketUpdate[]): Set<MarketAnomaly['kind']> {
  return new Set(updates.flatMap((update) => update.anomalies.map((anomaly) => anomaly.kind)))
}

describe('every candle comes once, in order and as it was recorded, although', () => {
  test.each([
    ['messages come twice', { kind: 'duplicate', stream: '@kline', times: 5000 }, ['duplicate']],
    ['messages change places', { kind: 'out_of_order', stream: '@kline', times: 5 }, []],
    ['closed candles are never told', { kind: 'lost', stream: '@kline', times: 500 }, []],
    ['every connection is cut', { kind: 'sockets_cut' }, ['outage']],
    ['the exchange is gone for two minutes', { kind: 'outage', forMs: 2 * minuteMs }, ['outage']],
    ['the exchange says that it is two minutes later', { kind: 'clock_skew', byMs: 120_000, forMs: 600_000 }, []],
    ['answers are refused with 503', { kind: 'server_error', times: 4 }, []],
    ['the next questions are answered with 429', { kind: 'rate_limited', times: 2, retryAfterS: 1 }, []],
  ] as const)(
    '%s',
    async (_name, fault, told) => {
      const venue = await opened()
      const updates = await watch(venue, 6, () => strike(structuredClone(fault)))
      expect(bitcoin(updates)).toEqual(recordedMinutes('BTCUSDT', firstOpen, 6))
      for (const kind of told) expect(kinds(updates)).toContain(kind)
      expect(kinds(updates)).not.toContain('gap')
      const stretch = { fromMs: firstOpen, toMs: firstOpen + 6 * minuteMs }
      const series = { source: exchange.url, symbol: 'BTC/USDT', timeframe: '1m' } as const
      expect(store.missingRanges(series, stretch)).toEqual({ ok: true, value: [] })
      expect([...store.read(series, stretch)]).toEqual(recordedMinutes('BTCUSDT', firstOpen, 6))
    },
    30_000,
  )
})

test('a candle that changes after it closed is told as a correction, and both are kept', async () => {
  const venue = await opened()
  const updates = await watch(venue, 5, () => strike({ kind: 'candle_corrected', pair: 'BTCUSDT', closeBps: 10 }))
  const corrections = updates.flatMap((update) =>
    update.anomalies.flatMap((anomaly) => (anomaly.kind === 'correction' ? [anomaly] : [])),
  )
  expect(corrections).toHaveLength(1)
  const [correction] = corrections
  expect(correction?.became.close).toBeCloseTo((correction?.was.close ?? 0) * 1.001, 0)
  const series = { source: exchange.url, symbol: 'BTC/USDT', timeframe: '1m' } as const
  expect(store.corrections(series)).toMatchObject([{ was: correction?.was, became: correction?.became }])
}, 30_000)

test('a hole in the changes of a book makes it unknown until it is fetched anew', async () => {
  const venue = await opened()
  await watch(venue, 5, () => strike({ kind: 'lost', stream: '@depth', times: 3 }))
  expect(venue.bookResyncs()).toBeGreaterThan(0)
  const book = venue.book('BTC/USDT')
  expect(book?.bids[0]?.[0]).toBeLessThan(book?.asks[0]?.[0] ?? 0)
}, 30_000)

test('a ban does not stop what comes over the stream', async () => {
  const venue = await opened({ streaming: 'candles' })
  let bannedAt = 0
  const updates = await watch(venue, 5, () => {
    strike({ kind: 'banned', times: 1, retryAfterS: 120 })
    strike({ kind: 'sockets_cut' })
    bannedAt = performance.now()
  })
  expect(performance.now() - bannedAt).toBeLessThan(20_000)
  expect(bitcoin(updates).at(-1)?.openTimeMs).toBeGreaterThanOrEqual(firstOpen + 4 * minuteMs)
}, 30_000)

test('filters that changed since the last start are told in words, and hold', async () => {
  const before = await opened()
  expect(before.notices).toEqual([])
  const filters = [{ filterType: 'PRICE_FILTER', minPrice: '0.1', maxPrice: '1000000', tickSize: '0.1' }]
  strike({ kind: 'filters_changed', pair: 'BTCUSDT', filters })
  const after = await opened()
  expect(after.notices).toHaveLength(1)
  expect(after.notices[0]).toContain('BTC/USDT have changed')
  expect(after.notices[0]).toContain('tickSize from 0.01000000 to 0.1')
  expect(after.rules('BTC/USDT')?.tickSize).toBe('0.1')
})

test('a delisted symbol is named, and the others are not blamed', async () => {
  strike({ kind: 'delisted', pair: 'ETHUSDT' })
  const venue = await open()
  expect(venue).toMatchObject({ ok: false, problem: { code: 'unknown_symbol' } })
  const message = venue.ok ? '' : venue.problem.message
  expect(message).toContain('ETH/USDT')
  expect(message).not.toContain('BTC/USDT')
})

test('where no WebSocket can be opened, REST carries the candles', async () => {
  const hourMs = 3_600_000
  const noon = Date.UTC(2024, 0, 10, 12)
  const startedAt = performance.now()
  const nowMs = (): number => Math.floor(noon + hourMs - 1000 + (performance.now() - startedAt))
  const binance = await startLoopbackBinance(nowMs)
  const hour = (index: number): Candle => {
    return { openTimeMs: noon + index * hourMs, open: 9, high: 10, low: 8, close: 9, volume: 1 }
  }
  binance.candles.set('BTCUSDT', [hour(-2), hour(-1), hour(0), hour(1)])
  const venue = await opened({ baseUrl: binance.url, symbols: ['BTC/USDT'], timeframe: '1h', fromMs: noon })
  for await (const update of venue.updates(never)) {
    expect(update).toMatchObject({ candle: hour(0), anomalies: [] })
    break
  }
  expect(venue.pulse('BTC/USDT').isLinked).toBe(false)
  await venue.close()
  await binance.close()
}, 15_000)
