import type { JournalEvent } from '@shared/contract/journal'
import type { MarketTick } from '@shared/contract/market-data'
import { settingsSchema } from '@shared/contract/settings'
import { describe, expect, it } from 'vitest'
import type { Account } from '../../../src-main/engine/broker/account'
import { positionOf } from '../../../src-main/engine/broker/account'
import { riskView, summarizeAccount } from '../../../src-main/engine/broker/account-views'
import { totalOf } from '../../../src-main/engine/broker/balance'
import { paperFloor } from '../../../src-main/engine/broker/paper-floor'
import {
  acceptedOrder,
  accountAt,
  candleAt,
  costless,
  decisionEvent,
  decisionOf,
  fillsOf,
  hourMs,
  rulesOf,
  runId,
  startMs,
} from './paper-trade'

/** Binance's own filters of BTC/USDT: a lot of 0.00001 and at least 5 USDT. */
const symbol = 'BTC/USDT'
const settings = settingsSchema.parse({
  broker: {
    ...costless,
    startingCash: '100000',
    ...{ entryOrder: 'limit', entryCandles: 1 },
  },
})
const floor = paperFloor({ runId, timeframe: '1h', settings, rulesOf })

/** An entry of 0.01 BTC that waits at 39000. */
const waiting = floor.fold(accountAt(symbol, 40000, '100000'), [
  acceptedOrder({
    ...{ side: 'buy', qtyBase: '0.01', type: 'limit', priceQuote: '39000', timeInForce: 'GTC' },
    ...{ stopLoss: '38000', takeProfit: '42000' },
  }),
])

/** A seller takes the price through the limit and brings so much. */
function partly(qtyBase: number): { account: Account; orderId: string } {
  const seen: MarketTick = {
    kind: 'book',
    book: { symbol, atMs: startMs + 1000, bids: [[39900, 9]], asks: [[40000, 9]] },
  }
  const trade = { tradeId: 1, symbol, timeMs: startMs + 2000, price: 38990, qtyBase, aggressor: 'sell' as const }
  let account = waiting
  for (const tick of [seen, { kind: 'trade', trade } as const]) account = floor.fold(account, floor.tick(account, tick))
  const [orderId = ''] = account.openOrders.keys()
  return { account, orderId }
}

/** The hour passes without another trade below the limit. */
function hourPasses(account: Account): { account: Account; events: readonly JournalEvent[] } {
  const candle = candleAt(0, { open: 40000 })
  const inside = { kind: 'ticks', ticks: [], isWhole: true } as const
  const events = floor.settle(account, { symbol, timeframe: '1h', candle, anomalies: [], inside })
  return { account: floor.fold(account, events), events }
}

describe('An entry that ends after a part of it was filled', () => {
  it('is a position while it waits for the rest', () => {
    expect(positionOf(partly(0.0001).account, symbol)).not.toBeNull()
  })

  it('leaves dust where the part is worth less than the exchange takes: 0.0001 BTC are 3.90 USDT of 5', () => {
    const { account, events } = hourPasses(partly(0.0001).account)
    expect(events).toMatchObject([{ type: 'order.expired', payload: { leavesDust: true } }])
    expect(summarizeAccount(account)).toMatchObject({ positions: [], openOrders: [] })
    expect(riskView(account).positions.size).toBe(0)
    // It counts in the equity: 100000 - 3.90 in cash, and 0.0001 x 39000 held.
    expect(summarizeAccount(account)).toMatchObject({ cash: '99996.1', equity: '100000' })
  })

  it('leaves a position where the part can be sold: 0.001 BTC are 39 USDT', () => {
    const { account, events } = hourPasses(partly(0.001).account)
    expect(events.map(({ type }) => type)).toEqual(['order.expired'])
    expect(positionOf(account, symbol)).toMatchObject({ stopLoss: expect.anything() })
  })

  it.each([
    ['the trader cancels it', (account: Account, orderId: string) => floor.cancel(account, orderId, startMs + 3000)],
    ['the kill switch cancels it', (account: Account) => floor.flatten(account, startMs + 3000)],
  ])('leaves the same dust where %s, and nothing is refused', (_who, cancel) => {
    const { account, orderId } = partly(0.0001)
    const events = cancel(account, orderId)
    expect(events).toMatchObject([{ type: 'order.expired', payload: { leavesDust: true } }])
    expect(positionOf(floor.fold(account, events), symbol)).toBeNull()
  })

  it('leaves dust that is sold with the next position, at the cost of both', () => {
    const { account } = hourPasses(partly(0.0001).account)
    const again = floor.fold(account, [
      acceptedOrder({ side: 'buy', qtyBase: '0.01', stopLoss: '39000', placedAtMs: startMs + hourMs }),
    ])
    const bought = floor.fold(again, floor.settle(again, update(1, { open: 40000 })))
    expect(totalOf(positionOf(bought, symbol)?.qtyBase ?? { free: never(), locked: never() }).toFixed()).toBe('0.0101')
    const sold = fillsOf(floor.settle(bought, update(2, { open: 38000 })))
    // 0.0101 x 38000 - (3.90 + 400) = -20.1
    expect(sold).toMatchObject([{ qtyBase: '0.0101', realizedQuote: '-20.1' }])
  })
})

describe('A position that has fallen below what the exchange takes: 0.0002 BTC at 20000 are 4 USDT of 5', () => {
  function fallen(exits: { stopLoss?: string }): Account {
    const ordered = floor.fold(accountAt(symbol, 40000, '100000'), [
      acceptedOrder({ side: 'buy', qtyBase: '0.0002', reason: 'manual', ...exits }),
    ])
    const bought = floor.fold(ordered, floor.settle(ordered, update(0, { open: 40000 })))
    return floor.fold(bought, [decisionEvent({ symbol, price: 20000, action: 'hold' })])
  }
  const atMs = startMs + 2 * hourMs
  const sell = decisionOf({ action: 'sell', price: 20000, decidedAtMs: atMs })

  it('is dust once the exchange refuses to close it and nothing else would', () => {
    const account = fallen({})
    expect(positionOf(account, symbol)).not.toBeNull()
    const refused = floor.trade(account, sell, 'active', atMs)
    expect(refused).toMatchObject([
      { type: 'order.refused', payload: { code: '-1013 Filter failure: NOTIONAL', leavesDust: true } },
    ])
    expect(positionOf(floor.fold(account, refused), symbol)).toBeNull()
    const flattened = floor.flatten(account, atMs)
    expect(positionOf(floor.fold(account, flattened), symbol)).toBeNull()
  })

  it('stays a position as long as its stop would close it', () => {
    const account = fallen({ stopLoss: '15000' })
    const refused = floor.trade(account, sell, 'active', atMs)
    expect(refused).toMatchObject([{ type: 'order.refused', payload: { code: '-1013 Filter failure: NOTIONAL' } }])
    const kept = floor.fold(account, refused)
    expect(positionOf(kept, symbol)).not.toBeNull()
    const stopped = floor.settle(kept, update(3, { open: 14000 }))
    expect(fillsOf(stopped)).toMatchObject([{ reason: 'stop_loss', qtyBase: '0.0002' }])
  })
})

function update(hour: number, prices: { open: number }) {
  return { symbol, timeframe: '1h' as const, candle: candleAt(hour, prices), anomalies: [] }
}

function never(): never {
  throw new Error('There is no position.')
}
