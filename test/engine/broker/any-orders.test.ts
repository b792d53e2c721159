import type { Candle } from '@shared/contract/candle'
import type { JournalEvent } from '@shared/contract/journal'
import type { BookLevel, MarketTick, OrderBook } from '@shared/contract/market-data'
import type { Fill, OrderTicket } from '@shared/contract/order'
import { type BrokerSettings, brokerSettingsSchema } from '@shared/contract/settings'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Account, equityOf, openAccount } from '../../../src-main/engine/broker/account'
import { applyEvents } from '../../../src-main/engine/broker/account-fold'
import { totalOf } from '../../../src-main/engine/broker/balance'
import { createTickExchange, settleCandle } from '../../../src-main/engine/broker/paper-exchange'
import { cancelOrder, placeOrder } from '../../../src-main/engine/broker/place-order'
import { placeTicket } from '../../../src-main/engine/broker/place-ticket'
import { amount } from '../../../src-main/engine/risk/amounts'
import { candleAt, decisionEvent, hourMs, rulesOf, runId, startMs } from './paper-trade'

const symbol = 'BTC/USDT'
const rules = { ...rulesOf(symbol), maxNumAlgoOrders: 50 }
const firstPrice = 40_000
const tick = 0.01

/** One thing that a trader or the market does; prices are factors of the last price. */
type Deed =
  | { readonly kind: 'order'; readonly ticket: TicketSketch }
  | { readonly kind: 'entry'; readonly qty: number; readonly stop: number; readonly target: number }
  | { readonly kind: 'cancel'; readonly which: number }
  | {
      readonly kind: 'candle'
      readonly gap: number
      readonly rise: number
      readonly fall: number
      readonly close: number
    }
  | { readonly kind: 'trade'; readonly move: number; readonly qty: number; readonly side: 'buy' | 'sell' }
  | { readonly kind: 'book'; readonly move: number; readonly depth: readonly number[] }

interface TicketSketch {
  readonly side: 'buy' | 'sell'
  readonly type: OrderTicket['type']
  readonly qty: number
  readonly price: number
  readonly stop: number
  readonly trail: number | null
  readonly timeInForce: 'GTC' | 'IOC' | 'FOK'
  readonly reduceOnly: boolean
  readonly oco: boolean
}

const factor = fc.double({ min: 0.9, max: 1.1, noNaN: true })
const ticket: fc.Arbitrary<TicketSketch> = fc.record({
  side: fc.constantFrom('buy', 'buy', 'sell'),
  type: fc.constantFrom(
    'market',
    'market',
    'limit',
    'limit',
    'limit_maker',
    'limit_maker',
    'stop_loss',
    'stop_loss_limit',
    'take_profit',
    'take_profit_limit',
  ),
  qty: fc.integer({ min: 1, max: 20_000 }),
  price: factor,
  stop: factor,
  trail: fc.option(fc.integer({ min: 10, max: 500 }), { nil: null }),
  timeInForce: fc.constantFrom('GTC', 'GTC', 'IOC', 'FOK'),
  reduceOnly: fc.constantFrom(false, false, true),
  oco: fc.constantFrom(false, false, false, true),
})

const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('order'), ticket }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('entry'),
      qty: fc.integer({ min: 100, max: 20_000 }),
      stop: fc.double({ min: 0.9, max: 0.999, noNaN: true }),
      target: fc.double({ min: 1.001, max: 1.02, noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel'), which: fc.nat(20) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('candle'),
      gap: fc.constantFrom(1, 1, 1.02, 0.97, 1.2, 0.8),
      rise: fc.double({ min: 0, max: 0.1, noNaN: true }),
      fall: fc.double({ min: 0, max: 0.1, noNaN: true }),
      close: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('trade'),
      move: fc.double({ min: 0.98, max: 1.02, noNaN: true }),
      qty: fc.integer({ min: 1, max: 5_000 }),
      side: fc.constantFrom('buy', 'sell'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('book'),
      move: fc.double({ min: 0.99, max: 1.01, noNaN: true }),
      depth: fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 0, maxLength: 4 }),
    }),
  },
)

const brokers: fc.Arbitrary<BrokerSettings> = fc
  .record({
    startingCash: fc.constantFrom('10000', '250.123456789', '5000000'),
    takerFeeBps: fc.constantFrom(0, 7.5, 10, 100),
    makerFeeBps: fc.constantFrom(0, 2, 10),
    halfSpreadBps: fc.constantFrom(0, 1, 25),
    slippageBps: fc.constantFrom(0, 1, 3.3),
    payFeesInBnb: fc.boolean(),
    startingBnb: fc.constantFrom('0', '0.01', '100'),
    bnbPriceQuote: fc.constantFrom(null, '312.45'),
    queueAhead: fc.boolean(),
    latencyMs: fc.constantFrom(0, 500),
    maxCandleVolumePct: fc.constantFrom(null, null, 0.02, 0.3),
  })
  .map((settings) => brokerSettingsSchema.parse(settings))

