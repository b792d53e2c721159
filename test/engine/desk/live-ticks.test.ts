import type { Candle } from '@shared/contract/candle'
import type { JournalEvent, RunSpec } from '@shared/contract/journal'
import type { MarketTick, MarketUpdate } from '@shared/contract/market-data'
import type { Fill } from '@shared/contract/order'
import { success } from '@shared/contract/outcome'
import { type Settings, settingsSchema } from '@shared/contract/settings'
import { expect, test } from 'vitest'
import { paperFloor } from '../../../src-main/engine/broker/paper-floor'
import { type Desk, openDesk } from '../../../src-main/engine/desk/desk'
import { assumedRules } from '../../../src-main/engine/market/exchange-rules'
import { answerOf } from './scripted-answer'

const minuteMs = 60_000
const symbol = 'BTC/USDT'
const costless = settingsSchema.parse({
  broker: { takerFeeBps: 0, makerFeeBps: 0, halfSpreadBps: 0, slippageBps: 0, startingCash: '100000' },
  risk: { maxPositionPct: 1 },
})

function candle(minute: number, close: number, change: Partial<Candle> = {}): MarketUpdate {
  const { high = close, low = close, volume = 10 } = change
  return {
    symbol,
    timeframe: '1m',
    candle: { openTimeMs: minute * minuteMs, open: close, close, high, low, volume },
    anomalies: [],
  }
}

function trade(timeMs: number, price: number, qtyBase: number, aggressor: 'buy' | 'sell' = 'sell'): MarketTick {
  return { kind: 'trade', trade: { tradeId: timeMs, symbol, timeMs, price, qtyBase, aggressor } }
}

function book(atMs: number, bids: [number, number][], asks: [number, number][]): MarketTick {
  return { kind: 'book', book: { symbol, atMs, bids, asks } }
}

interface LiveMarket {
  readonly desk: Desk
  readonly events: JournalEvent[]
  /** What the market tells next; a candle is awaited until the desk has decided on it. */
  tell(...news: readonly (MarketTick | MarketUpdate)[]): Promise<void>
  /** The exchange's clock. */
  setNow(timeMs: number): void
}

/** A desk on a market that the test makes up as it goes; `answers` are the model's, in order, then it holds. */
function liveDesk(
  answers: readonly ('buy' | 'sell' | 'hold')[],
  { settings = costless, think = async () => undefined }: { settings?: Settings; think?: () => Promise<void> } = {},
): LiveMarket {
  const events: JournalEvent[] = []
  const waiting: MarketUpdate[] = []
  let wake: (() => void) | null = null
  let listener: ((tick: MarketTick) => void) | null = null
  let nowMs = 0
  let asked = 0
  const spec: RunSpec = {
    venue: 'binance',
    symbols: [symbol],
    timeframe: '1m',
    fromMs: 0,
    toMs: null,
    modelPreference: null,
    settings,
  }
  const desk = openDesk({
    runId: 'live',
    spec,
    history: [],
    venue: {
      symbols: [symbol],
      timeframe: '1m',
      dataHash: null,
      warmUp: () => [],
      async *updates() {
        for (;;) {
          const next = waiting.shift()
          if (next !== undefined) yield next
          else
            await new Promise<void>((resolve) => {
              wake = resolve
            })
        }
      },
      ticks(told) {
        listener = told
        return () => undefined
      },
      nowMs: () => nowMs,
      problem: () => null,
      trailing: () => [],
      close: async () => undefined,
    },
    floor: paperFloor({ runId: 'live', timeframe: '1m', settings, rulesOf: assumedRules }),
    journal: {
      commit(step) {
        events.push(...step.events)
        return success({ events: events.length, head: '0'.repeat(64) })
      },
    },
    async decide() {
      await think()
      return success(answerOf(answers[asked++] ?? 'hold', 0.9))
    },
    calibrate: () => null,
    wallClock: () => 0,
  })
  void desk.run(new AbortController().signal)
  return {
    desk,
    events,
    async tell(...news) {
      for (const piece of news) {
        if ('kind' in piece) {
          listener?.(piece)
          await settled()
          continue
        }
        const decided = desk.status().decisions
        waiting.push(piece)
        wake?.()
        while (desk.status().decisions === decided) await settled()
      }
    },
    setNow(timeMs) {
      nowMs = timeMs
    },
  }
}

