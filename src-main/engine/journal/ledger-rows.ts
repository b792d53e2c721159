/**
 * What stands in the ledger's tables, read back: every row is checked against the contract, and one that is not of it is a
 * damaged ledger and throws.
 */
import { actionSchema, decisionMeasurementSchema } from '@shared/contract/decision'
import { type RecentDecision, recentDecisionSchema } from '@shared/contract/desk-calls'
import {
  type DeskState,
  deskStateOf,
  type JournalEvent,
  journalEventSchema,
  type RunSpec,
  recordedDeskStateSchema,
  runSpecSchema,
} from '@shared/contract/journal'
import { servedBySchema, slotSchema } from '@shared/contract/model'
import { readHeadlineSchema } from '@shared/contract/news'
import { z } from 'zod'

export interface RunRecord {
  readonly runId: string
  readonly ordinal: number
  readonly spec: RunSpec
  readonly startingCash: string
  readonly startedAtMs: number
  /** Null while the run goes on, and after a crash until it is resumed. */
  readonly end: { readonly atMs: number; readonly decisions: number; readonly equityEnd: string } | null
}

export interface DeskStateRecord {
  readonly state: DeskState
  readonly reason: string
  readonly by: 'user' | 'risk'
  readonly runId: string
  readonly atMs: number
}

export const eventRowSchema = z.object({ seq: z.int(), type: z.string(), at_ms: z.int(), payload: z.string() })

/** An event as it stands in the table; throws when the contract does not know it. */
export function readEvent(row: {
  readonly type: string
  readonly at_ms: number
  readonly payload: string
}): JournalEvent {
  return journalEventSchema.parse({ type: row.type, atMs: row.at_ms, payload: JSON.parse(row.payload) })
}

export const decisionRowSchema = z
  .object({
    payload: z.string(),
    decision_id: z.string(),
    wall_at_ms: z.int().nullable(),
    latency_ms: z.number().nullable(),
    rationale_ms: z.number().nullable(),
  })
  .transform((row): RecentDecision => {
    const measured = {
      decisionId: row.decision_id,
      wallAtMs: row.wall_at_ms,
      latencyMs: row.latency_ms,
      rationaleMs: row.rationale_ms,
    }
    return recentDecisionSchema.parse({
      decision: JSON.parse(row.payload),
      measurement: row.wall_at_ms === null ? null : decisionMeasurementSchema.parse(measured),
    })
  })

export const runRowSchema = z
  .object({
    payload: z.string(),
    at_ms: z.int(),
    finished_at_ms: z.int().nullable(),
    decisions: z.int().nullable(),
    equity_end: z.string().nullable(),
  })
  .transform((row): RunRecord => {
    const started = startedSchema.parse(JSON.parse(row.payload))
    const { finished_at_ms: atMs, decisions, equity_end: equityEnd } = row
    const finished = atMs !== null && decisions !== null && equityEnd !== null
    return { ...started, startedAtMs: row.at_ms, end: finished ? { atMs, decisions, equityEnd } : null }
  })

const startedSchema = z.object({ runId: z.string(), ordinal: z.int(), spec: runSpecSchema, startingCash: z.string() })

export const deskStateRowSchema = z
  .object({
    state: recordedDeskStateSchema,
    reason: z.string(),
    set_by: z.enum(['user', 'risk']),
    run_id: z.string(),
    at_ms: z.int(),
  })
  .transform(
    (row): DeskStateRecord => ({
      state: deskStateOf(row.state),
      reason: row.reason,
      by: row.set_by,
      runId: row.run_id,
      atMs: row.at_ms,
    }),
  )

export const newsRowSchema = z
  .object({ payload: z.string() })
  .transform(({ payload }) => readHeadlineSchema.parse(JSON.parse(payload)))

export const groupRowSchema = z.object({
  routed_to: slotSchema,
  served_by: servedBySchema,
  action: actionSchema,
  decisions: z.int(),
})
export const refusalRowSchema = z.object({ code: z.string(), refusals: z.int() })
