import type { MarketTick, MarketUpdate } from '@shared/contract/market-data'
import type { Order } from '@shared/contract/order'
import { brokerSettingsSchema } from '@shared/contract/settings'
import { describe, expect, test } from 'vitest'
import { type Account, openAccount } from '../../../src-main/engine/broker/account'
import { applyEvents } from '../../../src-main/engine/broker/account-fold'
import { settledBy } from '../../../src-main/engine/broker/paper-exchange'
import { createRecordedTicks } from '../../../src-main/engine/broker/recorded-ticks'
import { systemClock } from '../../../src-main/engine/market/clock'
import { assumedRules } from '../../../src-main/engine/market/exchange-rules'
import { openReplayVenue } from '../../../src-main/engine/market/replay-venue'
import { candlesOf, type RawTrade, writeCandles, writeTrades, xrpEthTrades } from '../../helpers/recorded-trades'
import { temporaryFolder } from '../../helpers/temporary-folder'
import { acceptedOrder, costless, decisionEvent, fillsOf, runId } from './paper-trade'

const dir = temporaryFolder('ticks')

const minuteMs = 60_000
const inEth = brokerSettingsSchema.parse({ ...costless, startingCash: '100000', quoteAsset: 'ETH' })

function holder(symbol: string, base: string, price: number): Account {
  const account = openAccount({ ...inEth, quoteAsset: symbol.split('/')[1] ?? '' })
  const bought = acceptedOrder({ symbol, side: 'buy', qtyBase: base, placedAtMs: 0 })
  const known = applyEvents(account, [decisionEvent({ symbol, price, action: 'hold' }), bought])
  const candle = { openTimeMs: 0, open: price, high: price, low: price, close: price, volume: 1e9 }
  return settledBy(known, {
    ...{ symbol, timeframe: '1m', candle, settings: inEth, rules: assumedRules(symbol), runId },
  }).account
}

describe('resting limits over real trades of XRP/ETH', async () => {
  const symbol = 'XRP/ETH'
  const trades = xrpEthTrades()

  /** What a reader of the raw rows gives the order: only trades beyond its limit by the other side, and no more than they traded. */
  function byHand({ side, qtyBase, limit }: { side: 'buy' | 'sell'; qtyBase: number; limit: number }, after: number) {
    let left = qtyBase
    const fills: { timeMs: number; qty: number }[] = []
    for (const { timeMs, side: aggressor, price, qty } of (trades ?? []).filter((row) => row.timeMs >= after)) {
      if (left === 0) break
      const isBeyond = side === 'buy' ? aggressor === 'sell' && price < limit : aggressor === 'buy' && price > limit
      if (!isBeyond) continue
      fills.push({ timeMs, qty: Math.min(left, qty) })
      left -= Math.min(left, qty)
    }
    return fills
  }

  async function updatesOf(rows: readonly RawTrade[]): Promise<readonly MarketUpdate[]> {
    writeCandles(dir, 'XRPETH-5m', candlesOf(rows, 5 * minuteMs))
    writeTrades(dir, 'XRPETH', rows)
    const opened = await openReplayVenue({
      ...{ dir, symbols: [symbol], timeframe: '5m', fromMs: null, toMs: null, fills: 'trades', speed: 'max' },
      clock: systemClock,
    })
    if (!opened.ok) throw new Error(opened.problem.message)
    const updates: MarketUpdate[] = []
    for await (const update of opened.value.updates(new AbortController().signal)) updates.push(update)
    return updates
  }

  test('fill when, and by how much, the raw rows say', async () => {
    if (trades === null) return
    const updates = await updatesOf(trades)
    expect(updates.every(({ inside }) => inside?.kind === 'ticks' && inside.isWhole)).toBe(true)
    const start = holder(symbol, '100000', 0.0014)
    let partly = 0
    let compared = 0
    for (let at = 3; at < updates.length - 20; at += 9) {
      const { candle } = updates[at] ?? { candle: null }
      if (candle === null) continue
      const placedAtMs = candle.openTimeMs + 5 * minuteMs
      for (const side of ['buy', 'sell'] as const) {
        const away = side === 'buy' ? -1 : 1
        const limit = Number((candle.close * (1 + (away * (at % 4) + away) * 0.0008)).toFixed(8))
        const first = trades.find(({ timeMs }) => timeMs >= placedAtMs)
        if (first === undefined || (side === 'buy' ? first.price <= limit : first.price >= limit)) continue
        const qtyBase = 50 + 70 * (at % 7)
        const terms: Partial<Order> = {
          symbol,
          type: 'limit',
          priceQuote: String(limit),
          timeInForce: 'GTC',
          placedAtMs,
        }
        let account = applyEvents(start, [
          acceptedOrder({ ...terms, side, qtyBase: String(qtyBase), reason: 'manual' }),
        ])
        const recorded = createRecordedTicks()
        const fills = updates.slice(at + 1).flatMap((update) => {
          const rules = assumedRules(symbol)
          const settled = settledBy(account, { ...update, recorded, settings: inEth, rules, runId })
          account = settled.account
          return fillsOf(settled.events)
        })
        const expected = byHand({ side, qtyBase, limit }, placedAtMs)
        expect(fills.map(({ filledAtMs, qtyBase: qty }) => ({ timeMs: filledAtMs, qty: Number(qty) }))).toEqual(
          expected,
        )
        expect(fills.every(({ role, priceQuote }) => role === 'maker' && Number(priceQuote) === limit)).toBe(true)
        compared += expected.length > 0 ? 1 : 0
        partly += expected.length > 1 ? 1 : 0
      }
    }
    expect(compared).toBeGreaterThan(40)
    expect(partly).toBeGreaterThan(15)
  })
})

