import type { JournalEvent } from '@shared/contract/journal'
import { expect, test } from 'vitest'
import { commandEvent } from '../../../src-main/engine/desk/desk-command'
import { carryState } from '../../../src-main/engine/runs'
import { alwaysBuy, fallingMarket, hourMs, openProtectedDesk } from './protected-market'

/** Long enough to warm up the average true range and to lose for a week after it. */
const updates = fallingMarket(14 * 24)
const forever = new AbortController().signal

async function journalOf(market = updates, history: JournalEvent[] = []): Promise<JournalEvent[]> {
  await openProtectedDesk(market, history).run(forever)
  return history
}

function codesOf(events: readonly JournalEvent[]): Set<string> {
  return new Set(events.flatMap((event) => (event.type === 'protection.acted' ? [event.payload.code] : [])))
}

test('every protection that a recorded market can set off acts, and what it blocks is refused under its code', async () => {
  const events = await journalOf()
  expect([...codesOf(events)].sort()).toEqual([
    'consecutive_losses',
    'cooldown',
    'daily_loss',
    'low_profit',
    'max_drawdown',
    'order_rate',
    'stop_loss_guard',
  ])
  const refused = new Set(events.flatMap((event) => (event.type === 'order.refused' ? [event.payload.code] : [])))
  expect([...codesOf(events)].filter((code) => !refused.has(code))).toEqual([])
})

test('no entry is placed between the beginning and the end of a protection', async () => {
  const inForce = new Map<string, number>()
  let entries = 0
  for (const event of await journalOf()) {
    if (event.type === 'protection.acted') {
      const { code, symbol, untilMs } = event.payload
      inForce.set(`${code} ${symbol}`, untilMs ?? Number.POSITIVE_INFINITY)
    }
    if (event.type !== 'order.accepted' || event.payload.side !== 'buy') continue
    entries += 1
    for (const [name, untilMs] of inForce) {
      const concerns = name.endsWith(' null') || name.endsWith(event.payload.symbol)
      expect(concerns && event.atMs < untilMs, `${name} at ${event.atMs}`).toBe(false)
    }
  }
  expect(entries).toBeGreaterThan(10)
})

test('the desk says that it only reduces while a protection of the whole desk is in force, and says so only then', async () => {
  const states = (await journalOf()).flatMap((event) => (event.type === 'desk.state' ? [event] : []))
  expect(states.length).toBeGreaterThan(4)
  expect(states.every(({ payload }) => payload.by === 'risk')).toBe(true)
  states.forEach(({ payload }, nth) => {
    expect(payload.state).toBe(nth % 2 === 0 ? 'reduce_only' : 'active')
  })
})

test('a desk that is broken off anywhere and continued blocks exactly what an uninterrupted one blocks', async () => {
  const whole = await journalOf()
  for (let stop = 7; stop < updates.length; stop += 97) {
    const begun: JournalEvent[] = []
    const desk = openProtectedDesk(updates, begun)
    const controller = new AbortController()
    desk.subscribe(() => {
      if (desk.status().decisions >= stop) controller.abort()
    })
    await desk.run(controller.signal)
    expect(desk.status().decisions).toBe(stop)
    expect(await journalOf(updates, begun)).toEqual(whole)
  }
})

test('a trader who resumes during a timed protection is told at once that the desk still only reduces', async () => {
  const events: JournalEvent[] = []
  const desk = openProtectedDesk(updates, events)
  const controller = new AbortController()
  desk.subscribe(() => {
    if (desk.status().state === 'reduce_only') controller.abort()
  })
  await desk.run(controller.signal)
  const resumed = await desk.command('resume')
  expect(resumed).toMatchObject({ ok: true, value: { state: 'reduce_only' } })
  expect(events.slice(-2)).toMatchObject([
    { type: 'desk.state', payload: { state: 'active', by: 'user' } },
    { type: 'desk.state', payload: { state: 'reduce_only', by: 'risk' } },
  ])
})

test('candles of a live market that are decided on too late open nothing, until one comes in time', async () => {
  const events: JournalEvent[] = []
  const stepMs = (hour: number) => hour * hourMs
  const desk = openProtectedDesk(updates.slice(0, 80), events, {
    freshness: (symbol, closedAtMs) => ({
      symbol,
      lengthMs: hourMs,
      ageMs: closedAtMs > stepMs(20) && closedAtMs <= stepMs(30) ? 2 * hourMs : 1000,
      feedProblem: null,
    }),
  })
  await desk.run(forever)
  const stale = events.flatMap((event) =>
    event.type === 'protection.acted' && event.payload.code === 'stale_data' ? [event] : [],
  )
  expect(stale.map(({ atMs, payload }) => [atMs / hourMs, payload.symbol, payload.untilMs === null])).toEqual([
    [21, 'BTC/USDT', true],
    [21, 'ETH/USDT', true],
    [31, 'BTC/USDT', false],
    [31, 'ETH/USDT', false],
  ])
  const bought = events.filter((event) => event.type === 'order.accepted' && event.payload.side === 'buy')
  expect(bought.length).toBeGreaterThan(0)
  expect(bought.some(({ atMs }) => atMs > stepMs(20) && atMs <= stepMs(30))).toBe(false)
})

