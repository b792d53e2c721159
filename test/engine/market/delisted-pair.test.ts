import { afterEach, expect, test } from 'vitest'
import { openBinanceVenue } from '../../../src-main/engine/market/binance-venue'
import type { PracticeExchange } from '../../../src-main/practice/practice-exchange'
import { acceleratedClock } from '../../helpers/accelerated-clock'
import { openPracticeExchange } from '../../helpers/practice-client'

const minuteMs = 60_000
const startMs = Date.UTC(2023, 3, 26, 19, 0, 20)
const firstOpenMs = Date.UTC(2023, 3, 26, 19)
const minutes = 6
const speed = 30

let exchange: PracticeExchange
afterEach(() => exchange.close())

test('a pair that is delisted while it is watched stops alone: the others go on, and no entry is opened in it', async () => {
  const delisting = { afterMs: 90_000, fault: { kind: 'delisted', pair: 'ETHUSDT' } } as const
  exchange = await openPracticeExchange({ startMs, speed, faults: [delisting] })
  const venue = await openBinanceVenue({
    symbols: ['BTC/USDT', 'ETH/USDT'],
    timeframe: '1m',
    fromMs: null,
    toMs: firstOpenMs + minutes * minuteMs,
    warmUpCandles: 10,
    clock: acceleratedClock(startMs, speed),
    random: () => 0,
    baseUrl: exchange.url,
  })
  if (!venue.ok) throw new Error(venue.problem.message)
  const opens = new Map<string, number[]>()
  let stale: readonly string[] = []
  for await (const { symbol, candle } of venue.value.updates(AbortSignal.timeout(40_000))) {
    opens.set(symbol, [...(opens.get(symbol) ?? []), candle.openTimeMs])
    stale = venue.value.staleSymbols()
  }
  await venue.value.close()
  expect(opens.get('BTC/USDT')).toEqual(Array.from({ length: minutes }, (_, minute) => firstOpenMs + minute * minuteMs))
  expect(opens.get('ETH/USDT')).toEqual([firstOpenMs])
  expect(stale).toEqual(['ETH/USDT'])
  expect(venue.value.trailing()).toMatchObject([{ symbol: 'ETH/USDT', anomaly: { kind: 'gap', missingCandles: 5 } }])
})
