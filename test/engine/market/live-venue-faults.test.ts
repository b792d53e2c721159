import { type Candle, closeTimeMs, type MarketAnomaly } from '@shared/contract/candle'
import type { MarketUpdate } from '@shared/contract/market-data'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import type { LiveVenue } from '../../../src-main/engine/market/binance/live-venue'
import { type CandleStore, openCandleStore } from '../../../src-main/engine/market/candle-store/candle-store'
import type { MarketProblemCode } from '../../../src-main/engine/market/venue'
import { faultSchema } from '../../../src-main/practice/fault'
import { attempts, type LiveStage, stageLiveMarket } from '../../helpers/live-stage'
import { startLoopbackBinance } from '../../helpers/loopback-binance'
import { recordedMinutes } from '../../helpers/recorded-candles'
import { temporaryFolder } from '../../helpers/temporary-folder'
import { tickingClock } from '../../helpers/ticking-clock'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const firstOpen = Date.UTC(2023, 3, 26, 18)
const never = new AbortController().signal

type WrittenFault = z.input<typeof faultSchema>

let stage: LiveStage
let dir: string
let store: CandleStore
beforeEach(async () => {
  dir = temporaryFolder('live')
  const opened = openCandleStore(dir, 0)
  if (!opened.ok) throw new Error(opened.problem.message)
  store = opened.value
  stage = await stageLiveMarket(firstOpen + 40_000)
})
afterEach(async () => {
  await stage.close()
  store.close()
})

function strike(...faults: readonly WrittenFault[]): void {
  for (const fault of faults) expect(stage.exchange().inject(faultSchema.parse(fault)).ok).toBe(true)
}

/** A candle, and how long after its close at the exchange it was handed out. */
interface Watched extends MarketUpdate {
  readonly lateByMs: number
}

/** Runs until the candles of `minutes` minutes are there; `after` acts once the first minute is. */
async function watch(venue: LiveVenue, minutes: number, after: () => void): Promise<readonly Watched[]> {
  const seen: Watched[] = []
  for await (const update of venue.updates(never)) {
    const lateByMs = stage.exchange().clock.nowMs() - closeTimeMs(update.candle, update.timeframe)
    expect(lateByMs, 'no candle before it has closed').toBeGreaterThanOrEqual(0)
    seen.push({ ...update, lateByMs })
    if (seen.length === 2) after()
    if (seen.length === 2 * minutes) break
  }
  return seen
}

function bitcoin(updates: readonly MarketUpdate[]): readonly Candle[] {
  return updates.filter((update) => update.symbol === 'BTC/USDT').map((update) => update.candle)
}

function series() {
  return { source: stage.exchange().url, symbol: 'BTC/USDT', timeframe: '1m' } as const
}

function kinds(updates: readonly MarketUpdate[]): Set<MarketAnomaly['kind']> {
  return new Set(updates.flatMap((update) => update.anomalies.map((anomaly) => anomaly.kind)))
}

function troubles(): Set<MarketProblemCode> {
  return new Set(stage.told.map(({ code }) => code))
}

describe('every candle comes once, in order and as it was recorded, although', () => {
  const minutes = 5

  async function everyCandle(after: () => void): Promise<readonly Watched[]> {
    const updates = await watch(await stage.opened({ store }), minutes, after)
    const recorded = recordedMinutes('BTCUSDT', firstOpen, minutes)
    expect(bitcoin(updates)).toEqual(recorded)
    expect(kinds(updates)).not.toContain('gap')
    const stretch = { fromMs: firstOpen, toMs: firstOpen + minutes * minuteMs }
    expect(store.missingRanges(series(), stretch)).toEqual({ ok: true, value: [] })
    expect([...store.read(series(), stretch)]).toEqual(recorded)
    return updates
  }

  test('messages come twice', async () => {
    const updates = await everyCandle(() => strike({ kind: 'duplicate', stream: '@kline', times: 5000 }))
    expect(kinds(updates)).toContain('duplicate')
  })

  test('messages change places', async () => {
    await everyCandle(() => strike({ kind: 'out_of_order', stream: '@kline', times: 5000 }))
  })

  test('closed candles are never told', async () => {
    const updates = await everyCandle(() => strike({ kind: 'lost', stream: '@kline', times: 5000 }))
    const grace = 3000
    // The stream was waited for, and only then REST was asked.
    for (const { lateByMs } of updates.slice(2)) expect(lateByMs).toBeGreaterThanOrEqual(grace)
  })

  test('every connection is cut', async () => {
    const updates = await everyCandle(() => strike({ kind: 'sockets_cut' }))
    expect(kinds(updates)).toContain('outage')
  })

  test('the exchange is gone for two minutes', async () => {
    const updates = await everyCandle(() => strike({ kind: 'outage', forMs: 2 * minuteMs }))
    expect(kinds(updates)).toContain('outage')
    expect(troubles()).toContain('exchange_unreachable')
  })

  test('the exchange says that it is two minutes later', async () => {
    const updates = await everyCandle(() => {
      strike({ kind: 'clock_skew', byMs: 2 * minuteMs, forMs: hourMs })
      // The machine's clock is set, so that the exchange is asked for the time.
      stage.clock.setByMs(5000)
    })
    expect(kinds(updates)).toContain('clock_jump')
  })

  test('answers are refused with 503', async () => {
    await everyCandle(() => strike({ kind: 'server_error', path: '/time', times: attempts }, { kind: 'sockets_cut' }))
    expect(troubles()).toContain('exchange_unreachable')
  })

  test('questions are answered with 429', async () => {
    await everyCandle(() =>
      strike({ kind: 'rate_limited', path: '/time', times: attempts, retryAfterS: 1 }, { kind: 'sockets_cut' }),
    )
    expect(troubles()).toContain('exchange_rate_limited')
  })
})