test('no model is asked about candles that are late: the desk holds, says why, and its stops are hit all the same', async () => {
  const events: JournalEvent[] = []
  let asked = 0
  const hasBought = (): boolean => events.some(({ type }) => type === 'order.filled')
  const desk = openProtectedDesk(updates, events, {
    // The desk is away from the moment on at which it holds a position.
    freshness: (symbol) => ({
      symbol,
      lengthMs: hourMs,
      ageMs: hasBought() ? hourMs + 1 : hourMs,
      feedProblem: null,
    }),
    decide(request) {
      asked++
      return alwaysBuy(request)
    },
  })
  await desk.run(forever)
  const decisions = events.flatMap((event) => (event.type === 'decision.made' ? [event.payload] : []))
  const late = decisions.filter(({ servedBy }) => servedBy === 'none')
  expect(decisions).toHaveLength(updates.length)
  expect(late.length).toBeGreaterThan(0)
  expect(asked).toBe(updates.length - late.length)
  expect(decisions.slice(-late.length), 'all that came after the purchase').toEqual(late)
  for (const { action, confidence, hops, rationale } of late) {
    expect({ action, confidence }).toEqual({ action: 'hold', confidence: 0 })
    expect(hops).toMatchObject([{ servedBy: 'none', outcome: 'late' }])
    expect(rationale).toContain('more than 1 candle length before its turn')
  }
  const fills = events.flatMap((event) => (event.type === 'order.filled' ? [event.payload] : []))
  expect(new Set(fills.map(({ side }) => side))).toEqual(new Set(['buy', 'sell']))
  expect(desk.status().account.positions).toEqual([])
})

test('the kill switch does not wait for a model: it acts at once, and what the model answers then meets a halted desk', async () => {
  const events: JournalEvent[] = []
  const asked: (() => void)[] = []
  const ending = new AbortController()
  const desk = openProtectedDesk(updates, events, {
    // Once a position is held, the model thinks about its next answer until it is let go.
    decide: async (request) => {
      const isHeld = desk.status().account.positions.length > 0
      if (isHeld && asked.length === 0) await new Promise<void>((answer) => asked.push(answer))
      return alwaysBuy(request)
    },
  })
  const running = desk.run(ending.signal)
  await expect.poll(() => asked.length).toBe(1)
  const known = events.length
  const thinkingSinceMs = desk.status().marketTimeMs ?? 0

  const killed = await desk.command('kill')
  expect(killed).toMatchObject({ ok: true, value: { state: 'halted' } })
  expect(events.slice(known).map(({ type }) => type)).toContain('order.accepted')
  expect(desk.status().marketTimeMs).toBe(thinkingSinceMs)

  desk.subscribe(() => {
    if (desk.status().account.positions.length === 0) ending.abort()
  })
  asked[0]?.()
  await running
  const later = events.slice(known)
  const sold = later.flatMap((event) => (event.type === 'order.filled' ? [event.payload] : []))
  expect(sold.map(({ side, reason }) => [side, reason])).toEqual(sold.map(() => ['sell', 'kill_switch']))
  expect(sold.length).toBeGreaterThan(0)
  const [halted] = later
  // Not at the open of the candle that was being decided on: that lies before the kill.
  for (const { filledAtMs } of sold) expect(filledAtMs).toBeGreaterThanOrEqual(halted?.atMs ?? 0)
  const refused = later.flatMap((event) => (event.type === 'order.refused' ? [event.payload.code] : []))
  expect(new Set(refused)).toEqual(new Set(['desk_halted']))
})

test('a kill switch that was thrown while no desk ran closes what is held at the next start, and once', async () => {
  const events: JournalEvent[] = []
  const desk = openProtectedDesk(updates, events)
  const holding = new AbortController()
  desk.subscribe(() => {
    if (desk.status().account.positions.length === 2) holding.abort()
  })
  await desk.run(holding.signal)
  const atMs = desk.status().marketTimeMs ?? 0
  events.push(commandEvent('kill', { runId: 'run', atMs, killSwitch: 'flatten' }))
  const ledger = { deskState: () => ({ state: 'halted', reason: '', by: 'user', runId: 'run', atMs }) as const }

  const started = openProtectedDesk(updates, events)
  expect((await carryState(ledger, 'run', started)).ok).toBe(true)
  const known = events.length
  expect(started.status().account.openOrders.map(({ symbol, reason }) => [symbol, reason])).toEqual([
    ['BTC/USDT', 'kill_switch'],
    ['ETH/USDT', 'kill_switch'],
  ])
  expect((await carryState(ledger, 'run', openProtectedDesk(updates, events))).ok).toBe(true)
  expect(events.length).toBe(known)
})

test('a new run takes over the state that the trader left, and not one that risk had set in another run', async () => {
  const left = (state: 'active' | 'reduce_only' | 'halted', by: 'user' | 'risk') => ({
    deskState: () => ({ state, reason: '', by, runId: 'an earlier run', atMs: 0 }),
  })
  const stateUnder = async (ledger: ReturnType<typeof left>) => {
    const desk = openProtectedDesk(updates, [])
    expect((await carryState(ledger, 'run', desk)).ok).toBe(true)
    return desk.status().state
  }
  expect(await stateUnder(left('halted', 'user'))).toBe('halted')
  expect(await stateUnder(left('reduce_only', 'user'))).toBe('reduce_only')
  expect(await stateUnder(left('reduce_only', 'risk'))).toBe('active')
  expect(await stateUnder(left('active', 'user'))).toBe('active')
})
