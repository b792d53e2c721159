import type { Candle } from '@shared/contract/candle'
import type { JournalEvent } from '@shared/contract/journal'
import { journalEventSchema } from '@shared/contract/journal'
import type { MarketUpdate } from '@shared/contract/market-data'
import { type OrderTicket, orderTicketSchema } from '@shared/contract/order'
import { failure, success } from '@shared/contract/outcome'
import { settingsSchema } from '@shared/contract/settings'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { paperFloor } from '../../../src-main/engine/broker/paper-floor'
import { openDesk } from '../../../src-main/engine/desk/desk'
import { assumedRules } from '../../../src-main/engine/market/exchange-rules'
import { hourlyReplay } from './hourly-replay'
import { answerOf } from './scripted-answer'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const symbol = 'BTC/USDT'
const settings = settingsSchema.parse({ risk: { maxPositionPct: 0.2 }, broker: { startingCash: '100000' } })
const spec = hourlyReplay([symbol], settings)

/** Twelve hours on waves of 5 % and, in most of them, the shorter candles inside. */
const market: readonly MarketUpdate[] = Array.from({ length: 12 }, (_, hour): MarketUpdate => {
  const parts = Array.from({ length: 12 }, (_, part) => shortCandle(hour * 12 + part))
  const [first, last] = [parts[0], parts.at(-1)]
  if (first === undefined || last === undefined) throw new Error('An hour has twelve parts')
  const candle: Candle = {
    openTimeMs: first.openTimeMs,
    open: first.open,
    high: Math.max(...parts.map(({ high }) => high)),
    low: Math.min(...parts.map(({ low }) => low)),
    close: last.close,
    volume: 12,
  }
  const update = { symbol, timeframe: '1h', candle, anomalies: [] } as const
  return hour % 4 === 3 ? update : { ...update, inside: { kind: 'candles', timeframe: '5m', candles: parts } }
})

function shortCandle(number: number): Candle {
  const price = (at: number) => Number((100 * (1 + 0.05 * Math.sin(at / 7))).toFixed(2))
  const [open, close] = [price(number), price(number + 1)]
  return {
    openTimeMs: number * 5 * minuteMs,
    open,
    high: Number((Math.max(open, close) + 0.5).toFixed(2)),
    low: Number((Math.min(open, close) - 0.5).toFixed(2)),
    close,
    volume: 1,
  }
}

interface Sent {
  /** Before which hour's candle the trader sends it. */
  readonly hour: number
  readonly ticket: OrderTicket
}

const price = fc.integer({ min: 9200, max: 10800 }).map((cents) => (cents / 100).toFixed(2))
const terms = fc.oneof(
  fc.constant({ type: 'market' }),
  fc.record({ type: fc.constantFrom('limit', 'limit_maker'), priceQuote: price }),
  fc.record({ type: fc.constant('limit'), priceQuote: price, timeInForce: fc.constantFrom('IOC', 'FOK') }),
  fc.record({ type: fc.constantFrom('stop_loss', 'take_profit'), stopPriceQuote: price }),
  fc.record({ type: fc.constantFrom('stop_loss', 'take_profit'), trailingDeltaBps: fc.integer({ min: 20, max: 400 }) }),
  fc.record({ type: fc.constant('stop_loss_limit'), stopPriceQuote: price, priceQuote: price }),
  fc.record({
    type: fc.constant('limit'),
    priceQuote: price,
    stop: fc.oneof(
      fc.record({ type: fc.constant('stop_loss'), stopPriceQuote: price }),
      fc.record({ type: fc.constant('stop_loss_limit'), stopPriceQuote: price, priceQuote: price }),
    ),
  }),
)
const tickets: fc.Arbitrary<readonly Sent[]> = fc
  .array(
    fc.record({
      hour: fc.integer({ min: 1, max: 11 }),
      side: fc.constantFrom('buy', 'buy', 'sell'),
      qtyBase: fc.constantFrom('1', '2.5', '10'),
      reduceOnly: fc.constantFrom(undefined, undefined, true),
      terms,
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((sketches) =>
    sketches.map(({ hour, side, qtyBase, reduceOnly, terms: own }, number) => ({
      hour,
      ticket: orderTicketSchema.parse({
        symbol,
        side,
        qtyBase,
        ...(reduceOnly && side === 'sell' ? { reduceOnly } : {}),
        ...own,
        clientOrderId: `ticket ${number}`,
      }),
    })),
  )

interface Run {
  /** What each commit held. */
  readonly commits: readonly (readonly JournalEvent[])[]
  /** How many commits there were when each ticket had its answer. */
  readonly answered: ReadonlyMap<string, number>
}

/** A run that goes on from a journal, and is killed in the midst of what would be its commit number `killedAt`. */
async function run(sent: readonly Sent[], begun: Run, killedAt = Number.POSITIVE_INFINITY): Promise<Run> {
  const commits = [...begun.commits]
  const answered = new Map(begun.answered)
  const desk = openDesk({
    runId: 'run',
    spec,
    // Read as from the file: through text.
    history: commits.flat().map((event) => journalEventSchema.parse(JSON.parse(JSON.stringify(event)))),
    venue: {
      symbols: [symbol],
      timeframe: '1h',
      dataHash: null,
      warmUp: () => [],
      async *updates() {
        for (const [hour, update] of market.entries()) {
          for (const { ticket } of sent.filter((one) => one.hour === hour && !answered.has(one.ticket.clientOrderId))) {
            const placed = await desk.place(ticket)
            if (placed.ok) answered.set(ticket.clientOrderId, commits.length)
          }
          yield update
        }
      },
      problem: () => null,
      trailing: () => [],
      close: async () => undefined,
    },
    floor: paperFloor({ runId: 'run', timeframe: '1h', settings, rulesOf: assumedRules }),
    journal: {
      commit({ events }) {
        if (commits.length >= killedAt) return failure('killed', 'The program was killed.')
        commits.push(events)
        return success({ events: commits.flat().length, head: '0'.repeat(64) })
      },
    },
    decide: async ({ context }) => success(answerOf(context.asOfMs % (3 * hourMs) === 0 ? 'buy' : 'hold', 0.9)),
    calibrate: () => null,
    wallClock: () => 0,
  })
  await desk.run(new AbortController().signal)
  return { commits, answered }
}

const nothing: Run = { commits: [], answered: new Map() }

test('a desk with any orders by hand that is killed at any commit ends with the events of one that was not', async () => {
  const kinds = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(tickets, fc.double({ min: 0, max: 1, noNaN: true }), async (sent, share) => {
      const whole = await run(sent, nothing)
      expect((await run(sent, nothing)).commits, 'the same tickets at the same steps').toEqual(whole.commits)
      const killed = await run(sent, nothing, Math.floor(whole.commits.length * share))
      expect((await run(sent, killed)).commits).toEqual(whole.commits)
      for (const { type } of whole.commits.flat()) kinds.set(type, (kinds.get(type) ?? 0) + 1)
    }),
    { numRuns: 60, seed: 11 },
  )
  const lively = ['filled', 'triggered', 'trailed', 'expired', 'refused'] as const
  for (const kind of lively) expect(kinds.get(`order.${kind}`) ?? 0, kind).toBeGreaterThan(5)
})
