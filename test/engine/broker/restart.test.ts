import type { JournalEvent } from '@shared/contract/journal'
import type { BookLevel, MarketTick } from '@shared/contract/market-data'
import { type Fill, type OrderTicket, orderTicketSchema } from '@shared/contract/order'
import { settingsSchema } from '@shared/contract/settings'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Account } from '../../../src-main/engine/broker/account'
import { paperFloor } from '../../../src-main/engine/broker/paper-floor'
import { accountAt, decisionEvent, fillsOf, rulesOf, runId, startMs } from './paper-trade'

/**
 * A desk in a live market that is killed between two ticks and started again: the journal knows all fills, and nobody the
 * book and the queue. What follows then is never better than if it had gone on.
 */

const symbol = 'BTC/USDT'
const newFloor = (queueAhead: boolean) => {
  const broker = { startingCash: '100000000', takerFeeBps: 0, makerFeeBps: 0, queueAhead }
  return paperFloor({ runId, timeframe: '1h', settings: settingsSchema.parse({ broker }), rulesOf })
}

/** A tick of the market, or an order of the trader. */
type Happening = { readonly tick: MarketTick } | { readonly ticket: OrderTicket }

interface Told {
  /** What had been filled of each order after each happening. */
  readonly fillsAfter: readonly (readonly Fill[])[]
  /** The orders that wait after each happening. */
  readonly openAfter: readonly string[]
}

/** Plays what happens; before the one at `restartAt` everything but the journal is lost. */
function play(queueAhead: boolean, happenings: readonly Happening[], restartAt: number | null): Told {
  let floor = newFloor(queueAhead)
  let account: Account = accountAt(symbol, 100, '100000000')
  const journal: JournalEvent[] = [decisionEvent({ symbol, price: 100, action: 'hold' })]
  const openAfter: string[] = []
  const fillsAfter = happenings.map((happening, at) => {
    if (at === restartAt) {
      floor = newFloor(queueAhead)
      floor.resume(account, journal)
    }
    const events =
      'tick' in happening
        ? floor.tick(account, happening.tick)
        : floor.place(account, happening.ticket, startMs + at * 1000)
    account = floor.fold(account, events)
    journal.push(...events)
    openAfter.push([...account.openOrders.keys()].join())
    return fillsOf(journal)
  })
  return { fillsAfter, openAfter }
}

const levels = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 5, maxLength: 5 })

function trade(at: number, price: number): Happening {
  const timeMs = startMs + at * 1000
  return { tick: { kind: 'trade', trade: { tradeId: at, symbol, timeMs, price, qtyBase: 1, aggressor: 'sell' } } }
}

/** Asks from `best` upwards and bids below it, a level per unit; a quantity of zero is no level. */
function book(at: number, best: number, quantities: readonly number[]): Happening {
  const side = (step: number, from: number) =>
    quantities.flatMap((qty, place): BookLevel[] => (qty === 0 ? [] : [[from + step * place, qty]]))
  const atMs = startMs + at * 1000
  return { tick: { kind: 'book', book: { symbol, atMs, bids: side(-1, best - 1), asks: side(1, best) } } }
}

const bookOf = fc.record({ best: fc.integer({ min: 97, max: 103 }), quantities: levels })
const tradeOf = fc.record({
  price: fc.integer({ min: 96, max: 104 }),
  qty: fc.integer({ min: 1, max: 5 }),
  side: fc.constantFrom('buy', 'sell'),
})
type Sketch =
  | { kind: 'book'; best: number; quantities: number[] }
  | { kind: 'trade'; price: number; qty: number; side: 'buy' | 'sell' }
  | { kind: 'order'; qty: number; side: 'buy' | 'sell' }

const sketches = (kinds: readonly fc.Arbitrary<Sketch>[]) =>
  fc.array(fc.oneof(...kinds), { minLength: 3, maxLength: 25 })
const books: fc.Arbitrary<Sketch> = bookOf.map((one) => ({ kind: 'book', ...one }))
const trades: fc.Arbitrary<Sketch> = tradeOf.map((one) => ({ kind: 'trade', ...one }))
const orders: fc.Arbitrary<Sketch> = fc
  .record({
    qty: fc.integer({ min: 1, max: 6 }),
    side: fc.constantFrom('buy' as const, 'buy' as const, 'sell' as const),
  })
  .map((one) => ({ kind: 'order', ...one }))

function happeningOf(sketch: Sketch, at: number): Happening {
  switch (sketch.kind) {
    case 'book':
      return book(at, sketch.best, sketch.quantities)
    case 'trade': {
      const { price, qty, side } = sketch
      const trade = { tradeId: at, symbol, timeMs: startMs + at * 1000, price, qtyBase: qty, aggressor: side }
      return { tick: { kind: 'trade', trade } }
    }
    case 'order': {
      const { qty, side } = sketch
      return {
        ticket: orderTicketSchema.parse({
          symbol,
          side,
          qtyBase: String(qty),
          type: 'market',
          clientOrderId: `o${at}`,
        }),
      }
    }
  }
}

function filledOf(fills: readonly Fill[]): number {
  return fills.reduce((sum, { qtyBase }) => sum + Number(qtyBase), 0)
}

