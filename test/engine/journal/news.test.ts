import { join } from 'node:path'
import type { JournalEvent } from '@shared/contract/journal'
import type { ReadHeadline } from '@shared/contract/news'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type LedgerWriter, openLedger } from '../../../src-main/engine/journal/ledger'
import { dataFolder } from '../../helpers/quartet'
import { runStarted, startMs } from './sample-events'

let folder = dataFolder()
let ledger: LedgerWriter

beforeEach(() => {
  folder = dataFolder()
  const opened = openLedger({ dir: folder.home, clock: () => 0 })
  if (!opened.ok) throw new Error(opened.problem.message)
  ledger = opened.value
  ledger.commit({ events: [runStarted()], measurements: [] })
})

afterEach(() => {
  ledger.close()
  folder.remove()
})

const headline: ReadHeadline = {
  headlineId: 'one',
  title: 'Bitcoin "up"; DROP TABLE news --',
  source: 'Wire',
  link: 'https://news.example/1',
  publishedAtMs: null,
  knownAtMs: startMs,
  assets: ['BTC'],
  scorer: 'fingpt',
  score: -0.25,
}

function newsRead(change: Partial<ReadHeadline> = {}): JournalEvent {
  return { type: 'news.read', atMs: startMs + 1_000, payload: { ...headline, ...change, runId: 'run-1' } }
}

const commit = (...events: JournalEvent[]) => ledger.commit({ events, measurements: [] })

test('what a run has read comes back newest first, and the chain covers it', () => {
  const later = { headlineId: 'two', knownAtMs: startMs + 5 }
  expect(commit(newsRead(), newsRead(later)).ok).toBe(true)
  expect(ledger.news({ runId: 'run-1', limit: 5 })).toEqual([{ ...headline, ...later }, headline])
  expect(ledger.news({ runId: 'another', limit: 5 })).toEqual([])
  expect(ledger.verify()).toMatchObject({ ok: true, events: 3 })
})

test('a headline is read once a run, and not before it is known', () => {
  expect(commit(newsRead()).ok).toBe(true)
  expect(commit(newsRead({ title: 'Other words' }))).toMatchObject({ ok: false, problem: { code: 'already_recorded' } })
  expect(commit(newsRead({ headlineId: 'early', knownAtMs: startMs + 2_000 }))).toMatchObject({
    ok: false,
    problem: { code: 'event_invalid' },
  })
  expect(ledger.head().events).toBe(2)
})

test('a score that was changed afterwards is found', () => {
  commit(newsRead())
  const other = new Database(join(folder.home, 'ledger.db'))
  expect(() => other.exec('UPDATE news SET score = 1')).toThrow('append-only')
  other.exec('DROP TRIGGER news_never_change')
  other.exec('UPDATE news SET score = 1')
  other.close()
  expect(ledger.verify()).toMatchObject({ ok: false, firstBroken: { seq: 2, code: 'derived_mismatch' } })
})
