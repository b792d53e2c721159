import { describe, expect, it } from 'vitest'
import { type Account, equityOf } from '../../../src-main/engine/broker/account'
import { applyEvent, applyEvents } from '../../../src-main/engine/broker/account-fold'
import { accountView, riskView, summarizeAccount } from '../../../src-main/engine/broker/account-views'
import { settleCandle } from '../../../src-main/engine/broker/paper-exchange'
import { expiry } from '../../../src-main/engine/broker/settling'
import {
  acceptedOrder,
  accountAfter,
  accountAt,
  btcUsdt,
  candleAt,
  decisionEvent,
  hourMs,
  runId,
  settings,
  startMs,
} from './paper-trade'

const dayMs = 24 * hourMs
const buy = acceptedOrder({ side: 'buy', qtyBase: '0.1' })

function settle(account: Account, hour: number, open: number) {
  const candle = candleAt(hour, { open })
  return settleCandle(account, { symbol: 'BTC/USDT', timeframe: '1h', candle, settings, rules: btcUsdt, runId })
}

/** 0.1 BTC bought at 40000 x 1.0002 = 40008: cash 5999.2, and after the fee 0.0999 BTC. */
function holding(): Account {
  const pending = accountAfter(accountAt('BTC/USDT', 40000), buy)
  return applyEvents(pending, settle(pending, 0, 40000))
}

function marked(account: Account, price: number, atMs: number): Account {
  return applyEvent(account, decisionEvent({ action: 'hold', price, decidedAtMs: atMs }))
}

describe('The account', () => {
  it('is the fold of its events: equity is start, plus realised, plus unrealised profit', () => {
    const summary = summarizeAccount(marked(holding(), 50000, startMs + hourMs))
    // 5999.2 + 0.0999 x 50000 = 10994.2
    expect(summary).toMatchObject({
      equityStart: '10000',
      cash: '5999.2',
      equity: '10994.2',
      realized: '0',
      unrealized: '994.2',
      feesPaid: '4.0008',
    })
  })

  it('reserves cash for a pending buy and the base asset for a pending sell, and gives both back on expiry', () => {
    const buying = accountAfter(accountAt('BTC/USDT', 40000), buy)
    expect(riskView(buying).freeCash.toFixed()).toBe('6000')
    if (buy.type !== 'order.accepted') throw new Error('not an order')
    expect(riskView(applyEvent(buying, expiry(buy.payload, '', startMs))).freeCash.toFixed()).toBe('10000')

    const sell = acceptedOrder({ side: 'sell', qtyBase: '0.0999', placedAtMs: startMs + hourMs })
    const selling = accountAfter(holding(), sell)
    expect(() =>
      accountAfter(selling, acceptedOrder({ side: 'sell', qtyBase: '0.00001', orderId: 'another' })),
    ).toThrow()
    expect(selling.holdings.get('BTC/USDT')?.qtyBase.free.toFixed()).toBe('0')
  })

  it('leaves events that do not concern it alone', () => {
    const account = holding()
    const payload = { runId, state: 'paused', reason: '', by: 'user' } as const
    expect(applyEvent(account, { type: 'desk.state', atMs: startMs, payload })).toBe(account)
  })

  it('opens the exits with the position, and a second buy does not move them', () => {
    const opened = accountAfter(
      accountAt('BTC/USDT', 40000),
      acceptedOrder({ side: 'buy', qtyBase: '0.01', stopLoss: '30000', takeProfit: '60000' }),
    )
    const held = applyEvents(opened, settle(opened, 0, 40000))
    const more = acceptedOrder({
      side: 'buy',
      qtyBase: '0.01',
      stopLoss: '20000',
      takeProfit: '70000',
      placedAtMs: startMs + hourMs,
    })
    const adding = accountAfter(held, more)
    const [position] = summarizeAccount(applyEvents(adding, settle(adding, 1, 40000))).positions
    expect(position).toMatchObject({
      qtyBase: '0.01998',
      stopLoss: '30000',
      takeProfit: '60000',
      openedAtMs: startMs,
    })
  })
})

