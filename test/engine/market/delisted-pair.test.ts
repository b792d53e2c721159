import { afterEach, expect, test } from 'vitest'
import { type LiveStage, stageLiveMarket } from '../../helpers/live-stage'

const minuteMs = 60_000
const firstOpenMs = Date.UTC(2023, 3, 26, 19)
const minutes = 6

let stage: LiveStage
afterEach(() => stage.close())

test('a pair that is delisted while it is watched stops alone: the others go on, and no entry is opened in it', async () => {
  const delisting = { afterMs: 90_000, fault: { kind: 'delisted', pair: 'ETHUSDT' } } as const
  stage = await stageLiveMarket(firstOpenMs + 20_000, { faults: [delisting] })
  const venue = await stage.opened({ toMs: firstOpenMs + minutes * minuteMs })
  const opens = new Map<string, number[]>()
  let stale: readonly string[] = []
  for await (const { symbol, candle } of venue.updates(new AbortController().signal)) {
    opens.set(symbol, [...(opens.get(symbol) ?? []), candle.openTimeMs])
    stale = venue.staleSymbols()
  }
  expect(opens.get('BTC/USDT')).toEqual(Array.from({ length: minutes }, (_, minute) => firstOpenMs + minute * minuteMs))
  expect(opens.get('ETH/USDT')).toEqual([firstOpenMs])
  expect(stale).toEqual(['ETH/USDT'])
  expect(venue.trailing()).toMatchObject([{ symbol: 'ETH/USDT', anomaly: { kind: 'gap', missingCandles: 5 } }])
})
