import type { Candle } from '@shared/contract/candle'
import type { MarketUpdate } from '@shared/contract/market-data'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type BinanceOptions, openBinanceVenue } from '../../../src-main/engine/market/binance-venue'
import { type HandClock, handClock } from '../../helpers/hand-clock'
import { type LoopbackBinance, startLoopbackBinance } from '../../helpers/loopback-binance'

const hourMs = 3_600_000
const noon = Date.UTC(2024, 0, 10, 12)
/** The exchange's clock runs this far ahead of ours. */
const serverAheadMs = 700

let clock: HandClock
let binance: LoopbackBinance

beforeEach(async () => {
  clock = handClock(noon + 10 * 60_000)
  binance = await startLoopbackBinance(() => clock.steadyMs() + serverAheadMs)
})
afterEach(() => binance.close())

function hours(fromMs: number, count: number, price = 100): Candle[] {
  return Array.from({ length: count }, (_, index) => ({
    openTimeMs: fromMs + index * hourMs,
    open: price + index,
    high: price + index + 2,
    low: price + index - 2,
    close: price + index + 1,
    volume: 5,
  }))
}

function open(options: Partial<BinanceOptions> = {}) {
  return openBinanceVenue({
    symbols: ['BTC/USDT'],
    timeframe: '1h',
    fromMs: null,
    toMs: null,
    warmUpCandles: 10,
    clock,
    random: () => 0,
    baseUrl: binance.url,
    retryPauseMs: 1,
    streaming: 'off',
    attempts: 3,
    ...options,
  })
}

async function opened(options: Partial<BinanceOptions> = {}) {
  const venue = await open(options)
  if (!venue.ok) throw new Error(venue.problem.message)
  return venue.value
}

async function take(updates: AsyncIterable<MarketUpdate>, count = Number.POSITIVE_INFINITY): Promise<MarketUpdate[]> {
  const taken: MarketUpdate[] = []
  for await (const update of updates) {
    taken.push(update)
    if (taken.length >= count) break
  }
  return taken
}

const never = new AbortController().signal

describe('a live feed', () => {
  test('warms up with closed candles and hands each hour out only after its close', async () => {
    binance.candles.set('BTCUSDT', hours(noon - 48 * hourMs, 60))
    const venue = await opened()
    expect(venue.warmUp('BTC/USDT').map((candle) => candle.openTimeMs)).toEqual(
      hours(noon - 10 * hourMs, 10).map((candle) => candle.openTimeMs),
    )
    const seenAt: number[] = []
    for await (const update of venue.updates(never)) {
      seenAt.push(clock.nowMs() + serverAheadMs - (update.candle.openTimeMs + hourMs))
      if (seenAt.length === 3) break
    }
    expect(seenAt.every((lateMs) => lateMs >= 0 && lateMs < 5000)).toBe(true)
  })

  test.each([2 * hourMs, -2 * hourMs])(
    'somebody sets the clock of the machine by %i ms: it is told, and no candle goes out early or late for it',
    async (byMs) => {
      binance.candles.set('BTCUSDT', hours(noon - 48 * hourMs, 60))
      const venue = await opened()
      const seen: MarketUpdate[] = []
      for await (const update of venue.updates(never)) {
        const lateMs = clock.steadyMs() + serverAheadMs - (update.candle.openTimeMs + hourMs)
        expect(lateMs).toBeGreaterThanOrEqual(0)
        expect(lateMs).toBeLessThan(5000)
        seen.push(update)
        if (seen.length === 1) clock.jumpMs(byMs)
        if (seen.length === 3) break
      }
      expect(seen.map((update) => update.candle.openTimeMs)).toEqual([noon, noon + hourMs, noon + 2 * hourMs])
      expect(seen.map((update) => update.anomalies.map((anomaly) => anomaly.kind))).toEqual([[], ['clock_jump'], []])
    },
  )

  test('orders by close time, then symbol', async () => {
    binance.candles.set('ETHUSDT', hours(noon - 10 * hourMs, 30, 50))
    binance.candles.set('BTCUSDT', hours(noon - 10 * hourMs, 30))
    const venue = await opened({ symbols: ['ETH/USDT', 'BTC/USDT'], toMs: noon + 2 * hourMs })
    const seen = (await take(venue.updates(never))).map((update) => `${update.symbol} ${update.candle.openTimeMs}`)
    const next = noon + hourMs
    expect(seen).toEqual([`BTC/USDT ${noon}`, `ETH/USDT ${noon}`, `BTC/USDT ${next}`, `ETH/USDT ${next}`])
  })

  test('tells hours the exchange never published as a gap, and goes on', async () => {
    binance.candles.set('BTCUSDT', [...hours(noon - 10 * hourMs, 11), ...hours(noon + 4 * hourMs, 3)])
    const venue = await opened({ toMs: noon + 5 * hourMs })
    const updates = await take(venue.updates(never))
    expect(updates.map((update) => update.anomalies)).toEqual([
      [],
      [{ kind: 'gap', fromMs: noon + hourMs, toMs: noon + 4 * hourMs, missingCandles: 3 }],
    ])
  })

  test('says that the feed is stale while nothing comes, and that it is sound again', async () => {
    binance.candles.set('BTCUSDT', [...hours(noon - 10 * hourMs, 10), ...hours(noon + 8 * hourMs, 2)])
    const told: (string | null)[] = []
    const venue = await opened({ toMs: noon + 9 * hourMs, tell: (problem) => told.push(problem?.code ?? null) })
    await take(venue.updates(never))
    expect(told).toEqual(['feed_stale', null])
    expect(venue.problem()).toBeNull()
  })

  test('tells what is missing at the end of a bounded feed', async () => {
    binance.candles.set('BTCUSDT', hours(noon - 10 * hourMs, 11))
    const venue = await opened({ toMs: noon + 3 * hourMs })
    expect(await take(venue.updates(never))).toHaveLength(1)
    expect(venue.trailing()).toEqual([
      {
        symbol: 'BTC/USDT',
        timeframe: '1h',
        anomaly: { kind: 'gap', fromMs: noon + hourMs, toMs: noon + 3 * hourMs, missingCandles: 2 },
      },
    ])
  })

  test('catches up from a past start page by page', async () => {
    const start = noon - 2500 * hourMs
    binance.candles.set('BTCUSDT', hours(start - 700 * hourMs, 3201))
    const venue = await opened({ fromMs: start, toMs: noon, warmUpCandles: 600 })
    expect(venue.warmUp('BTC/USDT')).toHaveLength(600)
    const updates = await take(venue.updates(never))
    expect(updates).toHaveLength(2500)
    expect(updates.every((update) => update.anomalies.length === 0)).toBe(true)
    expect(clock.waitsMs.every((waitMs) => waitMs === 0)).toBe(true)
  })

  test('ends at once when aborted', async () => {
    binance.candles.set('BTCUSDT', hours(noon - 10 * hourMs, 30))
    const venue = await opened()
    const stop = new AbortController()
    const seen: MarketUpdate[] = []
    for await (const update of venue.updates(stop.signal)) {
      seen.push(update)
      stop.abort()
    }
    expect(seen).toHaveLength(1)
  })
})

