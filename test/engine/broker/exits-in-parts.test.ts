import type { JournalEvent } from '@shared/contract/journal'
import type { MarketTick } from '@shared/contract/market-data'
import { settingsSchema } from '@shared/contract/settings'
import { describe, expect, it } from 'vitest'
import type { Account } from '../../../src-main/engine/broker/account'
import { paperFloor } from '../../../src-main/engine/broker/paper-floor'
import {
  acceptedOrder,
  accountAt,
  afterTicks,
  candleAt,
  costless,
  decisionEvent,
  decisionOf,
  hourMs,
  rulesOf,
  runId,
  startMs,
} from './paper-trade'

const symbol = 'BTC/USDT'
const settings = settingsSchema.parse({
  broker: { ...costless, startingCash: '100000' },
})
const newFloor = () => paperFloor({ runId, timeframe: '1h', settings, rulesOf })
type Floor = ReturnType<typeof newFloor>

/** Holds 1 BTC, bought at 40000, with a stop at 39000 and a target at 42000. */
function holder(floor: Floor): Account {
  const buy = acceptedOrder({ side: 'buy', qtyBase: '1', stopLoss: '39000', takeProfit: '42000' })
  const account = floor.fold(accountAt(symbol, 40000, '100000'), [buy])
  const candle = candleAt(0, { open: 40000 })
  return floor.fold(account, floor.settle(account, { symbol, timeframe: '1h', candle, anomalies: [] }))
}

function trade(second: number, price: number, qtyBase: number, aggressor: 'buy' | 'sell' = 'buy'): MarketTick {
  const timeMs = startMs + hourMs + second * 1000
  return { kind: 'trade', trade: { tradeId: second, symbol, timeMs, price, qtyBase, aggressor } }
}

/** As a recording tells them: inside the candle, or candles, that they make up. */
function replayed(floor: Floor, before: Account, ticks: readonly MarketTick[], hour = 1) {
  const inside = { kind: 'ticks', ticks, isWhole: true } as const
  const candle = candleAt(hour, { open: 42000 })
  const events = floor.settle(before, { symbol, timeframe: '1h', candle, anomalies: [], inside })
  return { account: floor.fold(before, events), events }
}

function told(events: readonly JournalEvent[]): string[] {
  return events.flatMap((event): string[] => {
    switch (event.type) {
      case 'order.accepted':
        return [`${event.payload.reason} ${event.payload.type} ${event.payload.qtyBase}`]
      case 'order.filled': {
        const { qtyBase, priceQuote, leavesQtyBase } = event.payload
        return [`${qtyBase} @ ${priceQuote}, leaves ${leavesQtyBase ?? '0'}`]
      }
      case 'order.expired':
        return [event.payload.reason]
      default:
        return [event.type]
    }
  })
}

const inThree = [trade(1, 42100, 0.3), trade(2, 42000, 9), trade(3, 42050, 0.5), trade(4, 43000, 5)]
const oneOrder = ['take_profit limit 1', '0.3 @ 42000, leaves 0.7', '0.5 @ 42000, leaves 0.2', '0.2 @ 42000, leaves 0']

describe('A take-profit that many small trades meet', () => {
  it.each([
    ['live', afterTicks],
    ['in a replay', replayed],
  ])('is one order that fills in parts, %s', (_way, play) => {
    const floor = newFloor()
    const { account, events } = play(floor, holder(floor), inThree)
    expect(told(events)).toEqual(oneOrder)
    expect(
      new Set(events.flatMap((event) => (event.type === 'order.filled' ? [event.payload.orderId] : []))).size,
    ).toBe(1)
    expect(account.openOrders.size).toBe(0)
    expect(account.holdings.size).toBe(0)
  })

  it('goes on from candle to candle, and after a restart', () => {
    const first = newFloor()
    const begun = replayed(first, holder(first), inThree.slice(0, 2))
    expect(told(begun.events)).toEqual(oneOrder.slice(0, 2))
    const continued = newFloor()
    continued.resume(begun.account, begun.events)
    expect(told(replayed(continued, begun.account, inThree.slice(2)).events)).toEqual(oneOrder.slice(2))
    expect(told(afterTicks(continued, begun.account, inThree.slice(2)).events)).toEqual(oneOrder.slice(2))
  })

  it('reserves nothing: the stop sells what is left, and the order ends', () => {
    const floor = newFloor()
    const { account, events } = afterTicks(floor, holder(floor), [trade(1, 42100, 0.3), trade(2, 38900, 1, 'sell')])
    expect(told(events)).toEqual([
      ...oneOrder.slice(0, 2),
      'The position was closed by its own exit first.',
      'stop_loss market 0.7',
      '0.7 @ 38900, leaves 0',
    ])
    expect(account.openOrders.size).toBe(0)
  })

  it('is not what a stop does that is reached after a restart: it waits for the book, and sells into it', () => {
    const floor = newFloor()
    const before = holder(floor)
    floor.resume(before, [decisionEvent({ symbol, price: 40000, action: 'hold' })])
    const reached = afterTicks(floor, before, [trade(1, 38900, 1, 'sell'), trade(2, 39500, 1, 'sell')])
    expect(reached.events).toEqual([])
    const atMs = startMs + hourMs + 3000
    const asks = [[39600, 9]] as const
    const bids = [
      [39400, 0.6],
      [39300, 9],
    ] as const
    const sold = afterTicks(floor, reached.account, [{ kind: 'book', book: { symbol, atMs, bids, asks } }])
    expect(told(sold.events)).toEqual(['stop_loss market 1', '0.6 @ 39400, leaves 0.4', '0.4 @ 39300, leaves 0'])
  })

  it('keeps neither the desk from selling nor from being flattened', () => {
    const floor = newFloor()
    const { account } = afterTicks(floor, holder(floor), [trade(1, 42100, 0.3)])
    const atMs = startMs + 2 * hourMs
    const decision = decisionOf({ action: 'sell', price: 41000, decidedAtMs: atMs })
    expect(told(floor.trade(account, decision, 'active', atMs))).toEqual([
      'The desk sells the position.',
      'decision market 0.7',
    ])
    const flattened = floor.fold(account, floor.flatten(account, atMs))
    expect([...flattened.openOrders.values()].map(({ order }) => `${order.reason} ${order.qtyBase}`)).toContain(
      'kill_switch 0.7',
    )
  })

  it('is filled by the whole candle where only its prices are known, at its own price', () => {
    const floor = newFloor()
    const { account } = afterTicks(floor, holder(floor), [trade(1, 42100, 0.3)])
    const candle = candleAt(2, { open: 41000, high: 42500, low: 40900 })
    const events = floor.settle(account, { symbol, timeframe: '1h', candle, anomalies: [] })
    expect(told(events)).toEqual(['0.7 @ 42000, leaves 0'])
    const below = candleAt(2, { open: 41000, high: 42000, low: 40900 })
    expect(floor.settle(account, { symbol, timeframe: '1h', candle: below, anomalies: [] })).toEqual([])
  })
})