describe('The account refuses loudly, because it is a bug', () => {
  const fills = (account: Account) => settle(account, 0, 40000)
  it('an order that is accepted twice, pending or long filled', () => {
    const pending = accountAfter(accountAt('BTC/USDT', 40000), buy)
    expect(() => applyEvent(pending, buy)).toThrow('accepted a second time')
    expect(() => applyEvent(applyEvents(pending, fills(pending)), buy)).toThrow('accepted a second time')
    const later = acceptedOrder({ side: 'buy', qtyBase: '0.01', placedAtMs: startMs + 5 * hourMs })
    expect(() => accountAfter(holding(), later, buy)).toThrow('accepted a second time')
  })

  it('a fill that is applied twice', () => {
    const pending = accountAfter(accountAt('BTC/USDT', 40000), buy)
    const once = applyEvents(pending, fills(pending))
    expect(() => applyEvents(once, fills(pending))).toThrow('is not open')
  })

  it('a fill or an expiry of an order that it never accepted', () => {
    const pending = accountAfter(accountAt('BTC/USDT', 40000), buy)
    expect(() => applyEvents(accountAt('BTC/USDT', 40000), fills(pending))).toThrow('is not open')
    const never = { orderId: 'never', runId, symbol: 'BTC/USDT' }
    expect(() => applyEvent(pending, expiry(never, '', startMs))).toThrow('is not open')
  })

  it('an order that cash or holdings do not cover, and a symbol without a price', () => {
    const account = accountAt('BTC/USDT', 40000)
    expect(() => accountAfter(account, acceptedOrder({ side: 'buy', qtyBase: '0.26' }))).toThrow('not covered')
    expect(() => accountAfter(account, acceptedOrder({ side: 'sell', qtyBase: '0.01' }))).toThrow('none is held')
    const unpriced = acceptedOrder({ symbol: 'ETH/USDT', side: 'buy', qtyBase: '1' })
    expect(() => accountAfter(account, unpriced)).toThrow('No price of ETH/USDT')
  })

  it('a fill of more than was ordered', () => {
    const pending = accountAfter(accountAt('BTC/USDT', 40000), buy)
    const [fill] = fills(pending)
    if (fill?.type !== 'order.filled') throw new Error('not a fill')
    const inflated = { ...fill, payload: { ...fill.payload, qtyBase: '0.2' } }
    expect(() => applyEvent(pending, inflated)).toThrow('exceeds its order')
  })
})

describe('What a model is told of the account', () => {
  it('is the position at the close that is decided on, as fractions', () => {
    const view = accountView(holding(), {
      symbol: 'BTC/USDT',
      price: 44008.8,
      atMs: startMs + 3 * hourMs,
      timeframe: '1h',
    })
    // 0.0999 x 44008.8 = 4396.47912; over 5999.2 + that = 0.422914; over a cost of 4000.8: 0.0989 more.
    expect(view).toEqual({ hasPosition: true, positionPct: 0.422914, unrealizedPct: 0.0989, positionAgeCandles: 3 })
  })

  it('is no position where there is none, or only dust', () => {
    const none = { hasPosition: false, positionPct: 0, unrealizedPct: null, positionAgeCandles: null }
    const request = { symbol: 'BTC/USDT', price: 40000, atMs: startMs, timeframe: '1h' } as const
    expect(accountView(accountAt('BTC/USDT', 40000), request)).toEqual(none)

    const sell = acceptedOrder({ side: 'sell', qtyBase: '0.0998', placedAtMs: startMs + hourMs })
    const selling = accountAfter(holding(), sell)
    const dusty = applyEvents(selling, settle(selling, 1, 40000))
    expect(dusty.holdings.get('BTC/USDT')?.qtyBase.free.toFixed()).toBe('0.0001')
    expect(accountView(dusty, request)).toEqual(none)
  })
})

describe("The day's first and lowest equity", () => {
  it('start anew at midnight UTC and count every decision of its first moment', () => {
    const midnight = startMs + dayMs
    let account = marked(holding(), 40000, startMs + hourMs)
    account = marked(account, 30000, startMs + 2 * hourMs)
    account = marked(account, 35000, startMs + 3 * hourMs)
    // The account's first decision of this day saw 10000; the lowest is 5999.2 + 0.0999 x 30000.
    expect(riskView(account).day?.first.toFixed()).toBe('10000')
    expect(riskView(account).day?.lowest.toFixed()).toBe('8996.2')

    account = applyEvent(
      account,
      decisionEvent({ symbol: 'ETH/USDT', action: 'hold', price: 2000, decidedAtMs: midnight }),
    )
    // At ETH's turn BTC still stands at its last price of the day before.
    account = marked(account, 36000, midnight)
    account = marked(account, 37000, midnight + hourMs)
    expect(riskView(account).day?.first.toFixed()).toBe('9595.6')
    expect(riskView(account).day?.lowest.toFixed()).toBe('9595.6')
    expect(equityOf(account).toFixed()).toBe('9695.5')
  })
})
