import type { Candle } from '@shared/contract/candle'
import type { MarketContext } from '@shared/contract/context'
import type { Decision } from '@shared/contract/decision'
import type { JournalEvent } from '@shared/contract/journal'
import type { MarketUpdate } from '@shared/contract/market-data'
import type { ReadHeadline } from '@shared/contract/news'
import { orderTicketSchema } from '@shared/contract/order'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { settingsSchema } from '@shared/contract/settings'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { paperFloor } from '../../../src-main/engine/broker/paper-floor'
import { contextHash } from '../../../src-main/engine/desk/decision'
import { type Desk, openDesk } from '../../../src-main/engine/desk/desk'
import type { DeskNews } from '../../../src-main/engine/desk/news-reading'
import type { GatewayAnswer } from '../../../src-main/engine/gateway/gateway'
import { assumedRules } from '../../../src-main/engine/market/exchange-rules'
import type { Venue } from '../../../src-main/engine/market/venue'
import { hourlyReplay } from './hourly-replay'
import { answerOf } from './scripted-answer'

const hourMs = 3_600_000
const settings = settingsSchema.parse({ risk: { maxPositionPct: 0.2 } })
const symbols = ['BTC/USDT', 'ETH/USDT']
const spec = hourlyReplay(symbols, settings)

test('a run that is broken off after any step and continued ends with exactly the events of one that was not', async () => {
  const updates = wavyMarket(40)
  const whole = await journalOf(updates, [])
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: updates.length }), async (steps) => {
      const begun = await journalOf(updates, [], steps)
      const continued = await journalOf(updates, begun)
      expect(continued).toEqual(whole)
    }),
    { numRuns: 25, examples: [[0], [updates.length]] },
  )
  expect(whole.some((event) => event.type === 'order.filled')).toBe(true)
})

test('a decision is told to nobody before the journal has it, and a full disk ends the run without a half step', async () => {
  const updates = wavyMarket(10)
  const told: string[] = []
  let commits = 0
  const desk = openTestDesk(updates, [], {
    commit: () => {
      commits += 1
      return commits > 3
        ? failure('disk_full', 'The disk is full.')
        : success({ events: commits, head: '0'.repeat(64) })
    },
  })
  desk.subscribe(({ events }) =>
    told.push(...events.flatMap((event) => (event.type === 'decision.made' ? [event.payload.decisionId] : []))),
  )
  const ended = await desk.run(new AbortController().signal)
  expect(ended).toMatchObject({ ok: false, problem: { code: 'disk_full' } })
  expect(told).toHaveLength(3)
  expect(desk.status().decisions).toBe(3)
})

test('pause blocks entries and leaves exits alone; the kill switch closes everything and stays after a restart', async () => {
  const updates = wavyMarket(30)
  const events: JournalEvent[] = []
  const desk = openTestDesk(updates, [], recorder(events))
  await desk.command('pause')
  await desk.run(stoppedAfter(desk, 20))
  expect(ofType(events, 'order.accepted')).toEqual([])
  expect(ofType(events, 'order.refused').some((event) => event.payload.code === 'desk_reduce_only')).toBe(true)

  await desk.command('resume')
  const continued = openTestDesk(updates, events, recorder(events))
  await continued.run(stoppedAfter(continued, 20))
  expect(continued.status().account.positions.length).toBeGreaterThan(0)
  await continued.command('kill')
  expect(continued.status().account.openOrders.every((order) => order.side === 'sell')).toBe(true)

  const restarted = openTestDesk(updates, events, recorder(events))
  expect(restarted.status().state).toBe('halted')
  await restarted.run(new AbortController().signal)
  expect(restarted.status().account.positions).toEqual([])
  const killedAt = events.findIndex((event) => event.type === 'desk.state' && event.payload.state === 'halted')
  expect(events.slice(killedAt).some((event) => event.type === 'order.accepted' && event.payload.side === 'buy')).toBe(
    false,
  )
})

test('the calibrated confidence stands beside the raw one, for actions and not for holding', async () => {
  const updates = wavyMarket(12)
  const asked: unknown[][] = []
  const desk = openDesk({
    ...deskOptions(updates, []),
    calibrate: (...question) => {
      asked.push(question)
      return { value: question[3] / 2, method: 'platt', samples: 150 }
    },
    journal: recorder([]),
  })
  const made: Decision[] = []
  desk.subscribe(({ events }) => made.push(...ofType([...events], 'decision.made').map(({ payload }) => payload)))
  await desk.run(new AbortController().signal)
  expect(made.length).toBe(24)
  for (const { action, calibrated } of made) {
    expect(calibrated).toEqual(action === 'hold' ? null : { confidence: 0.4, method: 'platt', samples: 150 })
  }
  expect(asked.every(([modelHash, promptVersion]) => modelHash === 'a' && promptVersion === 'e')).toBe(true)
})

