import type { JournalEvent } from '@shared/contract/journal'
import { type OrderTicket, orderTicketSchema } from '@shared/contract/order'
import { settingsSchema } from '@shared/contract/settings'
import { describe, expect, it } from 'vitest'
import type { Account } from '../../../src-main/engine/broker/account'
import { paperFloor } from '../../../src-main/engine/broker/paper-floor'
import { acceptedOrder, accountAt, candleAt, fillsOf, hourMs, rulesOf, runId, startMs, theRefusal } from './paper-trade'

const symbol = 'BTC/USDT'
const rules = { ...rulesOf(symbol), maxNumOrders: 2 }
const settings = settingsSchema.parse({ broker: { startingCash: '100000', takerFeeBps: 0, makerFeeBps: 0 } })
const floor = paperFloor({ runId, timeframe: '1h', settings, rulesOf: () => rules })

function settle(account: Account, hour: number, prices: Parameters<typeof candleAt>[1]): readonly JournalEvent[] {
  return floor.settle(account, { symbol, timeframe: '1h', candle: candleAt(hour, prices), anomalies: [] })
}

function ticket(terms: Partial<OrderTicket>): OrderTicket {
  return orderTicketSchema.parse({ symbol, side: 'sell', qtyBase: '1', clientOrderId: 'one', ...terms })
}

const ocoSell = ticket({
  type: 'limit',
  priceQuote: '42000',
  stop: { type: 'stop_loss_limit', stopPriceQuote: '39000', priceQuote: '39500' },
  clientOrderId: 'oco',
})

/** Holds one BTC at a last price of 40000. */
function holding(): Account {
  const ordered = floor.fold(accountAt(symbol, 40000, '100000'), [acceptedOrder({ side: 'buy', qtyBase: '1' })])
  return floor.fold(ordered, settle(ordered, 0, { open: 40000 }))
}

function placed(account: Account, what: OrderTicket): Account {
  return floor.fold(account, floor.place(account, what, startMs + hourMs))
}

describe('Two orders of which one ends the other', () => {
  it('leave what they sell reserved when the stop is triggered and then rests at its limit', () => {
    const waiting = placed(holding(), ocoSell)
    const triggered = floor.fold(waiting, settle(waiting, 1, { open: 40000, low: 38900, close: 39000 }))
    expect([...triggered.openOrders.values()].map(({ order }) => order.type)).toEqual(['stop_loss_limit'])
    const [answer = null] = floor.place(triggered, ticket({ type: 'market' }), startMs + 2 * hourMs)
    expect(theRefusal(answer).code).toBe('-2010 Account has insufficient balance for requested action.')
    expect(fillsOf(settle(triggered, 2, { open: 39000, high: 40000 }))).toMatchObject([{ priceQuote: '39500' }])
  })

  it('leave the cash of a buy reserved as well', () => {
    const stop = { type: 'stop_loss_limit', stopPriceQuote: '42000', priceQuote: '41000' } as const
    const terms = { side: 'buy', type: 'limit', priceQuote: '38000', qtyBase: '1', clientOrderId: 'oco' } as const
    const waiting = placed(accountAt(symbol, 40000, '60000'), { ...ticket(terms), stop })
    expect(waiting.cash.locked.toFixed()).toBe('41000')
    const triggered = floor.fold(waiting, settle(waiting, 1, { open: 40000, high: 42000, low: 40000 }))
    expect(triggered.openOrders.size).toBe(1)
    expect(triggered.cash.locked.toFixed()).toBe('41000')
  })

  it('are cancelled together, as on Binance', () => {
    const waiting = placed(holding(), ocoSell)
    const [first] = waiting.openOrders.keys()
    const cancelled = floor.cancel(waiting, first ?? '', startMs + hourMs)
    expect(cancelled.map(({ type }) => type)).toEqual(['order.expired', 'order.expired'])
    const after = floor.fold(waiting, cancelled)
    expect(after.openOrders.size).toBe(0)
    expect(after.holdings.get(symbol)?.qtyBase.locked.toFixed()).toBe('0')
  })

  it('count as two where a symbol allows so many open orders', () => {
    const busy = placed(holding(), ticket({ side: 'buy', type: 'limit', priceQuote: '30000' }))
    const [answer = null] = floor.place(busy, ocoSell, startMs + hourMs)
    expect(theRefusal(answer).code).toBe('-1013 Filter failure: MAX_NUM_ORDERS')
  })

  it("take no name that another of the trader's orders has", () => {
    const buy = ticket({ side: 'buy', type: 'limit', priceQuote: '30000', qtyBase: '0.1', clientOrderId: 'oco/stop' })
    const account = placed(holding(), buy)
    expect(placed(account, ocoSell).openOrders.size).toBe(1)
  })
})

describe('A ticket that comes a second time', () => {
  it('is known however many orders came in between', () => {
    const limit = (number: number) =>
      ticket({ side: 'buy', type: 'limit', priceQuote: '30000', qtyBase: '0.1', clientOrderId: `number ${number}` })
    let account = accountAt(symbol, 40000, '100000')
    for (let number = 0; number < 40; number++) {
      account = placed(account, limit(number))
      const [orderId = ''] = account.openOrders.keys()
      account = floor.fold(account, floor.cancel(account, orderId, startMs))
    }
    expect(floor.place(account, limit(0), startMs + hourMs)).toEqual([])
  })
})
