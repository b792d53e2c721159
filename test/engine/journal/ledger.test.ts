import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { type LedgerWriter, openLedger } from '../../../src-main/engine/journal/ledger'
import { openLedgerReader } from '../../../src-main/engine/journal/ledger-reader'
import { temporaryFolder } from '../../helpers/temporary-folder'
import {
  decision,
  decisionMade,
  measurement,
  oneOfEach,
  orderAccepted,
  orderFilled,
  runStarted,
  startMs,
} from './sample-events'

let dir: string

beforeEach(() => {
  dir = temporaryFolder('ledger')
})

function open(): LedgerWriter {
  const opened = openLedger({ dir, clock: () => 0 })
  if (!opened.ok) throw new Error(opened.problem.message)
  return opened.value
}

describe('a ledger', () => {
  test('gives back every event it was given, in order, and verifies', () => {
    const ledger = open()
    const committed = ledger.commit({ events: oneOfEach(), measurements: [measurement(0)] })
    expect(committed).toMatchObject({ ok: true, value: { events: 13 } })
    expect([...ledger.runEvents('run-1')]).toEqual(oneOfEach())
    expect(ledger.verify()).toEqual({ ok: true, events: 13, head: ledger.head().head })
    expect(ledger.decision('decision-0')).toEqual({ decision: decision(0), measurement: measurement(0) })
    expect(ledger.decisions({ limit: 2 }).map((recent) => recent.decision.decisionId)).toEqual([
      'decision-2',
      'decision-1',
    ])
    expect(ledger.decisions({ limit: 9, symbol: 'ETH/USDT' })).toHaveLength(1)
    expect(ledger.activity({ runId: 'run-1', limit: 4 }).map((event) => event.type)).toEqual([
      'desk.state',
      'protection.acted',
      'order.expired',
      'order.accepted',
    ])
    expect(ledger.runTotals('run-1')).toEqual({
      decisions: 3,
      byRoute: { qwen: 3 },
      byServed: { starter: 3 },
      byAction: { buy: 1, hold: 1, sell: 1 },
      orders: 2,
      fills: 1,
      rejected: 1,
      rejectedByCode: { '-1013 Filter failure: LOT_SIZE': 1 },
    })
    expect(ledger.lastRun()).toMatchObject({ runId: 'run-1', end: { decisions: 3, equityEnd: '10012.34' } })
    expect(ledger.deskState()).toMatchObject({ state: 'halted', by: 'user' })
    const guard = { code: 'stop_loss_guard', symbol: null, counters: { stops: 4, allowed: 4 } }
    expect(ledger.protections({ runId: 'run-1', atMs: startMs })).toMatchObject([guard])
    expect(ledger.protections({ runId: 'run-1', atMs: startMs + 12 * 3_600_000 })).toEqual([])
    ledger.close()
  })

  test('keeps its chain over a restart, and the same events give the same head in another folder', () => {
    const ledger = open()
    for (const event of oneOfEach()) ledger.commit({ events: [event], measurements: [] })
    const { head } = ledger.head()
    ledger.close()
    const again = open()
    expect(again.head()).toEqual({ events: 13, head })
    again.close()
    const other = openLedger({ dir: join(dir, 'other'), clock: () => 0 })
    if (!other.ok) throw new Error(other.problem.message)
    expect(other.value.commit({ events: oneOfEach(), measurements: [] })).toEqual({
      ok: true,
      value: { events: 13, head },
    })
    other.value.close()
  })

  test('writes nothing of an entry that holds one thing twice', () => {
    const ledger = open()
    ledger.commit({ events: [runStarted(), decisionMade(0), orderAccepted(0), orderFilled(0)], measurements: [] })
    const before = ledger.head()
    const twice = ledger.commit({ events: [decisionMade(1), orderFilled(0)], measurements: [] })
    expect(twice).toMatchObject({ ok: false, problem: { code: 'already_recorded' } })
    expect(ledger.head()).toEqual(before)
    expect(ledger.decision('decision-1')).toBeNull()
    ledger.close()
  })

  test('refuses what it could not read again, and what hangs in the air', () => {
    const ledger = open()
    ledger.commit({ events: [runStarted()], measurements: [] })
    const before = ledger.head()
    expect(ledger.commit({ events: [decisionMade(0, { confidence: Number.NaN })], measurements: [] })).toMatchObject({
      ok: false,
      problem: { code: 'event_invalid' },
    })
    expect(ledger.commit({ events: [orderAccepted(7)], measurements: [] })).toMatchObject({
      ok: false,
      problem: { code: 'reference_missing' },
    })
    expect(ledger.commit({ events: [], measurements: [measurement(7)] })).toMatchObject({
      ok: false,
      problem: { code: 'reference_missing' },
    })
    expect(ledger.head()).toEqual(before)
    ledger.close()
  })

  test('is read by others while its writer works, and says so when there is none', () => {
    expect(openLedgerReader(dir)).toMatchObject({ ok: false, problem: { code: 'ledger_missing' } })
    const ledger = open()
    ledger.commit({ events: [runStarted()], measurements: [] })
    const reader = openLedgerReader(dir)
    if (!reader.ok) throw new Error(reader.problem.message)
    ledger.commit({ events: [decisionMade(0)], measurements: [] })
    expect(reader.value.head()).toEqual(ledger.head())
    expect(reader.value.counts()).toMatchObject({ events: 2, decisions: 1, fills: 0 })
    reader.value.close()
    ledger.close()
  })

  test('takes commits while someone walks through it', () => {
    const ledger = open()
    ledger.commit({ events: [runStarted(), decisionMade(0), decisionMade(1)], measurements: [] })
    const walk = ledger.runEvents('run-1')
    walk.next()
    expect(ledger.commit({ events: [decisionMade(2)], measurements: [] })).toMatchObject({ ok: true })
    expect(ledger.decisions({ limit: 5 })).toHaveLength(3)
    expect([...walk].length).toBeGreaterThanOrEqual(2)
    ledger.close()
  })

  test('has one writer, and names who holds the folder', () => {
    const ledger = open()
    const second = openLedger({ dir, clock: () => 0 })
    expect(second).toMatchObject({ ok: false, problem: { code: 'folder_in_use' } })
    expect(!second.ok && second.problem.message).toContain(`process ${process.pid}`)
    expect(ledger.commit({ events: [runStarted()], measurements: [] }).ok).toBe(true)
    ledger.close()
    open().close()
  })
})