test('what is odd about the market stands in the journal before the decision it may have touched', async () => {
  const [first, ...rest] = wavyMarket(4)
  if (first === undefined) throw new Error('The market needs a candle')
  const gap = { kind: 'gap', fromMs: 0, toMs: hourMs, missingCandles: 1 } as const
  const events = await journalOf([{ ...first, anomalies: [gap] }, ...rest], [])
  expect(events[0]).toMatchObject({ type: 'market.anomaly', payload: { anomaly: gap } })
  expect(events[1]?.type).toBe('decision.made')
})

/** One headline an hour, on one pair or the whole market; the odd ones bad, the even ones good. */
const hourlyNews: DeskNews = {
  settings: { halfLifeHours: 6, maxHeadlines: 3 },
  async known(fromMs, toMs) {
    return Array.from(
      { length: 60 },
      (_, hour): ReadHeadline => ({
        headlineId: `headline-${hour}`,
        title: `Headline of hour ${hour}`,
        source: 'Wire',
        link: null,
        publishedAtMs: null,
        knownAtMs: hour * hourMs + 1_000,
        assets: hour % 3 === 0 ? [] : hour % 3 === 1 ? ['BTC'] : ['ETH'],
        scorer: 'lexicon',
        score: hour % 2 === 0 ? 0.5 : -0.5,
      }),
    ).filter(({ knownAtMs }) => knownAtMs > fromMs && knownAtMs <= toMs)
  },
}

test('a headline is in the journal once, before the first decision that may use it, and none is used before it is known', async () => {
  const events: JournalEvent[] = []
  const updates = wavyMarket(40)
  await openDesk({ ...deskOptions(updates, []), news: hourlyNews, journal: recorder(events) }).run(
    new AbortController().signal,
  )
  const read = new Set<string>()
  for (const event of events) {
    if (event.type === 'news.read') {
      expect(read.has(event.payload.headlineId)).toBe(false)
      expect(event.payload.knownAtMs).toBeLessThanOrEqual(event.atMs)
      read.add(event.payload.headlineId)
    }
    if (event.type !== 'decision.made') continue
    const { headlines, sentimentSource, sentimentScorer } = event.payload.context
    expect(headlines?.every(({ headlineId }) => read.has(headlineId))).toBe(true)
    expect([sentimentSource, sentimentScorer]).toEqual(['news', 'lexicon'])
  }
  // The last candle closes before the headline of its own end is known.
  expect(read.size).toBe(40)
})

test('a run with news that is broken off anywhere and continued ends with the events of one that was not', async () => {
  const updates = wavyMarket(30)
  const run = async (history: readonly JournalEvent[], steps: number): Promise<JournalEvent[]> => {
    const events = [...history]
    const desk = openDesk({ ...deskOptions(updates, history, steps), news: hourlyNews, journal: recorder(events) })
    await desk.run(steps < updates.length ? stoppedAfter(desk, steps) : new AbortController().signal)
    return events
  }
  const whole = await run([], updates.length)
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: updates.length }), async (steps) => {
      expect(await run(await run([], steps), updates.length)).toEqual(whole)
    }),
    { numRuns: 10 },
  )
})

test('an order by hand is journalled and fills; the same ticket again is the same order, and none comes after the end', async () => {
  const updates = wavyMarket(10)
  const events: JournalEvent[] = []
  const desk = openTestDesk(updates, [], recorder(events))
  const ticket = orderTicketSchema.parse({ symbol: 'BTC/USDT', side: 'buy', qtyBase: '0.5', clientOrderId: 'mine' })
  expect(await desk.place(ticket)).toMatchObject({ ok: false, problem: { code: 'price_unknown' } })
  await desk.run(stoppedAfter(desk, 4))
  const first = await desk.place(ticket)
  expect(first).toMatchObject({ ok: true, value: [{ type: 'order.accepted', payload: { reason: 'manual' } }] })
  expect(await desk.place(ticket)).toEqual({ ok: true, value: [] })
  const waiting = orderTicketSchema.parse({ ...ticket, type: 'limit', priceQuote: '80', clientOrderId: 'low' })
  expect(await desk.place(waiting)).toMatchObject({ ok: true, value: [{ payload: { type: 'limit' } }] })
  const low = desk.status().account.openOrders.find(({ type }) => type === 'limit')
  expect(await desk.cancel(low?.orderId ?? '')).toMatchObject({ ok: true, value: [{ type: 'order.expired' }] })
  expect(await desk.cancel(low?.orderId ?? '')).toEqual({ ok: true, value: [] })

  const both = orderTicketSchema.parse({
    ...ticket,
    type: 'limit_maker',
    priceQuote: '50',
    stop: { type: 'stop_loss', stopPriceQuote: '200' },
    clientOrderId: 'oco',
  })
  const listed = await desk.place(both)
  expect(listed.ok && listed.value.map(({ type }) => type)).toEqual(['order.accepted', 'order.accepted'])

  const continued = openTestDesk(updates, events, recorder(events))
  await continued.run(new AbortController().signal)
  expect(ofType(events, 'order.filled').filter(({ payload }) => payload.reason === 'manual')).toHaveLength(1)
  expect(await continued.place({ ...ticket, clientOrderId: 'late' })).toMatchObject({
    ok: false,
    problem: { code: 'run_finished' },
  })
})

