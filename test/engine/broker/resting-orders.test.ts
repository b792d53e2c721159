import type { BookLevel, MarketTick } from '@shared/contract/market-data'
import { type OrderTicket, orderTicketSchema } from '@shared/contract/order'
import { settingsSchema } from '@shared/contract/settings'
import { describe, expect, it } from 'vitest'
import type { Account } from '../../../src-main/engine/broker/account'
import { paperFloor } from '../../../src-main/engine/broker/paper-floor'
import { accountAt, afterTicks, candleAt, costless, fillsOf, hourMs, rulesOf, runId, startMs } from './paper-trade'

const symbol = 'BTC/USDT'
const settings = settingsSchema.parse({
  broker: { ...costless, startingCash: '100000', queueAhead: true },
})
const newFloor = () => paperFloor({ runId, timeframe: '1h', settings, rulesOf })

type Floor = ReturnType<typeof newFloor>

/** The account after ticks that come one second after the other, and the fills among them. */
function market(floor: Floor, before: Account, ticks: readonly MarketTick[]): { account: Account; fills: string[] } {
  const { account, events } = afterTicks(floor, before, ticks)
  const fills = fillsOf(events).map(({ qtyBase, priceQuote, role }) => `${qtyBase} @ ${priceQuote} ${role}`)
  return { account, fills }
}

function trade(second: number, price: number, qtyBase: number): MarketTick {
  const timeMs = startMs + second * 1000
  return { kind: 'trade', trade: { tradeId: timeMs, symbol, timeMs, price, qtyBase, aggressor: 'sell' } }
}

function book(second: number, bids: readonly BookLevel[], asks: readonly BookLevel[]): MarketTick {
  return { kind: 'book', book: { symbol, atMs: startMs + second * 1000, bids, asks } }
}

/** An account that has just ordered. */
function ordered(floor: Floor, terms: Partial<OrderTicket>): Account {
  const ticket = orderTicketSchema.parse({ symbol, side: 'buy', qtyBase: '1', clientOrderId: 'one', ...terms })
  const account = accountAt(symbol, 40000, '100000')
  return floor.fold(account, floor.place(account, ticket, startMs))
}

const limit = { type: 'limit', priceQuote: '39000' } as const

describe('A limit order that rests', () => {
  it('still rests after a restart: a market that has fallen below it meanwhile pays its own price', () => {
    const first = newFloor()
    const resting = market(first, ordered(first, limit), [book(1, [[39900, 9]], [[40000, 9]])])
    const continued = newFloor()
    continued.resume(resting.account, [])
    const fallen = market(continued, resting.account, [book(60, [[37900, 9]], [[38000, 9]])])
    expect(fallen.fills).toEqual(['1 @ 39000 maker'])
  })

  it('still rests in the candles after its first where trades are recorded', () => {
    const floor = newFloor()
    const account = ordered(floor, limit)
    const candle = candleAt(1, { open: 38000 })
    const told = trade(hourMs / 1000 + 1, 38000, 0.4)
    const inside = { kind: 'ticks', ticks: [told], isWhole: true } as const
    const events = floor.settle(account, { symbol, timeframe: '1h', candle, anomalies: [], inside })
    expect(fillsOf(events)).toMatchObject([{ priceQuote: '39000', qtyBase: '0.4', role: 'maker' }])
  })

  it('stands behind a queue that the book does not show, until the book is known as deep as that', () => {
    const floor = newFloor()
    const hidden = market(floor, ordered(floor, limit), [book(1, [[39900, 9]], [[40000, 9]]), trade(2, 39000, 5)])
    expect(hidden.fills).toEqual([])
    const ticks = [book(3, [[39000, 2]], [[39100, 9]]), trade(4, 39000, 2), trade(5, 39000, 1)]
    expect(market(floor, hidden.account, ticks).fills).toEqual(['1 @ 39000 maker'])
  })

  it('keeps its place in the queue while the book does not show its level', () => {
    const floor = newFloor()
    const ticks = [book(1, [[39000, 5]], [[39100, 9]]), book(2, [[39900, 9]], [[40000, 9]]), trade(3, 39000, 1)]
    expect(market(floor, ordered(floor, limit), ticks).fills).toEqual([])
  })
})

describe('An order book that is not known any longer', () => {
  it('fills nothing as it once stood: the next trade and the costs do', () => {
    const floor = newFloor()
    const lost = market(floor, accountAt(symbol, 40000, '100000'), [
      book(1, [[39900, 9]], [[40000, 9]]),
      book(2, [], []),
    ])
    expect(lost.fills).toEqual([])
    const account = ordered(floor, { type: 'market', qtyBase: '1' })
    expect(market(floor, account, [trade(3, 42000, 1)]).fills).toEqual(['1 @ 42000 taker'])
  })
})
