import { settingsSchema } from '@shared/contract/settings'
import { describe, expect, it } from 'vitest'
import type { Account } from '../../../src-main/engine/broker/account'
import { paperFloor } from '../../../src-main/engine/broker/paper-floor'
import {
  candleAt,
  type DecisionPoint,
  decisionEvent,
  decisionOf,
  hourMs,
  rulesOf,
  runId,
  startMs,
  theRefusal,
} from './paper-trade'

const floor = paperFloor({ runId, timeframe: '1h', settings: settingsSchema.parse({}), rulesOf })

/** The decision is recorded and traded on, as one step of the desk does it. */
function step(account: Account, point: DecisionPoint, state: 'active' | 'reduce_only' | 'halted' = 'active') {
  const made = floor.fold(account, [decisionEvent(point)])
  const [traded = null, ...others] = floor.trade(made, decisionOf(point), state, point.decidedAtMs ?? startMs)
  if (others.length > 0) throw new Error('Expected one answer to the decision')
  return { traded, account: traded === null ? made : floor.fold(made, [traded]) }
}

function settle(account: Account, symbol: string, hour: number, open: number) {
  const events = floor.settle(account, { symbol, timeframe: '1h', candle: candleAt(hour, { open }), anomalies: [] })
  return { events, account: floor.fold(account, events) }
}

/** BTC is held, a buy of ETH is pending. */
function busyAccount(): Account {
  const bought = step(floor.openAccount(), { action: 'buy', price: 40000, stopLoss: '39000', takeProfit: '42000' })
  const held = settle(bought.account, 'BTC/USDT', 0, 40000)
  const point = { symbol: 'ETH/USDT', action: 'buy', price: 3000, decidedAtMs: startMs + hourMs } as const
  return step(held.account, point).account
}

describe('The trading floor', () => {
  it('turns a buy into a pending order of 2 % of the equity at the expected cost', () => {
    // 200 / (40000 x 1.0002) = 0.004999..., down to the lot.
    const { traded } = step(floor.openAccount(), {
      action: 'buy',
      price: 40000,
      stopLoss: '39000',
      takeProfit: '42000',
    })
    expect(traded).toMatchObject({
      type: 'order.accepted',
      payload: { side: 'buy', qtyBase: '0.00499', stopLoss: '39000', takeProfit: '42000', reason: 'decision' },
    })
  })

  it('does nothing on a hold, and journals a refusal with its code', () => {
    expect(step(floor.openAccount(), { action: 'hold', price: 40000 }).traded).toBeNull()
    const refused = step(floor.openAccount(), { action: 'sell', price: 40000 }).traded
    expect(theRefusal(refused)).toMatchObject({ by: 'risk', code: 'nothing_to_sell', side: 'sell' })
  })

  it("narrows the position to a caller's own limit", () => {
    const narrow = paperFloor({
      runId,
      timeframe: '1h',
      settings: settingsSchema.parse({}),
      rulesOf,
      maxPositionPct: 0.01,
    })
    const made = narrow.fold(narrow.openAccount(), [decisionEvent({ action: 'buy', price: 40000 })])
    expect(narrow.trade(made, decisionOf({ action: 'buy', price: 40000 }), 'active', startMs)).toMatchObject([
      { payload: { qtyBase: '0.00249' } },
    ])
  })

  it('sells the whole position in every state of the desk', () => {
    const sell = { action: 'sell', price: 40000, decidedAtMs: startMs + 2 * hourMs, confidence: 0.5 } as const
    for (const state of ['active', 'reduce_only', 'halted'] as const) {
      expect(step(busyAccount(), sell, state).traded).toMatchObject({
        type: 'order.accepted',
        payload: { side: 'sell', qtyBase: '0.00498' },
      })
    }
  })

  it('sells also while an entry of the symbol waits at its limit, and takes that back first', () => {
    const settings = settingsSchema.parse({
      risk: { maxPositionPct: 0.1, sizing: { fractionPct: 0.02 } },
      broker: { entryOrder: 'limit', entryOffsetBps: 100 },
    })
    const waiting = paperFloor({ runId, timeframe: '1h', settings, rulesOf })
    const later = { action: 'buy', price: 40000, decidedAtMs: startMs + hourMs } as const
    const held = waiting.fold(busyAccount(), [decisionEvent(later)])
    const entry = waiting.trade(held, decisionOf(later), 'active', startMs + hourMs)
    expect(entry).toMatchObject([
      { type: 'order.accepted', payload: { priceQuote: '39600', sizedBy: '2 % of the equity' } },
    ])
    const sell = { action: 'sell', price: 40000, decidedAtMs: startMs + 2 * hourMs } as const
    expect(waiting.trade(waiting.fold(held, entry), decisionOf(sell), 'active', startMs + 2 * hourMs)).toMatchObject([
      { type: 'order.expired', payload: { symbol: 'BTC/USDT', reason: 'The desk sells the position.' } },
      { type: 'order.accepted', payload: { symbol: 'BTC/USDT', side: 'sell', qtyBase: '0.00498' } },
    ])
  })

  it('freezes instead, where the kill switch is set so: entries go, positions keep their stops', () => {
    const settings = settingsSchema.parse({ risk: { killSwitch: 'freeze' } })
    const frozen = paperFloor({ runId, timeframe: '1h', settings, rulesOf })
    const account = busyAccount()
    const events = frozen.flatten(account, startMs + hourMs)
    expect(events).toMatchObject([{ type: 'order.expired', payload: { symbol: 'ETH/USDT' } }])
    const { positions } = frozen.summarize(frozen.fold(account, events))
    expect(positions).toMatchObject([{ symbol: 'BTC/USDT', stopLoss: '39000', takeProfit: '42000' }])
  })

  it('closes every position and cancels every entry when the kill switch is thrown', () => {
    const account = busyAccount()
    const events = floor.flatten(account, startMs + hourMs)
    expect(events).toMatchObject([
      { type: 'order.expired', payload: { symbol: 'ETH/USDT', reason: 'Cancelled by the kill switch.' } },
      {
        type: 'order.accepted',
        payload: { symbol: 'BTC/USDT', side: 'sell', qtyBase: '0.00498', reason: 'kill_switch' },
      },
    ])
    const killed = floor.fold(account, events)
    expect(floor.flatten(killed, startMs + hourMs)).toEqual([])
    const closed = settle(killed, 'BTC/USDT', 1, 40000)
    expect(floor.summarize(closed.account)).toMatchObject({ positions: [], openOrders: [] })
  })

  it('throws the switch twice on a position too small to sell, and both refusals can be journalled', () => {
    // 0.00499 BTC are worth 4.8 USDT at 960: below the exchange's 5.
    const crashed = step(busyAccount(), { action: 'hold', price: 960, decidedAtMs: startMs + 2 * hourMs }).account
    const first = floor.flatten(crashed, startMs + 2 * hourMs)
    const second = floor.flatten(floor.fold(crashed, first), startMs + 2 * hourMs)
    const refusals = [...first, ...second].flatMap((event) => (event.type === 'order.refused' ? [event.payload] : []))
    expect(refusals.map((refusal) => refusal.code)).toEqual(Array(2).fill('-1013 Filter failure: NOTIONAL'))
    expect(new Set(refusals.map((refusal) => refusal.refusalId)).size).toBe(2)
  })

  it('expires what is pending when the market ends, and gives the cash back', () => {
    const account = busyAccount()
    const ended = floor.fold(account, floor.expire(account, startMs + 2 * hourMs))
    expect(floor.summarize(ended).openOrders).toEqual([])
    expect(ended.cash.locked.toFixed()).toBe('0')
  })
})