test('without news a context says nothing of them', async () => {
  const [, ...events] = await journalOf(wavyMarket(20), [])
  for (const { payload } of ofType(events, 'decision.made')) {
    expect(payload.context).not.toHaveProperty('headlines')
    expect(payload.context.sentimentSource).not.toBe('news')
  }
})

/** Two pairs on sine waves, by the hour; long enough a wave to be bought low and sold high. */
function wavyMarket(hours: number): MarketUpdate[] {
  const price = (hour: number, phase: number): number =>
    Number((100 * (1 + 0.1 * Math.sin(hour / 5 + phase))).toFixed(4))
  return Array.from({ length: hours }, (_, hour) =>
    symbols.map((symbol, phase): MarketUpdate => {
      const open = price(hour, phase)
      const close = price(hour + 1, phase)
      const candle: Candle = {
        openTimeMs: hour * hourMs,
        open,
        high: Number((Math.max(open, close) * 1.01).toFixed(4)),
        low: Number((Math.min(open, close) * 0.99).toFixed(4)),
        close,
        volume: 10 + hour,
      }
      return { symbol, timeframe: '1h', candle, anomalies: [] }
    }),
  ).flat()
}

function venueOf(updates: readonly MarketUpdate[], steps: number): Venue {
  return {
    symbols,
    timeframe: '1h',
    dataHash: null,
    warmUp: () => [],
    async *updates() {
      yield* updates.slice(0, steps)
    },
    problem: () => null,
    trailing: () => [],
    close: async () => undefined,
  }
}

/** A model that is as deterministic as the real one: its answer follows from the context and nothing else. */
async function decideByHash({ context }: { context: MarketContext }): Promise<Outcome<GatewayAnswer>> {
  const dice = Number.parseInt(contextHash(context).slice(0, 4), 16) % 3
  return success(answerOf((['buy', 'sell', 'hold'] as const)[dice] ?? 'hold', 0.8))
}

type TestJournal = Parameters<typeof openDesk>[0]['journal']

function openTestDesk(
  updates: readonly MarketUpdate[],
  history: readonly JournalEvent[],
  journal: TestJournal,
  steps = updates.length,
): Desk {
  return openDesk({ ...deskOptions(updates, history, steps), journal })
}

function deskOptions(updates: readonly MarketUpdate[], history: readonly JournalEvent[], steps = updates.length) {
  return {
    runId: 'run',
    spec,
    history: [...history],
    venue: venueOf(updates, steps),
    floor: paperFloor({ runId: 'run', timeframe: '1h', settings, rulesOf: assumedRules }),
    decide: decideByHash,
    calibrate: () => null,
    wallClock: () => 0,
  }
}

function recorder(events: JournalEvent[]): TestJournal {
  return {
    commit(step) {
      events.push(...step.events)
      return success({ events: events.length, head: '0'.repeat(64) })
    },
  }
}

/** Everything in the journal after a run over `steps` of the updates; a run that is broken off has no end event. */
async function journalOf(
  updates: readonly MarketUpdate[],
  history: readonly JournalEvent[],
  steps = updates.length,
): Promise<JournalEvent[]> {
  const events = [...history]
  const desk = openTestDesk(updates, history, recorder(events), steps)
  await desk.run(steps < updates.length ? stoppedAfter(desk, steps) : new AbortController().signal)
  return events
}

/** A signal that fires once the desk has made so many decisions. */
function stoppedAfter(desk: Desk, decisions: number): AbortSignal {
  const controller = new AbortController()
  const wanted = desk.status().decisions + decisions
  const look = (): void => {
    if (desk.status().decisions >= wanted) controller.abort()
  }
  look()
  desk.subscribe(look)
  return controller.signal
}

function ofType<Type extends JournalEvent['type']>(
  events: readonly JournalEvent[],
  type: Type,
): Extract<JournalEvent, { type: Type }>[] {
  return events.filter((event): event is Extract<JournalEvent, { type: Type }> => event.type === type)
}
