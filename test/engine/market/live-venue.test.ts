import type { MarketTick, MarketUpdate } from '@shared/contract/market-data'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LiveVenue } from '../../../src-main/engine/market/binance/live-venue'
import { type BinanceOptions, openBinanceVenue } from '../../../src-main/engine/market/binance-venue'
import { systemClock } from '../../../src-main/engine/market/clock'
import { type PracticeExchange, startPracticeExchange } from '../../../src-main/practice/practice-exchange'
import { acceleratedClock } from '../../helpers/accelerated-clock'
import { recordedMinutes } from '../../helpers/recorded-candles'
import { resourcesDir } from '../../helpers/repository'

const minuteMs = 60_000
const start = Date.UTC(2023, 3, 26, 18, 0, 40)
const firstOpen = Date.UTC(2023, 3, 26, 18)
const never = new AbortController().signal

let exchange: PracticeExchange
const venues: LiveVenue[] = []
beforeEach(async () => {
  exchange = await practice()
})
afterEach(async () => {
  for (const venue of venues.splice(0)) await venue.close()
  await exchange.close()
})

/** A market minute passes in a second. */
async function practice(port = 0, startMs = start): Promise<PracticeExchange> {
  const started = await startPracticeExchange({
    candlesDir: `${resourcesDir}/sample-data`,
    exchangeInfoPath: `${resourcesDir}/exchange-info.json`,
    pairs: ['BTCUSDT', 'ETHUSDT'],
    startMs,
    speed: 60,
    port,
  })
  if (!started.ok) throw new Error(started.problem.message)
  return started.value
}

async function opened(options: Partial<BinanceOptions> = {}): Promise<LiveVenue> {
  const venue = await openBinanceVenue({
    symbols: ['ETH/USDT', 'BTC/USDT'],
    timeframe: '1m',
    fromMs: firstOpen,
    toMs: null,
    warmUpCandles: 5,
    clock: systemClock,
    random: () => 0,
    baseUrl: exchange.url,
    retryPauseMs: 1,
    attempts: 2,
    timeoutMs: 2000,
    ...options,
  })
  if (!venue.ok) throw new Error(venue.problem.message)
  venues.push(venue.value)
  return venue.value
}

async function take(venue: LiveVenue, count: number, each?: (update: MarketUpdate) => void): Promise<MarketUpdate[]> {
  const taken: MarketUpdate[] = []
  for await (const update of venue.updates(never)) {
    taken.push(update)
    each?.(update)
    if (taken.length >= count) break
  }
  return taken
}

describe('a market over WebSocket', () => {
  test('hands out every candle as it was recorded, by close time and symbol, with nothing odd', async () => {
    const updates = await take(await opened(), 6)
    expect(updates.map(({ symbol, candle }) => [symbol, candle.openTimeMs])).toEqual(
      [0, 1, 2].flatMap((minute) => [
        ['BTC/USDT', firstOpen + minute * minuteMs],
        ['ETH/USDT', firstOpen + minute * minuteMs],
      ]),
    )
    expect(updates.flatMap((update) => update.anomalies)).toEqual([])
    const bitcoin = updates.filter((update) => update.symbol === 'BTC/USDT').map((update) => update.candle)
    expect(bitcoin).toEqual(recordedMinutes('BTCUSDT', firstOpen, 3))
  })

  test('never hands out a candle before it has closed at the exchange', async () => {
    const early: number[] = []
    await take(await opened(), 6, ({ candle }) => {
      if (exchange.clock.nowMs() < candle.openTimeMs + minuteMs) early.push(candle.openTimeMs)
    })
    expect(early).toEqual([])
  })

  test('tells trades and order books between the candles', async () => {
    const venue = await opened()
    const ticks: MarketTick[] = []
    venue.ticks((tick) => ticks.push(tick))
    await take(venue, 4)
    const trades = ticks.flatMap((tick) => (tick.kind === 'trade' ? [tick.trade] : []))
    const books = ticks.flatMap((tick) => (tick.kind === 'book' ? [tick.book] : []))
    expect(new Set(trades.map((trade) => trade.symbol))).toEqual(new Set(['BTC/USDT', 'ETH/USDT']))
    expect(books.length).toBeGreaterThan(5)
    for (const { bids, asks } of books) {
      expect(bids[0]?.[0]).toBeLessThan(asks[0]?.[0] ?? 0)
      expect(bids.map(([price]) => price)).toEqual(bids.map(([price]) => price).toSorted((a, b) => b - a))
      expect(asks.map(([price]) => price)).toEqual(asks.map(([price]) => price).toSorted((a, b) => a - b))
    }
    expect(venue.book('BTC/USDT')?.bids.length).toBeGreaterThan(0)
    expect(venue.pulse('BTC/USDT')).toMatchObject({ isLinked: true })
  })

  test('fetches what it missed while the exchange was gone, and hands it out in order before what is new', async () => {
    // Silence is reckoned by the desk's clock: here, it runs as fast as the exchange's.
    const venue = await opened({ clock: acceleratedClock(start, 60) })
    const { port } = exchange
    const seen: MarketUpdate[] = []
    for await (const update of venue.updates(never)) {
      seen.push(update)
      if (seen.length === 2) {
        const goneAtMs = exchange.clock.nowMs()
        await exchange.close()
        exchange = await practice(port, goneAtMs + 10 * minuteMs)
      }
      if (seen.length === 28) break
    }
    const opens = seen.filter((update) => update.symbol === 'BTC/USDT').map((update) => update.candle.openTimeMs)
    expect(opens).toEqual(Array.from({ length: 14 }, (_, minute) => firstOpen + minute * minuteMs))
    const anomalies = seen.flatMap((update) => update.anomalies.map((anomaly) => anomaly.kind))
    expect(new Set(anomalies)).toEqual(new Set(['outage']))
  })
})