interface Seen {
  readonly event: JournalEvent
  /** What the market showed when it happened. */
  readonly market:
    | { readonly kind: 'candle'; readonly candle: Candle }
    | { readonly kind: 'tick'; readonly tick: MarketTick; readonly book: OrderBook | null }
    | null
  readonly before: Account
}

function onTick(price: number): number {
  return Number((Math.max(1, Math.round(price / tick)) * tick).toFixed(2))
}

function ticketOf({ ticket: sketch }: { ticket: TicketSketch }, last: number, clientOrderId: string): OrderTicket {
  const { side, type, qty, reduceOnly, timeInForce, trail } = sketch
  const price = onTick(last * sketch.price).toFixed(2)
  const stop = onTick(last * sketch.stop).toFixed(2)
  const isAlgo = type.startsWith('stop') || type.startsWith('take')
  const isLimit = type === 'limit' || type === 'limit_maker' || type.endsWith('_limit')
  const common = {
    symbol,
    side,
    qtyBase: (qty / 100_000).toFixed(5),
    clientOrderId,
    ...(reduceOnly ? { reduceOnly } : {}),
  }
  if (sketch.oco) {
    const above = onTick(last * 1.03).toFixed(2)
    const below = onTick(last * 0.97).toFixed(2)
    const [limit, trigger] = side === 'sell' ? [above, below] : [below, above]
    // Half of the stops work as limits from their trigger on, some of which then rest.
    const works = type.endsWith('_limit')
      ? { type: 'stop_loss_limit' as const, priceQuote: price }
      : { type: 'stop_loss' as const }
    return { ...common, type: 'limit', priceQuote: limit, stop: { ...works, stopPriceQuote: trigger } }
  }
  return {
    ...common,
    type,
    ...(isLimit ? { priceQuote: price } : {}),
    ...(isAlgo && trail === null ? { stopPriceQuote: stop } : {}),
    ...(isAlgo && trail !== null ? { trailingDeltaBps: trail } : {}),
    ...(type === 'limit' || (isAlgo && isLimit) ? { timeInForce } : {}),
  }
}

/** Plays deeds in order; ticks come within the hour after the last candle. */
function play(
  settings: BrokerSettings,
  deeds: readonly Deed[],
): { account: Account; seen: Seen[]; events: JournalEvent[] } {
  const exchange = createTickExchange({ settings, runId, rulesOf: () => rules })
  const opened = openAccount(settings)
  const priced = decisionEvent({ symbol, price: firstPrice, action: 'hold' })
  let account = applyEvents(opened, [priced])
  const seen: Seen[] = []
  const events: JournalEvent[] = [priced]
  let last = firstPrice
  let hour = 0
  let book: OrderBook | null = null
  const record = (happened: readonly JournalEvent[], market: Seen['market']) => {
    for (const event of happened) {
      seen.push({ event, market, before: account })
      account = applyEvents(account, [event])
      events.push(event)
    }
  }
  deeds.forEach((what, index) => {
    const nowMs = startMs + hour * hourMs + index * 1000
    switch (what.kind) {
      case 'order': {
        const atMs = startMs + hour * hourMs
        record(placeTicket(account, ticketOf(what, last, `c${index}`), { rules, settings, runId, atMs }), null)
        break
      }
      case 'entry': {
        const atMs = startMs + hour * hourMs
        const exits = {
          stopLoss: onTick(last * what.stop).toFixed(2),
          takeProfit: onTick(last * what.target).toFixed(2),
        }
        const intent = { symbol, side: 'buy', qtyBase: amount((what.qty / 100_000).toFixed(5)), ...exits } as const
        const entry = { ...intent, reason: 'decision', decisionId: null, key: `e${index}` } as const
        record([placeOrder(account, entry, { rules, settings, runId, atMs })], null)
        break
      }
      case 'cancel': {
        const id = [...account.openOrders.keys()][what.which] ?? 'unknown'
        record(cancelOrder(account, id, 'Cancelled by the trader.', nowMs), null)
        expect(cancelOrder(account, id, 'Cancelled by the trader.', nowMs)).toEqual([])
        break
      }
      case 'candle': {
        const open = onTick(last * what.gap)
        const high = Math.max(open, onTick(open * (1 + what.rise)))
        const low = Math.min(open, onTick(open * (1 - what.fall)))
        const candle = candleAt(hour, { open, high, low, close: onTick(low + (high - low) * what.close) })
        record(settleCandle(account, { symbol, timeframe: '1h', candle, settings, rules, runId }), {
          kind: 'candle',
          candle,
        })
        last = candle.close
        hour += 1
        break
      }
      case 'trade': {
        const price = onTick(last * what.move)
        const trade = {
          tradeId: index,
          symbol,
          timeMs: nowMs,
          price,
          qtyBase: what.qty / 100_000,
          aggressor: what.side,
        }
        record(exchange.settle(account, { kind: 'trade', trade }), {
          kind: 'tick',
          tick: { kind: 'trade', trade },
          book,
        })
        last = price
        break
      }
      case 'book': {
        const middle = last * what.move
        const level =
          (sign: number) =>
          (qty: number, place: number): BookLevel => [onTick(middle * (1 + sign * (place + 1) * 0.001)), qty / 100_000]
        book = { symbol, atMs: nowMs, bids: what.depth.map(level(-1)), asks: what.depth.map(level(1)) }
        const tick = { kind: 'book', book } as const
        // A book without levels is none: what comes next is priced as if there were no book.
        if (what.depth.length === 0) book = null
        record(exchange.settle(account, tick), { kind: 'tick', tick, book })
      }
    }
  })
  return { account, seen, events }
}

