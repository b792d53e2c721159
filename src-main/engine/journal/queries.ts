import type { MarketSymbol } from '@shared/contract/candle'
import type { RecentDecision } from '@shared/contract/desk-calls'
import { type ChainHead, chainHeadSchema, type JournalEvent } from '@shared/contract/journal'
import type { ReadHeadline } from '@shared/contract/news'
import type { ActiveProtection } from '@shared/contract/protection'
import type Database from 'better-sqlite3'
import { z } from 'zod'
import { activeProtections, noMemory, rememberEvent } from '../risk/protection-memory'
import { derivedTables } from './fold'
import {
  type DeskStateRecord,
  decisionRowSchema,
  deskStateRowSchema,
  eventRowSchema,
  groupRowSchema,
  newsRowSchema,
  type RunRecord,
  readEvent,
  refusalRowSchema,
  runRowSchema,
} from './ledger-rows'

export interface DecisionQuery {
  readonly limit: number
  readonly symbol?: MarketSymbol | undefined
  readonly runId?: string | undefined
}

/** What a run's summary counts; equity and fees come from the account, which is folded from the run's events. */
export interface RunTotals {
  readonly decisions: number
  readonly byRoute: Readonly<Record<string, number>>
  readonly byServed: Readonly<Record<string, number>>
  readonly byAction: Readonly<Record<string, number>>
  readonly orders: number
  readonly fills: number
  /** Refused by the risk limits or rejected by an exchange filter. */
  readonly rejected: number
  readonly rejectedByCode: Readonly<Record<string, number>>
}

/** Questions to the ledger. A row that is not of the contract (`ledger-rows.ts`) is a damaged ledger and throws. */
export interface LedgerQueries {
  /** Count of events and hash of the last. */
  head(): ChainHead
  /** Newest first. */
  decisions(query: DecisionQuery): RecentDecision[]
  decision(decisionId: string): RecentDecision | null
  /** Orders, refusals, fills and expiries of a run, what risk did and which state the desk was in, newest first. */
  activity(query: { readonly runId: string; readonly limit: number }): JournalEvent[]
  /** Newest first. */
  runs(): RunRecord[]
  lastRun(): RunRecord | null
  /** Headlines that a run has read, newest first. */
  news(query: { runId: string; limit: number }): readonly ReadHeadline[]
  /** Every event of a run in the order in which it happened, one at a time: what a resumed run folds its account from. */
  runEvents(runId: string): IterableIterator<JournalEvent>
  runTotals(runId: string): RunTotals
  /** The last state that was set, in whichever run: the kill switch survives a restart. */
  deskState(): DeskStateRecord | null
  /** The protections that hold entries of this run back at this time of its market. */
  protections(query: { readonly runId: string; readonly atMs: number }): readonly ActiveProtection[]
  /** Rows per table. */
  counts(): Readonly<Record<string, number>>
}

/** Events read at once while walking through a run. */
const walkRows = 500

const selectDecisions = `SELECT e.payload, d.decision_id, m.wall_at_ms, m.latency_ms, m.rationale_ms
  FROM decisions d JOIN events e ON e.seq = d.seq LEFT JOIN measurements m ON m.seq = d.seq`

const selectRuns = `SELECT e.payload, e.at_ms, n.finished_at_ms, n.decisions, n.equity_end
  FROM runs r JOIN events e ON e.seq = r.seq LEFT JOIN run_ends n ON n.run_id = r.run_id ORDER BY r.seq DESC`

