import { expect, test } from 'vitest'
import { createCandleFeed } from '../../../../src-main/engine/market/binance/candle-feed'
import { createLiveness } from '../../../../src-main/engine/market/binance/liveness'

const minuteMs = 60_000
const secondMs = 1000

/** Two symbols whose next candle opens at zero and closes at one minute. */
function watched(expectsTicks = true) {
  const feeds = ['AAA/USDT', 'BBB/USDT'].map((symbol) => createCandleFeed(symbol, '1m', 0, undefined))
  const liveness = createLiveness(['AAA/USDT', 'BBB/USDT'], { stepMs: minuteMs, expectsTicks })
  return { feeds, liveness }
}

const candle = { openTimeMs: 0, open: 1, high: 1, low: 1, close: 1, volume: 1 }

test('a candle that is overdue by more than a minute makes its symbol stale, and no other', () => {
  const { feeds, liveness } = watched(false)
  feeds[0]?.closed(candle)
  feeds[0]?.take()
  expect(liveness.stale(feeds, 2 * minuteMs)).toEqual([])
  expect(liveness.stale(feeds, 2 * minuteMs + 1)).toEqual(['BBB/USDT'])
})

test('a symbol that nothing is heard of for two minutes is stale, although no candle is due', () => {
  const feeds = [createCandleFeed('AAA/USDT', '12h', 0, undefined)]
  const liveness = createLiveness(['AAA/USDT'], { stepMs: 720 * minuteMs, expectsTicks: true })
  liveness.linked('AAA/USDT', 0)
  liveness.heard('AAA/USDT', 10 * secondMs, 10 * secondMs)
  expect(liveness.stale(feeds, 130 * secondMs)).toEqual([])
  expect(liveness.stale(feeds, 131 * secondMs)).toEqual(['AAA/USDT'])
})

test('what is heard again is told once, with the time of silence', () => {
  const { feeds, liveness } = watched(false)
  expect(liveness.recoveries(feeds, 3 * minuteMs)).toEqual([])
  for (const feed of feeds) {
    feed.page([candle, { ...candle, openTimeMs: minuteMs }], false, 2 * minuteMs)
    feed.take()
    feed.take()
  }
  expect(liveness.stale(feeds, 3 * minuteMs + 5)).toEqual([])
  const anomaly = { kind: 'stale_feed', fromMs: 3 * minuteMs, toMs: 3 * minuteMs + 5 }
  expect(liveness.recoveries(feeds, 3 * minuteMs + 5)).toEqual([
    { symbol: 'AAA/USDT', anomaly },
    { symbol: 'BBB/USDT', anomaly },
  ])
  expect(liveness.recoveries(feeds, 3 * minuteMs + 9)).toEqual([])
})

test('an outage is told from the loss to the new link, a first link that took long is none', () => {
  const { liveness } = watched()
  liveness.lost('AAA/USDT', 5, 'refused')
  expect(liveness.linked('AAA/USDT', 10)).toBeNull()
  liveness.lost('AAA/USDT', 20, 'cut')
  liveness.lost('AAA/USDT', 25, 'refused')
  expect(liveness.linked('AAA/USDT', 40)).toEqual({ kind: 'outage', fromMs: 20, toMs: 40, reason: 'cut' })
  expect(liveness.linked('AAA/USDT', 50)).toBeNull()
})

test('the pulse tells the lag of the last message', () => {
  const { liveness } = watched()
  expect(liveness.pulse('AAA/USDT')).toEqual({ isLinked: false, heardAtMs: null, lagMs: null })
  liveness.linked('AAA/USDT', 0)
  liveness.heard('AAA/USDT', 100, 112)
  expect(liveness.pulse('AAA/USDT')).toEqual({ isLinked: true, heardAtMs: 112, lagMs: 12 })
})

test('a connection that breaks for a moment is none that is down; one that stays away is, from ten seconds on', () => {
  const { liveness } = watched()
  liveness.linked('AAA/USDT', 0)
  expect(liveness.unlinked(minuteMs)).toEqual([])
  liveness.lost('AAA/USDT', minuteMs, 'cut')
  liveness.lost('AAA/USDT', minuteMs + 5 * secondMs, 'refused')
  expect(liveness.unlinked(minuteMs + 10 * secondMs)).toEqual([])
  expect(liveness.unlinked(minuteMs + 10 * secondMs + 1)).toEqual(['AAA/USDT'])
  liveness.linked('AAA/USDT', minuteMs + 20 * secondMs)
  expect(liveness.unlinked(2 * minuteMs)).toEqual([])
})