/** Lets everything that is due in this turn of the event loop happen. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function fills(events: readonly JournalEvent[]): Pick<Fill, 'side' | 'priceQuote' | 'qtyBase' | 'filledAtMs'>[] {
  return events.flatMap((event) => {
    if (event.type !== 'order.filled') return []
    const { side, priceQuote, qtyBase, filledAtMs } = event.payload
    return [{ side, priceQuote, qtyBase, filledAtMs }]
  })
}

test('a market order of a live desk walks the order book as it stands after the decision, not the candle before it', async () => {
  const live = liveDesk(['buy'])
  live.setNow(minuteMs + 400)
  await live.tell(candle(0, 100))
  await live.tell(book(minuteMs + 300, [[99, 5]], [[100, 5]]))
  expect(fills(live.events), 'the book of before the decision reached the exchange').toEqual([])
  await live.tell(
    book(
      minuteMs + 500,
      [[99, 900]],
      [
        [101, 400],
        [102, 900],
      ],
    ),
  )
  expect(fills(live.events)).toEqual([
    { side: 'buy', priceQuote: '101', qtyBase: '400', filledAtMs: minuteMs + 500 },
    { side: 'buy', priceQuote: '102', qtyBase: expect.stringMatching(/^584|585|586/), filledAtMs: minuteMs + 500 },
  ])
})

test('what the market does while the model thinks is not forgotten: a stop sells at the trade that reached it', async () => {
  let thinking: (() => void) | null = null
  let isSlow = false
  const live = liveDesk(['buy', 'hold', 'hold'], {
    think: () =>
      isSlow
        ? new Promise<void>((resolve) => {
            thinking = resolve
          })
        : Promise.resolve(),
  })
  await live.tell(candle(0, 100))
  live.setNow(minuteMs)
  await live.tell(trade(minuteMs + 1, 100, 1))
  const bought = fills(live.events)[0]
  expect(bought).toMatchObject({ side: 'buy', priceQuote: '100' })
  const placed = await live.desk.place({
    symbol,
    side: 'sell',
    qtyBase: '10',
    type: 'stop_loss',
    stopPriceQuote: '95',
    clientOrderId: 'my stop',
  })
  expect(placed).toMatchObject({ ok: true, value: [{ type: 'order.accepted' }] })

  isSlow = true
  const deciding = live.tell(candle(1, 99))
  while (thinking === null) await settled()
  await live.tell(trade(2 * minuteMs + 5, 94, 50))
  expect(fills(live.events)).toHaveLength(1)
  const answered: () => void = thinking
  answered()
  await deciding
  await settled()
  expect(fills(live.events)[1]).toEqual({ side: 'sell', priceQuote: '94', qtyBase: '10', filledAtMs: 2 * minuteMs + 5 })
})

test('a candle whose trades all came fills nothing again; one whose trades were lost fills what they would have', async () => {
  const live = liveDesk(['hold'])
  await live.tell(candle(0, 100))
  live.setNow(minuteMs)
  const order = { symbol, side: 'buy', qtyBase: '5', type: 'limit', priceQuote: '99' } as const
  await live.desk.place({ ...order, clientOrderId: 'first' })
  await live.tell(trade(minuteMs + 5, 100, 1), trade(minuteMs + 10, 98, 2), trade(minuteMs + 20, 100, 7, 'buy'))
  expect(fills(live.events)).toMatchObject([{ qtyBase: '2', priceQuote: '99' }])
  await live.tell(candle(1, 100, { low: 98, volume: 10 }))
  expect(fills(live.events), 'the whole candle was seen trade by trade').toHaveLength(1)

  await live.tell(candle(2, 100, { low: 98, volume: 10 }))
  expect(fills(live.events)[1], 'no trade of this candle came').toMatchObject({ qtyBase: '3', priceQuote: '99' })
})

test('the same ticket sent twice is one order, cancelling twice is cancelling once, and a halted desk opens nothing', async () => {
  const live = liveDesk(['hold'])
  const order = { symbol, side: 'buy', qtyBase: '1', type: 'limit', priceQuote: '90' } as const
  expect(await live.desk.place({ ...order, clientOrderId: 'x' })).toMatchObject({
    ok: false,
    problem: { code: 'price_unknown' },
  })
  await live.tell(candle(0, 100))
  const first = await live.desk.place({ ...order, clientOrderId: 'x' })
  expect(await live.desk.place({ ...order, clientOrderId: 'x' })).toEqual(success([]))
  const [accepted] = first.ok ? first.value : []
  if (accepted?.type !== 'order.accepted') throw new Error('The order was not accepted')
  const { orderId } = accepted.payload
  expect(await live.desk.cancel(orderId)).toMatchObject({ ok: true, value: [{ payload: { status: 'cancelled' } }] })
  expect(await live.desk.cancel(orderId)).toEqual(success([]))
  expect(await live.desk.place({ ...order, symbol: 'ETH/USDT', clientOrderId: 'y' })).toMatchObject({
    problem: { code: 'unknown_symbol' },
  })
  await live.desk.command('kill')
  expect(await live.desk.place({ ...order, clientOrderId: 'z' })).toMatchObject({
    problem: { code: 'entries_blocked' },
  })
})
