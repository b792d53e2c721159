import type { Candle } from '@shared/contract/candle'
import type { Action } from '@shared/contract/decision'
import type { DeskState, JournalEvent } from '@shared/contract/journal'
import type { Fill } from '@shared/contract/order'
import { type BrokerSettings, type Settings, settingsSchema } from '@shared/contract/settings'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Account } from '../../../src-main/engine/broker/account'
import { applyEvents } from '../../../src-main/engine/broker/account-fold'
import { summarizeAccount } from '../../../src-main/engine/broker/account-views'
import { paperFloor } from '../../../src-main/engine/broker/paper-floor'
import { candleAt, decisionOf, fillsOf, hourMs, rulesOf, runId, startMs } from './paper-trade'

const symbols = ['BTC/USDT', 'ETH/USDT', 'SHIB/USDT'] as const
type TradedSymbol = (typeof symbols)[number]
const firstPrice: Record<TradedSymbol, number> = { 'BTC/USDT': 40_000, 'ETH/USDT': 3_000, 'SHIB/USDT': 0.00000812 }

/** One symbol's hour: a candle that moves by these factors, a decision on its close, and what the trader does. */
interface Hour {
  readonly gap: number
  readonly rise: number
  readonly fall: number
  readonly close: number
  readonly traded: boolean
  readonly action: Action
  readonly confidence: number
  readonly state: DeskState
  readonly kill: boolean
}

const hour: fc.Arbitrary<Hour> = fc.record({
  gap: fc.constantFrom(1, 1, 1, 1.0003, 0.999, 1.3, 0.7),
  rise: fc.double({ min: 0, max: 0.2, noNaN: true }),
  fall: fc.double({ min: 0, max: 0.2, noNaN: true }),
  close: fc.double({ min: 0, max: 1, noNaN: true }),
  traded: fc.constantFrom(true, true, true, true, false),
  action: fc.constantFrom<Action>('buy', 'buy', 'sell', 'hold'),
  confidence: fc.constantFrom(0.5, 0.8, 0.9, 1),
  state: fc.constantFrom<DeskState>('active', 'active', 'active', 'reduce_only', 'halted'),
  kill: fc.integer({ min: 0, max: 15 }).map((roll) => roll === 0),
})

const market = fc.array(fc.tuple(hour, hour, hour), { minLength: 1, maxLength: 25 })

const deskSettings: fc.Arbitrary<Settings> = fc
  .record({
    startingCash: fc.constantFrom('10000', '123.45678901', '25', '5000000'),
    takerFeeBps: fc.constantFrom(0, 7.5, 10, 100),
    halfSpreadBps: fc.constantFrom(0, 1, 25),
    slippageBps: fc.constantFrom(0, 1, 3.3),
    maxPositionPct: fc.constantFrom(0.02, 0.25, 0.6, 1),
    maxOpenPositions: fc.constantFrom(1, 2, 5),
    maxDailyLossPct: fc.constantFrom(0.05, 1),
  })
  .map(({ startingCash, takerFeeBps, halfSpreadBps, slippageBps, ...risk }) =>
    settingsSchema.parse({ broker: { startingCash, takerFeeBps, halfSpreadBps, slippageBps }, risk }),
  )

interface PlayedRun {
  readonly events: readonly JournalEvent[]
  readonly account: Account
  /** The account before and after each order that a decision placed. */
  readonly placements: readonly { readonly before: Account; readonly event: JournalEvent; readonly price: number }[]
  readonly fills: readonly { readonly fill: Fill; readonly candle: Candle }[]
}