describe('an exchange in trouble', () => {
  test('is asked again after a 429, a 503 and a cut connection', async () => {
    binance.candles.set('BTCUSDT', hours(noon - 10 * hourMs, 11))
    binance.faults.push('rate_limited', 'unavailable')
    const venue = await opened()
    expect(venue.warmUp('BTC/USDT')).toHaveLength(10)
    binance.faults.push('cut')
    expect(await take(venue.updates(never), 1)).toHaveLength(1)
  })

  test.each([
    ['rate_limited', 'exchange_rate_limited', 3],
    ['unavailable', 'exchange_unreachable', 3],
    ['cut', 'exchange_unreachable', 3],
    ['forbidden', 'exchange_refused', 1],
  ] as const)('that answers %s for good is a failure: %s after %i attempts', async (fault, code, attempts) => {
    binance.permanentFault = fault
    const venue = await open()
    expect(venue).toMatchObject({ ok: false, problem: { code } })
    expect(binance.requests).toHaveLength(attempts)
  })

  test('does not end a running feed: the problem is told, and what was missed is caught up', async () => {
    binance.candles.set('BTCUSDT', hours(noon - 10 * hourMs, 40))
    const told: (string | null)[] = []
    const venue = await opened({
      tell: (problem) => {
        told.push(problem?.code ?? null)
        binance.permanentFault = null
      },
    })
    binance.permanentFault = 'unavailable'
    const [first] = await take(venue.updates(never), 1)
    expect(first?.candle.openTimeMs).toBe(noon)
    expect(told[0]).toBe('exchange_unreachable')
  })

  test('that sends something else than candles is not believed', async () => {
    binance.candles.set('BTCUSDT', hours(noon - 10 * hourMs, 11))
    const venue = await opened({ warmUpCandles: 0 })
    binance.candles.set('BTCUSDT', [{ openTimeMs: noon, open: 0, high: 0, low: 0, close: 0, volume: 0 }])
    const stop = new AbortController()
    const checked = await opened({ warmUpCandles: 0, tell: () => stop.abort() })
    expect(await take(checked.updates(stop.signal))).toEqual([])
    expect(checked.problem()?.code).toBe('exchange_answer_invalid')
    await venue.close()
  })

  test('names a pair it does not know', async () => {
    const venue = await open({ symbols: ['NOPE/USDT'] })
    expect(venue).toMatchObject({ ok: false, problem: { code: 'unknown_symbol' } })
    expect(venue.ok ? '' : venue.problem.message).toContain('NOPE/USDT')
  })
})