export function ledgerQueries(database: Database.Database): LedgerQueries {
  const prepared = new Map<string, Database.Statement>()
  const statement = (sql: string) => {
    const known = prepared.get(sql)
    if (known !== undefined) return known
    const fresh = database.prepare(sql)
    prepared.set(sql, fresh)
    return fresh
  }
  const count = (sql: string, ...params: string[]) => z.object({ n: z.int() }).parse(statement(sql).get(...params)).n

  return {
    head: () => chainHeadSchema.parse(statement('SELECT events, head FROM chain').get()),

    decisions: ({ limit, symbol, runId }) => {
      const conditions: string[] = []
      const params: string[] = []
      if (symbol !== undefined) {
        conditions.push('d.symbol = ?')
        params.push(symbol)
      }
      if (runId !== undefined) {
        conditions.push('d.run_id = ?')
        params.push(runId)
      }
      const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
      const rows = statement(`${selectDecisions} ${where} ORDER BY d.seq DESC LIMIT ?`).all(...params, limit)
      return z.array(decisionRowSchema).parse(rows)
    },

    decision: (decisionId) => {
      const row = statement(`${selectDecisions} WHERE d.decision_id = ?`).get(decisionId)
      return row === undefined ? null : decisionRowSchema.parse(row)
    },

    activity: ({ runId, limit }) => {
      const rows = statement(
        `SELECT * FROM (
           SELECT seq, type, at_ms, payload FROM events
           WHERE run_id = ? AND type IN ('order.accepted', 'order.refused', 'order.filled', 'order.expired')
           ORDER BY seq DESC LIMIT ?)
         UNION ALL SELECT e.seq, e.type, e.at_ms, e.payload FROM (
           SELECT seq FROM protection_acts WHERE run_id = ? UNION ALL SELECT seq FROM desk_states WHERE run_id = ?
           ORDER BY seq DESC LIMIT ?) told JOIN events e ON e.seq = told.seq
         ORDER BY seq DESC LIMIT ?`,
      ).all(runId, limit, runId, runId, limit, limit)
      return z.array(eventRowSchema).parse(rows).map(readEvent)
    },

    news: ({ runId, limit }) => {
      const rows = statement(
        `SELECT e.payload FROM news n JOIN events e ON e.seq = n.seq
         WHERE n.run_id = ? ORDER BY n.known_at_ms DESC, n.seq DESC LIMIT ?`,
      ).all(runId, limit)
      return z.array(newsRowSchema).parse(rows)
    },

    runs: () => z.array(runRowSchema).parse(statement(selectRuns).all()),

    lastRun: () => {
      const row = statement(`${selectRuns} LIMIT 1`).get()
      return row === undefined ? null : runRowSchema.parse(row)
    },

    *runEvents(runId) {
      // Page by page rather than by a cursor: an open cursor would hold every other question at its own point in time.
      let after = 0
      for (;;) {
        const rows = statement(
          'SELECT seq, type, at_ms, payload FROM events WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?',
        ).all(runId, after, walkRows)
        for (const row of z.array(eventRowSchema).parse(rows)) {
          yield readEvent(row)
          after = row.seq
        }
        if (rows.length < walkRows) return
      }
    },

    runTotals: (runId) => {
      const groups = z.array(groupRowSchema).parse(
        statement(
          `SELECT routed_to, served_by, action, count(*) AS decisions FROM decisions WHERE run_id = ?
           GROUP BY routed_to, served_by, action ORDER BY routed_to, served_by, action`,
        ).all(runId),
      )
      const refusals = z
        .array(refusalRowSchema)
        .parse(
          statement('SELECT code, count(*) AS refusals FROM refusals WHERE run_id = ? GROUP BY code ORDER BY code').all(
            runId,
          ),
        )
      return {
        decisions: sum(groups.map((group) => group.decisions)),
        byRoute: sumBy(groups, (group) => group.routed_to),
        byServed: sumBy(groups, (group) => group.served_by),
        byAction: sumBy(groups, (group) => group.action),
        orders: count('SELECT count(*) AS n FROM orders WHERE run_id = ?', runId),
        fills: count('SELECT count(*) AS n FROM fills WHERE run_id = ?', runId),
        rejected: sum(refusals.map((refusal) => refusal.refusals)),
        rejectedByCode: Object.fromEntries(refusals.map((refusal) => [refusal.code, refusal.refusals])),
      }
    },

    deskState: () => {
      const row = statement(
        'SELECT state, reason, set_by, run_id, at_ms FROM desk_states ORDER BY seq DESC LIMIT 1',
      ).get()
      return row === undefined ? null : deskStateRowSchema.parse(row)
    },

    protections: ({ runId, atMs }) => {
      const rows = statement(
        `SELECT e.seq, e.type, e.at_ms, e.payload FROM
           (SELECT seq FROM protection_acts WHERE run_id = ? UNION ALL SELECT seq FROM desk_states WHERE run_id = ?) told
         JOIN events e ON e.seq = told.seq ORDER BY e.seq`,
      ).all(runId, runId)
      const events = z.array(eventRowSchema).parse(rows).map(readEvent)
      return activeProtections(events.reduce(rememberEvent, noMemory), atMs)
    },

    counts: () =>
      Object.fromEntries(
        ['events', ...derivedTables, 'measurements'].map((table) => [
          table,
          count(`SELECT count(*) AS n FROM ${table}`),
        ]),
      ),
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function sumBy(
  groups: readonly z.infer<typeof groupRowSchema>[],
  key: (group: z.infer<typeof groupRowSchema>) => string,
) {
  const totals: Record<string, number> = {}
  for (const group of groups) totals[key(group)] = (totals[key(group)] ?? 0) + group.decisions
  return totals
}