/** Plays the market through risk and the paper exchange as the desk does. */
function play(settings: Settings, hours: readonly (readonly Hour[])[]): PlayedRun {
  const floor = paperFloor({ runId, timeframe: '1h', settings, rulesOf })
  const events: JournalEvent[] = []
  const placements: { before: Account; event: JournalEvent; price: number }[] = []
  const fills: { fill: Fill; candle: Candle }[] = []
  let account = floor.openAccount()
  const record = (happened: readonly JournalEvent[]) => {
    account = floor.fold(account, happened)
    events.push(...happened)
  }
  const last: Record<TradedSymbol, number> = { ...firstPrice }
  hours.forEach((points, index) => {
    points.forEach((point, ordinal) => {
      const symbol = symbols[ordinal % symbols.length] ?? 'BTC/USDT'
      const candle = candleOf(symbol, index, last[symbol], point)
      last[symbol] = candle.close
      const decidedAtMs = startMs + (index + 1) * hourMs
      const settled = floor.settle(account, { symbol, timeframe: '1h', candle, anomalies: [] })
      record(settled)
      fills.push(...fillsOf(settled).map((fill) => ({ fill, candle })))
      const { action, confidence } = point
      const stops = floor.exits(
        action,
        {
          ...decisionOf({ symbol, action, price: candle.close }).context,
          atr14: candle.close / 30,
        },
        null,
      )
      const decision = { ...decisionOf({ symbol, action, price: candle.close, decidedAtMs, confidence }), ...stops }
      record([{ type: 'decision.made', atMs: decidedAtMs, payload: decision }])
      const traded = floor.trade(account, decision, point.state, decidedAtMs)
      for (const event of traded) {
        placements.push({ before: account, event, price: candle.close })
        record([event])
      }
      if (point.kill) record(floor.flatten(account, decidedAtMs))
    })
  })
  return { events, account, placements, fills }
}

function candleOf(symbol: TradedSymbol, index: number, previousClose: number, point: Hour): Candle {
  const tick = Number(rulesOf(symbol).tickSize)
  const onTick = (price: number) => Number((Math.max(1, Math.round(price / tick)) * tick).toFixed(8))
  const open = onTick(previousClose * point.gap)
  const high = onTick(open * (1 + point.rise))
  const low = onTick(open * (1 - point.fall))
  const close = onTick(low + (high - low) * point.close)
  return candleAt(index, {
    open,
    high: Math.max(high, open),
    low: Math.min(low, open),
    close,
    volume: point.traded ? 1 : 0,
  })
}

/** Whole units of 10^-40, so that this check shares no arithmetic with the product. */
const scale = 40
function units(text: string): bigint {
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.')
  const value = BigInt(whole + fraction.padEnd(scale, '0'))
  return text.startsWith('-') ? -value : value
}

function balanceSheet(startingCash: string, fills: readonly Fill[]) {
  let cash = units(startingCash)
  let feesQuote = 0n
  const held = new Map<string, bigint>()
  const unit = 10n ** BigInt(scale)
  for (const fill of fills) {
    const qty = units(fill.qtyBase)
    const before = held.get(fill.symbol) ?? 0n
    expect(units(fill.notionalQuote) * unit).toBe(units(fill.priceQuote) * qty)
    if (fill.side === 'buy') {
      cash -= units(fill.notionalQuote)
      held.set(fill.symbol, before + qty - units(fill.fee))
    } else {
      cash += units(fill.notionalQuote) - units(fill.fee)
      held.set(fill.symbol, before - qty)
    }
    feesQuote += units(fill.feeQuote)
    expect(cash >= 0n, 'cash below zero').toBe(true)
    expect((held.get(fill.symbol) ?? 0n) >= 0n, `${fill.symbol} below zero`).toBe(true)
  }
  return { cash, held, feesQuote }
}

function limitsOf({ broker }: Settings): Pick<BrokerSettings, 'halfSpreadBps' | 'slippageBps'> {
  return broker
}