test.each([
  ['ahead', 2 * minuteMs],
  ['behind', -2 * minuteMs],
])(
  'an exchange whose clock is %s at the start has no open candle taken for a closed one, and none left out',
  async (_name, byMs) => {
    strike({ kind: 'clock_skew', byMs, forMs: hourMs })
    const venue = await stage.opened({ store, fromMs: null })
    expect(venue.warmUp('BTC/USDT')).toEqual(recordedMinutes('BTCUSDT', firstOpen - 5 * minuteMs, 5))
    const updates = await watch(venue, 3, () => undefined)
    expect(bitcoin(updates)).toEqual(recordedMinutes('BTCUSDT', firstOpen, 3))
    expect(kinds(updates)).not.toContain('correction')
  },
)

test('a candle that changes after it closed is told as a correction, and both are kept', async () => {
  const updates = await watch(await stage.opened({ store }), 4, () =>
    strike({ kind: 'candle_corrected', pair: 'BTCUSDT', closeBps: 10 }),
  )
  const corrections = updates.flatMap((update) =>
    update.anomalies.flatMap((anomaly) => (anomaly.kind === 'correction' ? [anomaly] : [])),
  )
  expect(corrections).toHaveLength(1)
  const [correction] = corrections
  expect(correction?.became.close).toBeCloseTo((correction?.was.close ?? 0) * 1.001, 0)
  expect(store.corrections(series())).toMatchObject([{ was: correction?.was, became: correction?.became }])
})

test('a hole in the changes of a book makes it unknown until it is fetched anew', async () => {
  const venue = await stage.opened()
  const seen: (readonly [resyncs: number, isKnown: boolean])[] = []
  const isWhole = new Promise<void>((resolve) => {
    venue.ticks((tick) => {
      const resyncs = venue.bookResyncs()
      seen.push([resyncs, venue.book('BTC/USDT') !== null])
      const isBook = tick.kind === 'book' && tick.book.symbol === 'BTC/USDT' && tick.book.bids.length > 0
      if (isBook && resyncs > 0) resolve()
    })
  })
  const watching = watch(venue, 4, () => strike({ kind: 'lost', stream: 'btcusdt@depth', times: 1 }))
  await isWhole
  expect(venue.bookResyncs()).toBe(1)
  expect(seen, 'trades came while the book was not known').toContainEqual([1, false])
  const book = venue.book('BTC/USDT')
  expect(book?.bids[0]?.[0]).toBeLessThan(book?.asks[0]?.[0] ?? 0)
  await watching
})

test('a ban does not stop what comes over the stream', async () => {
  const venue = await stage.opened({ streaming: 'candles' })
  let bannedAtMs = 0
  const updates = await watch(venue, 4, () => {
    strike({ kind: 'banned', times: 1, retryAfterS: hourMs / 1000 }, { kind: 'sockets_cut' })
    bannedAtMs = stage.clock.nowMs()
  })
  expect(troubles()).toContain('exchange_rate_limited')
  expect(stage.clock.nowMs(), 'the ban still holds').toBeLessThan(bannedAtMs + hourMs)
  expect(bitcoin(updates)).toEqual(recordedMinutes('BTCUSDT', firstOpen, 4))
})

test('filters that changed since the last start are told in words, and hold', async () => {
  const before = await stage.opened({ store })
  expect(before.notices).toEqual([])
  const filters = [{ filterType: 'PRICE_FILTER', minPrice: '0.1', maxPrice: '1000000', tickSize: '0.1' }]
  strike({ kind: 'filters_changed', pair: 'BTCUSDT', filters })
  const after = await stage.opened({ store })
  expect(after.notices).toHaveLength(1)
  expect(after.notices[0]).toContain('BTC/USDT have changed')
  expect(after.notices[0]).toContain('tickSize from 0.01000000 to 0.1')
  expect(after.rules('BTC/USDT')?.tickSize).toBe('0.1')
})

test('a delisted symbol is named, and the others are not blamed', async () => {
  strike({ kind: 'delisted', pair: 'ETHUSDT' })
  const venue = await stage.open()
  expect(venue).toMatchObject({ ok: false, problem: { code: 'unknown_symbol' } })
  const message = venue.ok ? '' : venue.problem.message
  expect(message).toContain('ETH/USDT')
  expect(message).not.toContain('BTC/USDT')
})

test('where no WebSocket can be opened, REST carries the candles', async () => {
  const noon = Date.UTC(2024, 0, 10, 12)
  const clock = tickingClock(noon + hourMs - 10_000, 100)
  const binance = await startLoopbackBinance(clock.nowMs)
  const hour = (index: number): Candle => {
    return { openTimeMs: noon + index * hourMs, open: 9, high: 10, low: 8, close: 9, volume: 1 }
  }
  binance.candles.set('BTCUSDT', [hour(-2), hour(-1), hour(0), hour(1)])
  const asked = { baseUrl: binance.url, symbols: ['BTC/USDT'], timeframe: '1h', fromMs: noon, clock } as const
  const venue = await stage.opened(asked)
  for await (const update of venue.updates(never)) {
    expect(update).toMatchObject({ candle: hour(0), anomalies: [] })
    break
  }
  expect(venue.pulse('BTC/USDT').isLinked).toBe(false)
  await venue.close()
  await binance.close()
  clock.stop()
})