/** Whole units of 10^-40, so that this check shares no arithmetic with the product. */
const scale = 40
function units(text: string): bigint {
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.')
  const value = BigInt(whole + fraction.padEnd(scale, '0'))
  return text.startsWith('-') ? -value : value
}

function fillsIn(events: readonly JournalEvent[]): Fill[] {
  return events.flatMap((event) => (event.type === 'order.filled' ? [event.payload] : []))
}

describe('Over any orders of any type, cancels, candles, trades and order books', () => {
  const story = fc.array(deed, { minLength: 1, maxLength: 40 })
  const runs = { numRuns: 300 }

  it('money is conserved to the last unit, nothing falls below zero, and what is reserved is what open orders need', () => {
    fc.assert(
      fc.property(brokers, story, (settings, deeds) => {
        const { account, events } = play(settings, deeds)
        let cash = units(settings.startingCash)
        let held = 0n
        let bnb = units(settings.startingBnb)
        for (const fill of fillsIn(events)) {
          const sign = fill.side === 'buy' ? 1n : -1n
          cash -= sign * units(fill.notionalQuote)
          held += sign * units(fill.qtyBase)
          if (fill.feeAsset === 'USDT') cash -= units(fill.fee)
          else if (fill.feeAsset === 'BTC') held -= units(fill.fee)
          else bnb -= units(fill.fee)
          expect(cash >= 0n && held >= 0n && bnb >= 0n, 'a balance below zero').toBe(true)
        }
        const holding = account.holdings.get(symbol)
        expect(units(totalOf(account.cash).toFixed())).toBe(cash)
        expect(units(holding === undefined ? '0' : totalOf(holding.qtyBase).toFixed())).toBe(held)
        expect(units(account.bnb.toFixed())).toBe(bnb)
        const locked = [...account.openOrders.values()]
        const sum = (side: 'lockedCash' | 'lockedBase') =>
          locked.reduce((total, open) => total + units(open[side].toFixed()), 0n)
        for (const { order, leavesQty, lockedBase } of locked) {
          const isPaired = locked.some((other) => other.order.listId === order.listId && other.order !== order)
          if (order.side === 'buy' || order.reduceOnly || (isPaired && order.listId)) continue
          expect(lockedBase.toFixed(), 'a sell that reserves what it may sell').toBe(leavesQty.toFixed())
        }
        expect(units(account.cash.locked.toFixed())).toBe(sum('lockedCash'))
        expect(units(holding?.qtyBase.locked.toFixed() ?? '0')).toBe(sum('lockedBase'))
        // Cash spent is either in the cost of what is held, or was realised as profit or loss; BNB at its price.
        const costs = units(holding?.costQuote.toFixed() ?? '0')
        const bnbSpent = fillsIn(events)
          .filter(({ feeAsset }) => feeAsset === 'BNB')
          .reduce((total, fill) => total + units(fill.feeQuote), 0n)
        expect(cash + costs).toBe(units(settings.startingCash) + units(account.realized.toFixed()) + bnbSpent)
        expect(equityOf(account).isNegative()).toBe(false)
      }),
      runs,
    )
  })

  it('no fill lies outside the candle or the book, and no limit pays more than its limit', () => {
    fc.assert(
      fc.property(brokers, story, (settings, deeds) => {
        const bps = (settings.halfSpreadBps + settings.slippageBps) / 10_000
        for (const { event, market, before } of play(settings, deeds).seen) {
          if (event.type !== 'order.filled') continue
          const fill = event.payload
          const price = Number(fill.priceQuote)
          const limit = before.openOrders.get(fill.orderId)?.order.priceQuote
          if (limit !== undefined && limit !== null) {
            expect(fill.side === 'buy' ? price <= Number(limit) : price >= Number(limit), 'beyond its limit').toBe(true)
          }
          if (market?.kind === 'candle') {
            const worst = market.candle.high * bps + tick * 1.001
            // A gap through a resting limit still pays what rested: worse than the candle for the trader, never better.
            const isMaker = fill.role === 'maker'
            if (!isMaker || fill.side === 'sell') expect(price).toBeLessThanOrEqual(market.candle.high + worst)
            if (!isMaker || fill.side === 'buy') expect(price).toBeGreaterThanOrEqual(market.candle.low - worst)
          }
          if (market?.kind === 'tick' && fill.role === 'taker' && market.book !== null) {
            const levels = fill.side === 'buy' ? market.book.asks : market.book.bids
            expect(
              levels.map(([level]) => level),
              'a level of the book',
            ).toContain(price)
          }
        }
      }),
      runs,
    )
  })

  it('no candle gives more than the share of its volume that the settings allow', () => {
    let limited = 0
    fc.assert(
      fc.property(brokers, story, (settings, deeds) => {
        const traded = new Map<Candle, number>()
        for (const { event, market } of play(settings, deeds).seen) {
          if (event.type !== 'order.filled' || market?.kind !== 'candle') continue
          traded.set(market.candle, (traded.get(market.candle) ?? 0) + Number(event.payload.qtyBase))
        }
        const share = settings.maxCandleVolumePct
        if (share === null) return
        for (const [{ volume }, qty] of traded) {
          expect(qty).toBeLessThanOrEqual(volume * share * (1 + 1e-9))
          if (qty > 0.99 * volume * share) limited += 1
        }
      }),
      runs,
    )
    expect(limited).toBeGreaterThan(0)
  })

  it('no level of a book gives more than it had, however many orders meet it', () => {
    fc.assert(
      fc.property(brokers, story, (settings, deeds) => {
        const taken = new Map<OrderBook, Map<string, bigint>>()
        for (const { event, market } of play(settings, deeds).seen) {
          if (event.type !== 'order.filled' || market?.kind !== 'tick' || market.book === null) continue
          const { role, priceQuote, qtyBase, side } = event.payload
          if (role !== 'taker') continue
          const byLevel = taken.get(market.book) ?? new Map<string, bigint>()
          taken.set(market.book, byLevel)
          byLevel.set(
            `${side} ${Number(priceQuote)}`,
            (byLevel.get(`${side} ${Number(priceQuote)}`) ?? 0n) + units(qtyBase),
          )
        }
        for (const [book, byLevel] of taken) {
          for (const [key, qty] of byLevel) {
            const [side, price] = key.split(' ')
            const had = (side === 'buy' ? book.asks : book.bids)
              .filter(([level]) => level === Number(price))
              .reduce((total, [, levelQty]) => total + units(levelQty.toFixed(5)), 0n)
            expect(qty <= had, `${key} gave more than it had`).toBe(true)
          }
        }
      }),
      runs,
    )
  })

  it('folding the events again, from any cut, gives the identical account', () => {
    fc.assert(
      fc.property(brokers, story, fc.double({ min: 0, max: 1, noNaN: true }), (settings, deeds, cut) => {
        const { account, events } = play(settings, deeds)
        const at = Math.floor(events.length * cut)
        expect(applyEvents(applyEvents(openAccount(settings), events.slice(0, at)), events.slice(at))).toEqual(account)
      }),
      { numRuns: 100 },
    )
  })

  it('the stories are lively: every type fills, in parts too, as maker and taker, and triggers, trails and ends', () => {
    const seenKinds = new Map<string, number>()
    const note = (kind: string) => seenKinds.set(kind, (seenKinds.get(kind) ?? 0) + 1)
    fc.assert(
      fc.property(brokers, story, (settings, deeds) => {
        for (const { event, before } of play(settings, deeds).seen) {
          if (event.type !== 'order.filled') note(event.type)
          else {
            note(`${before.openOrders.get(event.payload.orderId)?.order.type} ${event.payload.role}`)
            if (event.payload.leavesQtyBase !== undefined) note('in parts')
            if (event.payload.leavesQtyBase !== undefined && event.payload.reason === 'take_profit')
              note('target in parts')
            if (event.payload.reason === 'stop_loss') note('own stop')
            if (event.payload.feeAsset === 'BNB') note('fee in BNB')
          }
        }
      }),
      { numRuns: 2500, seed: 4 },
    )
    const expected = [
      'market taker',
      'limit maker',
      'limit taker',
      'limit_maker maker',
      'stop_loss taker',
      'take_profit taker',
    ]
    const ends = [
      'order.triggered',
      'order.trailed',
      'order.expired',
      'order.refused',
      'in parts',
      'target in parts',
      'own stop',
      'fee in BNB',
    ]
    for (const kind of [...expected, ...ends]) expect(seenKinds.get(kind) ?? 0, kind).toBeGreaterThan(3)
  })
})