describe('a recorded order book', () => {
  const symbol = 'BTC/USDT'
  const rules = assumedRules(symbol)
  const settings = brokerSettingsSchema.parse({ ...inEth, quoteAsset: 'USDT' })

  function bookAt(atMs: number): MarketTick {
    const asks = [
      [100, 1],
      [101, 1],
      [102, 1],
    ] as const
    return { kind: 'book', book: { symbol, atMs, bids: [[99, 5]], asks } }
  }

  function candleAt(minute: number, ticks: readonly MarketTick[], isWhole = true) {
    const candle = { openTimeMs: minute * minuteMs, open: 100, high: 100, low: 100, close: 100, volume: 1 }
    return { symbol, timeframe: '1m' as const, candle, inside: { kind: 'ticks' as const, ticks, isWhole } }
  }

  function buy(account: Account, minute: number, qtyBase: string): Account {
    const placedAtMs = minute * minuteMs
    return applyEvents(account, [acceptedOrder({ symbol, side: 'buy', qtyBase, placedAtMs, reason: 'manual' })])
  }

  const start = applyEvents(openAccount(settings), [decisionEvent({ symbol, price: 100, action: 'hold' })])
  const pricesOf = (events: Parameters<typeof fillsOf>[0]) =>
    fillsOf(events).map(({ qtyBase, priceQuote }) => `${qtyBase} @ ${priceQuote}`)

  test('gives nothing twice, also not to an order of the next candle', () => {
    const recorded = createRecordedTicks()
    const terms = { recorded, settings, rules, runId }
    const first = settledBy(buy(start, 10, '1.5'), { ...candleAt(10, [bookAt(600_001)]), ...terms })
    expect(pricesOf(first.events)).toEqual(['1 @ 100', '0.5 @ 101'])
    const second = settledBy(buy(first.account, 11, '1'), { ...candleAt(11, [bookAt(660_001)]), ...terms })
    expect(pricesOf(second.events)).toEqual(['0.5 @ 101', '0.5 @ 102'])
  })

  test('gives the same when a candle is settled again, because the trader acted in between', () => {
    const recorded = createRecordedTicks()
    const terms = { recorded, settings, rules, runId }
    const waiting = buy(start, 10, '1.5')
    const once = settledBy(waiting, { ...candleAt(10, [bookAt(600_001)]), ...terms })
    expect(settledBy(waiting, { ...candleAt(10, [bookAt(600_001)]), ...terms }).events).toEqual(once.events)
  })

  test('counts no longer than books follow each other', () => {
    const recorded = createRecordedTicks()
    const terms = { recorded, settings, rules, runId }
    settledBy(start, { ...candleAt(10, [bookAt(600_001)]), ...terms })
    const trade = { tradeId: 1, symbol, timeMs: 720_001, price: 50, qtyBase: 1, aggressor: 'sell' as const }
    const later = settledBy(buy(start, 12, '1'), { ...candleAt(12, [{ kind: 'trade', trade }]), ...terms })
    expect(pricesOf(later.events)).toEqual(['1 @ 50'])
  })

  test('without trades, leaves stops and take-profits to what the candle reached', () => {
    const terms = { recorded: createRecordedTicks(), settings, rules, runId }
    const order = { symbol, side: 'buy' as const, qtyBase: '1', stopLoss: '95', placedAtMs: 600_000 }
    const bought = settledBy(applyEvents(start, [acceptedOrder(order)]), {
      ...candleAt(10, [bookAt(600_001)], false),
      ...terms,
    })
    expect(pricesOf(bought.events)).toEqual(['1 @ 100'])
    const fell = candleAt(11, [bookAt(660_001)], false)
    const stopped = settledBy(bought.account, { ...fell, candle: { ...fell.candle, low: 90 }, ...terms })
    expect(pricesOf(stopped.events)).toEqual(['1 @ 95'])
  })
})
