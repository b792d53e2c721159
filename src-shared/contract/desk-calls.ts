import { z } from 'zod'
import { candleSchema, symbolSchema, timeframeSchema, timeMsSchema } from './candle'
import { decisionMeasurementSchema, decisionSchema } from './decision'
import { chainHeadSchema, deskStateSchema, journalEventSchema, runSpecSchema } from './journal'
import { marketFeedSchema } from './market-data'
import { slotHealthSchema } from './model'
import { screenNewsSchema } from './news'
import { accountSummarySchema, cancelAnswerSchema, orderTicketSchema, ticketAnswerSchema } from './order'
import { riskStateSchema } from './protection'

/**
 * All that a screen may ask of the engine, on one page. The same calls travel over the browser's WebSocket and over
 * the Electron bridge; birpc carries them as text frames. The engine checks every argument with `deskCallArguments`
 * before it acts; the screen checks every answer and push with the schemas here.
 */
export const deskSnapshotSchema = z.object({
  version: z.string(),
  /** Always paper: there is no other mode. */
  mode: z.literal('paper'),
  state: deskStateSchema,
  stateReason: z.string(),
  /** Null before the first run. */
  run: z.object({ runId: z.string(), spec: runSpecSchema, finished: z.boolean() }).nullable(),
  /** The market's clock: the close of the last decided candle. */
  marketTimeMs: timeMsSchema.nullable(),
  /** How the live market is heard; null where the market is recorded, and before the first run. */
  feed: marketFeedSchema.nullable(),
  account: accountSummarySchema,
  risk: riskStateSchema,
  slots: z.array(slotHealthSchema),
  chain: chainHeadSchema,
})

export type DeskSnapshot = Readonly<z.infer<typeof deskSnapshotSchema>>

export const recentDecisionSchema = z.object({
  decision: decisionSchema,
  measurement: decisionMeasurementSchema.nullable(),
})

export type RecentDecision = Readonly<z.infer<typeof recentDecisionSchema>>

export const deskCallArguments = {
  snapshot: z.tuple([]),
  candles: z.tuple([z.strictObject({ symbol: symbolSchema, limit: z.int().min(1).max(2000) })]),
  /** Newest first. */
  decisions: z.tuple([z.strictObject({ limit: z.int().min(1).max(500), symbol: symbolSchema.optional() })]),
  /** Orders, refusals, fills, protections and states of the current run as journal events, newest first. */
  activity: z.tuple([z.strictObject({ limit: z.int().min(1).max(500) })]),
  /** Headlines, newest first, and how the feeds fare; `enabled` is false where the run has no news. */
  news: z.tuple([z.strictObject({ limit: z.int().min(1).max(200) })]),
  /** Writes the setting; live runs follow it from the next start of the desk on. */
  switchNews: z.tuple([z.strictObject({ enabled: z.boolean() })]),
  pause: z.tuple([]),
  resume: z.tuple([]),
  /** The kill switch: cancels entries, closes positions at the next price unless it is set to freeze, and halts. */
  kill: z.tuple([]),
  /** The user's word that models which were suspended after failures may be tried again. */
  reopenModels: z.tuple([]),
  /** An order by the trader's own hand, for the paper exchange. */
  placeOrder: z.tuple([orderTicketSchema]),
  cancelOrder: z.tuple([z.strictObject({ orderId: z.string().min(1) })]),
}

export const deskCallAnswers = {
  snapshot: deskSnapshotSchema,
  candles: z.object({ symbol: symbolSchema, timeframe: timeframeSchema, candles: z.array(candleSchema) }),
  decisions: z.array(recentDecisionSchema),
  activity: z.array(journalEventSchema),
  news: screenNewsSchema,
  switchNews: screenNewsSchema.shape.setting,
  pause: deskSnapshotSchema,
  resume: deskSnapshotSchema,
  kill: deskSnapshotSchema,
  reopenModels: deskSnapshotSchema,
  placeOrder: ticketAnswerSchema,
  cancelOrder: cancelAnswerSchema,
}

export type DeskCallName = keyof typeof deskCallArguments

export type DeskCalls = {
  [Name in DeskCallName]: (
    ...args: z.infer<(typeof deskCallArguments)[Name]>
  ) => Promise<z.infer<(typeof deskCallAnswers)[Name]>>
}

/** What the engine tells every connected screen after the journal has it. */
export const deskPushSchema = z.object({
  snapshot: deskSnapshotSchema,
  events: z.array(journalEventSchema),
  measurements: z.array(decisionMeasurementSchema),
  /** The candle that was just decided on. */
  candle: z.object({ symbol: symbolSchema, candle: candleSchema }).nullable(),
})

export type DeskPush = Readonly<z.infer<typeof deskPushSchema>>

export interface DeskPushes {
  deskChanged(push: DeskPush): void
}
