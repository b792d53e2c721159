import { type Candle, type Timeframe, timeframeMs } from '@shared/contract/candle'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createExchangeState } from '../../src-main/practice/exchange-state'
import { assumedListing } from '../../src-main/practice/listing'
import { createMarketClock } from '../../src-main/practice/market-clock'
import { createPairMarket } from '../../src-main/practice/pair-market'
import { recordedCandles, recordedMinutes } from '../helpers/recorded-candles'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const from = Date.UTC(2023, 2, 24, 8)
/** Ten hours with an outage in them: 72 empty minutes and 80 missing ones. */
const minutes = recordedMinutes('BTCUSDT', from, 520)
const market = createPairMarket('BTCUSDT', [{ pair: 'BTCUSDT', timeframe: '1m', candles: minutes }], 1)
const moments = fc.integer({ min: from + 1, max: from + 10 * hourMs })
const lengths = fc.constantFrom<Timeframe>('1m', '5m', '15m', '1h', '4h')
const all = { fromMs: null, toMs: null, limit: 1000 }

const bare = ({ openTimeMs, open, high, low, close, volume }: Candle) => ({
  openTimeMs,
  open,
  high,
  low,
  close,
  volume,
})

describe('The market of a pair at a moment', () => {
  it('shows no trade and no candle of later', () => {
    fc.assert(
      fc.property(moments, lengths, (nowMs, timeframe) => {
        expect(market.lastTrades(50, nowMs).every((trade) => trade.timeMs < nowMs)).toBe(true)
        expect(market.klines(timeframe, all, nowMs).every((kline) => kline.openTimeMs < nowMs)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  it('shows the same closed candles at every later moment', () => {
    fc.assert(
      fc.property(moments, moments, lengths, (one, other, timeframe) => {
        const [early, late] = [Math.min(one, other), Math.max(one, other)]
        const closed = market
          .klines(timeframe, all, early)
          .filter((kline) => kline.openTimeMs + timeframeMs[timeframe] <= early)
        expect(market.klines(timeframe, all, late).slice(0, closed.length)).toEqual(closed)
      }),
      { numRuns: 50 },
    )
  })

  it('shows the minutes as recorded, gap and empty ones included', () => {
    expect(market.klines('1m', all, from + 12 * hourMs).map(bare)).toEqual(minutes.map(bare))
  })

  it('shows of an open candle exactly what its trades have made of it', () => {
    fc.assert(
      fc.property(moments, (nowMs) => {
        const open = market.klines('5m', all, nowMs).at(-1)
        if (open === undefined || open.openTimeMs + 5 * minuteMs <= nowMs) return
        const trades = market.trades(open.openTimeMs, nowMs)
        if (trades.length === 0) return
        expect(open.close).toBe(trades.at(-1)?.price)
        expect(open.high).toBe(Math.max(...trades.map((trade) => trade.price)))
        expect(open.volume).toBeCloseTo(
          trades.reduce((sum, trade) => sum + trade.qty, 0),
          7,
        )
      }),
      { numRuns: 100 },
    )
  })

  it('numbers trades without a hole over the whole recording, and finds each by its number', () => {
    const trades = market.trades(from, from + 10 * hourMs)
    expect(trades.map((trade) => trade.id)).toEqual(trades.map((_trade, index) => index + 1))
    expect(market.tradesFrom(1000, 3, from + 10 * hourMs).map((trade) => trade.id)).toEqual([1000, 1001, 1002])
  })

  it('shows recorded hours where hours are recorded, and joins minutes where only they are', () => {
    const fall = Date.UTC(2021, 4, 19)
    const hours = recordedCandles('BTCUSDT', fall, 24)
    const both = createPairMarket(
      'BTCUSDT',
      [
        { pair: 'BTCUSDT', timeframe: '1h', candles: hours },
        { pair: 'BTCUSDT', timeframe: '1m', candles: minutes },
      ],
      1,
    )
    const shown = both.klines('1h', all, from + 2 * hourMs)
    expect(shown.slice(0, 24).map(bare)).toEqual(hours.map(bare))
    expect(shown.slice(24).map((kline) => kline.openTimeMs)).toEqual([from, from + hourMs])
    expect(both.klines('1m', { ...all, toMs: fall + hourMs }, from)).toEqual([])
  })
})

describe('The book', () => {
  it('does not betray what the open candle will have traded', () => {
    const now = from + 30 * minuteMs + 1
    const bookOf = (candles: readonly Candle[]) => {
      const shown = createPairMarket('BTCUSDT', [{ pair: 'BTCUSDT', timeframe: '1m', candles }], 1)
      const pair = { market: shown, listed: assumedListing('BTCUSDT', 2) }
      return createExchangeState(new Map([['BTCUSDT', pair]]), 1).book(pair, now)
    }
    const busier = minutes.map((candle, index) => (index < 30 ? candle : { ...candle, volume: candle.volume * 10 }))
    expect(bookOf(busier)).toEqual(bookOf(minutes))
    expect(bookOf(minutes).bids.length).toBeGreaterThan(50)
  })
})

describe('The clock of the market', () => {
  it('runs at its speed, stands at 0, changes speed without a step, and never goes back', () => {
    let realMs = 0
    const clock = createMarketClock(1_000_000, 60, () => realMs)
    realMs = 1000
    expect(clock.nowMs()).toBe(1_060_000)
    clock.setSpeed(0)
    realMs = 5000
    expect(clock.nowMs()).toBe(1_060_000)
    clock.setSpeed(2)
    realMs = 5500
    expect(clock.nowMs()).toBe(1_061_000)
    expect(clock.jumpTo(1_060_000)).toBe(false)
    expect(clock.jumpTo(2_000_000)).toBe(true)
    realMs = 6000
    expect(clock.nowMs()).toBe(2_001_000)
  })
})
