import type { MarketTick, MarketUpdate } from '@shared/contract/market-data'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LiveVenue } from '../../../src-main/engine/market/binance/live-venue'
import { type LiveStage, stageLiveMarket } from '../../helpers/live-stage'
import { until } from '../../helpers/processes'
import { recordedMinutes } from '../../helpers/recorded-candles'

const minuteMs = 60_000
const firstOpen = Date.UTC(2023, 3, 26, 18)
const never = new AbortController().signal

let stage: LiveStage
beforeEach(async () => {
  stage = await stageLiveMarket(firstOpen + 40_000)
})
afterEach(() => stage.close())

async function take(venue: LiveVenue, count: number, each?: (update: MarketUpdate) => void): Promise<MarketUpdate[]> {
  const taken: MarketUpdate[] = []
  for await (const update of venue.updates(never)) {
    taken.push(update)
    each?.(update)
    if (taken.length >= count) break
  }
  return taken
}

function isUnknownBook(tick: MarketTick): boolean {
  return tick.kind === 'book' && tick.book.bids.length + tick.book.asks.length === 0
}

describe('a market over WebSocket', () => {
  test('hands out every candle as it was recorded, by close time and symbol, none early, with nothing odd', async () => {
    const early: number[] = []
    const updates = await take(await stage.opened({ symbols: ['ETH/USDT', 'BTC/USDT'] }), 6, ({ candle }) => {
      if (stage.exchange().clock.nowMs() < candle.openTimeMs + minuteMs) early.push(candle.openTimeMs)
    })
    expect(early).toEqual([])
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

  test('tells trades and order books between the candles', async () => {
    const venue = await stage.opened()
    const ticks: MarketTick[] = []
    const unlike = new Set(['BTC/USDT', 'ETH/USDT'].flatMap((symbol) => [`trade ${symbol}`, `book ${symbol}`]))
    const allCame = new Promise<void>((resolve) => {
      venue.ticks((tick) => {
        // Until its snapshot is fetched, a book is told to be unknown: it has no levels.
        if (isUnknownBook(tick)) return
        ticks.push(tick)
        unlike.delete(`${tick.kind} ${tick.kind === 'trade' ? tick.trade.symbol : tick.book.symbol}`)
        if (unlike.size === 0) resolve()
      })
    })
    const candles = take(venue, 4)
    await allCame
    expect(venue.book('BTC/USDT')?.bids.length).toBeGreaterThan(0)
    expect(venue.pulse('BTC/USDT')).toMatchObject({ isLinked: true })
    await candles
    const books = ticks.flatMap((tick) => (tick.kind === 'book' ? [tick.book] : []))
    expect(books.length).toBeGreaterThan(5)
    for (const { bids, asks } of books) {
      expect(bids[0]?.[0]).toBeLessThan(asks[0]?.[0] ?? 0)
      expect(bids.map(([price]) => price)).toEqual(bids.map(([price]) => price).toSorted((a, b) => b - a))
      expect(asks.map(([price]) => price)).toEqual(asks.map(([price]) => price).toSorted((a, b) => a - b))
    }
  })

  test('tells when its connections stay away, and when they are back', async () => {
    const told: string[][] = []
    const venue = await stage.opened({ linksChanged: () => told.push([...venue.unlinkedSymbols()]) })
    const stop = new AbortController()
    const heard = (async () => {
      for await (const _ of venue.updates(stop.signal));
    })()
    await until('it is linked', () => venue.pulse('BTC/USDT').isLinked && venue.pulse('ETH/USDT').isLinked)
    await stage.exchange().close()
    await until('the loss is told', () => told.length === 1)
    await stage.restartExchange(0)
    await until('the end of it is told', () => told.length === 2)
    stop.abort()
    await heard
    expect(told).toEqual([['BTC/USDT', 'ETH/USDT'], []])
  })

  test('fetches what it missed while the exchange was gone, and hands it out in order before what is new', async () => {
    const venue = await stage.opened()
    const seen: MarketUpdate[] = []
    const forgotten = new Set<string>()
    const hear = (tick: MarketTick) => {
      if (tick.kind === 'book' && isUnknownBook(tick)) forgotten.add(tick.book.symbol)
    }
    for await (const update of venue.updates(never)) {
      seen.push(update)
      if (seen.length === 2) {
        venue.ticks(hear)
        await stage.restartExchange(10 * minuteMs)
      }
      if (seen.length === 28) break
    }
    // What stood in the books when the connection was lost is told to hold no longer.
    expect([...forgotten].sort()).toEqual(['BTC/USDT', 'ETH/USDT'])
    const opens = seen.filter((update) => update.symbol === 'BTC/USDT').map((update) => update.candle.openTimeMs)
    expect(opens).toEqual(Array.from({ length: 14 }, (_, minute) => firstOpen + minute * minuteMs))
    const anomalies = new Set(seen.flatMap((update) => update.anomalies.map((anomaly) => anomaly.kind)))
    expect(anomalies).toContain('outage')
    // That nothing was heard for so long may be told besides; that anything is missing may not.
    anomalies.delete('stale_feed')
    expect([...anomalies]).toEqual(['outage'])
  })
})