describe('After a restart between two ticks', () => {
  it('a resting order is never filled earlier, further or at a better price', () => {
    let later = 0
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.constantFrom('97', '98', '99', '100', '101'),
        sketches([books, trades]),
        fc.nat(24),
        (queueAhead, priceQuote, drawn, cut) => {
          const ticket = orderTicketSchema.parse({
            ...{ symbol, side: 'buy', qtyBase: '8', type: 'limit', priceQuote, clientOrderId: 'resting' },
          })
          const happenings = [{ ticket }, ...drawn.map((sketch, at) => happeningOf(sketch, at + 1))]
          const whole = play(queueAhead, happenings, null)
          const restarted = play(queueAhead, happenings, 1 + (cut % drawn.length))
          for (const [at, fills] of whole.fillsAfter.entries()) {
            const after = restarted.fillsAfter[at] ?? []
            expect(filledOf(after)).toBeLessThanOrEqual(filledOf(fills))
            if (filledOf(after) < filledOf(fills)) later += 1
          }
          const best = Math.min(...(whole.fillsAfter.at(-1) ?? []).map((fill) => Number(fill.priceQuote)))
          for (const fill of restarted.fillsAfter.at(-1) ?? []) {
            expect(Number(fill.priceQuote)).toBeGreaterThanOrEqual(Math.min(best, Number(priceQuote)))
          }
        },
      ),
      { numRuns: 500 },
    )
    expect(later, 'the stories tell of queues that were lost').toBeGreaterThan(20)
  })

  it('what was taken from a book stays taken: no order gets more at any moment, or the same for less', () => {
    let dearer = 0
    fc.assert(
      fc.property(sketches([books, orders, orders, trades]), fc.nat(24), (drawn, cut) => {
        // An order meets a book that is known.
        const started: Sketch[] = [{ kind: 'book', best: 100, quantities: [2, 2, 2, 2, 2] }, ...drawn]
        const restartAt = 1 + (cut % drawn.length)
        const happenings = started.map(happeningOf)
        const whole = play(false, happenings, null)
        const restarted = play(false, happenings, restartAt)
        for (const at of happenings.keys()) {
          const [before, after] = [whole, restarted].map(({ fillsAfter }) => takenBy(fillsAfter[at] ?? []))
          if (before === undefined || after === undefined) return
          expect(after.qty).toBeLessThanOrEqual(before.qty)
          if (after.qty === before.qty) expect(after.cost).toBeGreaterThanOrEqual(before.cost)
          if (after.qty < before.qty || after.cost > before.cost) dearer += 1
          // What an order goes without it may find later, and others in its place.
          if (after.qty < before.qty || whole.openAfter[at] !== restarted.openAfter[at]) return
        }
      }),
      { numRuns: 800 },
    )
    expect(dearer, 'the stories tell of levels that came again in between').toBeGreaterThan(5)
  })

  it('a market order and a reached stop wait for the book, and no longer than a minute of the market', () => {
    const happenings = (bookAt: number): Happening[] => [
      book(0, 100, [5, 5, 5, 5, 5]),
      { ticket: orderTicketSchema.parse({ symbol, side: 'buy', qtyBase: '1', clientOrderId: 'held' }) },
      book(2, 100, [5, 5, 5, 5, 5]),
      {
        ticket: orderTicketSchema.parse({
          ...{ symbol, side: 'sell', qtyBase: '1', type: 'stop_loss', stopPriceQuote: '95', clientOrderId: 'stop' },
        }),
      },
      trade(4, 95),
      trade(5, 99),
      bookAt > 60 ? trade(bookAt, 98) : book(bookAt, 98, [1, 1, 1, 1, 1]),
    ]
    const sold = (told: Told) =>
      told.fillsAfter.map((fills) => fills.filter(({ side }) => side === 'sell').map(({ priceQuote }) => priceQuote))
    expect(sold(play(false, happenings(6), null)).at(4)).toEqual(['95'])
    expect(sold(play(false, happenings(6), 4))).toEqual([[], [], [], [], [], [], ['97']])
    // 98 less half a spread and a slippage of 1 bps each, down to the tick.
    expect(sold(play(false, happenings(70), 4))).toEqual([[], [], [], [], [], [], ['97.98']])
  })

  it('gives nothing of a level a second time that it gave before, to takers and to makers', () => {
    const buy = (clientOrderId: string, qtyBase: string, terms = {}): Happening => ({
      ticket: orderTicketSchema.parse({ symbol, side: 'buy', qtyBase, clientOrderId, ...terms }),
    })
    const asks = [3, 3, 0, 0, 0]
    const taking = [buy('first', '2'), book(1, 100, asks), buy('second', '2'), book(3, 100, asks)]
    const pricesOf = ({ fillsAfter }: Told) =>
      fillsAfter.at(-1)?.map(({ qtyBase, priceQuote }) => `${qtyBase} @ ${priceQuote}`)
    expect(pricesOf(play(false, taking, 2))).toEqual(['2 @ 100', '1 @ 100', '1 @ 101'])
    const limit = { type: 'limit', priceQuote: '99' }
    const given = [
      buy('resting', '2', limit),
      book(1, 102, asks),
      book(2, 98, [3, 0, 0, 3, 0]),
      buy('second', '2'),
      book(4, 98, [3, 0, 0, 3, 0]),
    ]
    expect(pricesOf(play(false, given, null))).toEqual(['2 @ 99', '1 @ 98', '1 @ 101'])
    expect(pricesOf(play(false, given, 3))).toEqual(['2 @ 99', '1 @ 98', '1 @ 101'])
  })
})

/** How much was filled so far, and what it cost; of a sell, less is worse. */
function takenBy(fills: readonly Fill[]): { qty: number; cost: number } {
  const cost = fills.reduce(
    (sum, { side, notionalQuote }) => sum + (side === 'buy' ? 1 : -1) * Number(notionalQuote),
    0,
  )
  return { qty: filledOf(fills), cost }
}