describe('Over any decisions and candles', () => {
  const runs = { numRuns: 120 }

  it('money is conserved to the last unit, and no balance falls below zero', () => {
    fc.assert(
      fc.property(deskSettings, market, (settings, hours) => {
        const { events, account } = play(settings, hours)
        const sheet = balanceSheet(settings.broker.startingCash, fillsOf(events))
        const summary = summarizeAccount(account)
        expect(units(summary.cash)).toBe(sheet.cash)
        expect(units(summary.feesPaid)).toBe(sheet.feesQuote)
        let cost = 0n
        for (const [symbol, holding] of account.holdings) {
          const { free, locked } = holding.qtyBase
          expect(units(free.plus(locked).toFixed())).toBe(sheet.held.get(symbol))
          expect(free.isNegative() || locked.isNegative() || holding.costQuote.isNegative()).toBe(false)
          cost += units(holding.costQuote.toFixed())
        }
        expect(units(summary.cash) + cost).toBe(units(summary.equityStart) + units(summary.realized))
        expect(units(summary.equity)).toBe(
          units(summary.equityStart) + units(summary.realized) + units(summary.unrealized),
        )
        expect(account.cash.free.isNegative() || account.cash.locked.isNegative()).toBe(false)
      }),
      runs,
    )
  })

  it('no entry exceeds its limit, and no sell what is held', () => {
    fc.assert(
      fc.property(deskSettings, market, (settings, hours) => {
        for (const { before, event, price } of play(settings, hours).placements) {
          if (event.type !== 'order.accepted') continue
          const { side, symbol, qtyBase } = event.payload
          const summary = summarizeAccount(before)
          const held = summary.positions.find((position) => position.symbol === symbol)
          if (side === 'sell') {
            expect(units(qtyBase) <= units(held?.qtyBase ?? '0')).toBe(true)
            continue
          }
          const { halfSpreadBps, slippageBps } = limitsOf(settings)
          const cost = Number(qtyBase) * price * (1 + (halfSpreadBps + slippageBps) / 10_000)
          const limit = Number(summary.equity) * settings.risk.maxPositionPct
          expect(cost + Number(held?.valueQuote ?? 0)).toBeLessThanOrEqual(limit * (1 + 1e-12))
          expect(summary.positions.length).toBeLessThanOrEqual(settings.risk.maxOpenPositions)
        }
      }),
      runs,
    )
  })

  it('an order is never filled twice, and folding the events again gives the identical account', () => {
    fc.assert(
      fc.property(deskSettings, market, fc.double({ min: 0, max: 1, noNaN: true }), (settings, hours, cut) => {
        const { events, account } = play(settings, hours)
        const orders = fillsOf(events).map((fill) => fill.orderId)
        expect(new Set(orders).size).toBe(orders.length)
        const opened = paperFloor({ runId, timeframe: '1h', settings, rulesOf }).openAccount()
        const crashedAt = Math.floor(events.length * cut)
        const resumed = applyEvents(applyEvents(opened, events.slice(0, crashedAt)), events.slice(crashedAt))
        expect(resumed).toEqual(account)
      }),
      { numRuns: 60 },
    )
  })

  it('a fill stays within its candle but for spread, slippage and tick; only a take-profit may lie below a gap', () => {
    fc.assert(
      fc.property(deskSettings, market, (settings, hours) => {
        const { halfSpreadBps, slippageBps } = limitsOf(settings)
        for (const { fill, candle } of play(settings, hours).fills) {
          const reference = Number(fill.referencePriceQuote)
          const price = Number(fill.priceQuote)
          const tick = Number(rulesOf(fill.symbol).tickSize)
          const allowed = (reference * (halfSpreadBps + slippageBps)) / 10_000 + tick * 1.001
          expect(fill.side === 'buy' ? price - reference : reference - price).toBeLessThanOrEqual(allowed)
          expect(fill.side === 'buy' ? price >= reference : price <= reference).toBe(true)
          expect(reference).toBeLessThanOrEqual(candle.high)
          if (fill.reason !== 'take_profit') expect(reference).toBeGreaterThanOrEqual(candle.low)
          expect(candle.volume).toBeGreaterThan(0)
        }
      }),
      runs,
    )
  })

  it('the runs are lively: entries, stops, take-profits, kill switches, cuts and expiries all happen', () => {
    const seen = new Map<string, number>()
    fc.assert(
      fc.property(deskSettings, market, (settings, hours) => {
        for (const event of play(settings, hours).events) {
          const kind =
            event.type === 'order.filled'
              ? event.payload.reason
              : event.type === 'order.refused'
                ? event.payload.code
                : event.type
          seen.set(kind, (seen.get(kind) ?? 0) + 1)
        }
      }),
      { numRuns: 150, seed: 1 },
    )
    for (const kind of ['decision', 'stop_loss', 'take_profit', 'kill_switch', 'order.expired', 'max_position']) {
      expect(seen.get(kind), kind).toBeGreaterThan(10)
    }
  })
})
