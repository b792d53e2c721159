import { z } from 'zod'
import { marketAnomalySchema, symbolSchema, timeframeSchema, timeMsSchema } from './candle'
import { decisionSchema } from './decision'
import { fillSourceSchema } from './market-data'
import { slotSchema } from './model'
import { decimalText } from './money'
import { readHeadlineSchema } from './news'
import { fillSchema, orderSchema, refusalSchema } from './order'
import { protectionActSchema } from './protection'
import { settingsSchema, writtenSettingsSchema } from './settings'

/** What a run is about. Two runs with equal specifications and equal data end with the same chain head. */
export const runSpecSchema = z.object({
  venue: z.enum(['replay', 'binance', 'request']),
  symbols: z.array(symbolSchema),
  timeframe: timeframeSchema,
  /** Decisions belong to candles that open in [fromMs, toMs); null means no bound. */
  fromMs: timeMsSchema.nullable(),
  toMs: timeMsSchema.nullable(),
  modelPreference: slotSchema.nullable(),
  settings: settingsSchema,
  /** SHA-256 over the recorded candles of the run, warm-up included; null where nothing was recorded beforehand. */
  dataHash: z.string().nullable().optional(),
  /** SHA-256 of the recorded news of the run; absent where none were given. */
  newsHash: z.string().optional(),
  /** Who decides in place of the models: a backtest's policy, with the SHA-256 of its text where it is a file. */
  policy: z.string().optional(),
  /** What fills the orders of a replay, where it is not candles. */
  fills: fillSourceSchema.exclude(['candles']).optional(),
  /** Where a live market was, if not at Binance. */
  exchangeUrl: z.string().optional(),
})

export type RunSpec = Readonly<z.infer<typeof runSpecSchema>>

/** The same as a run wrote it: an older Quartet knew fewer settings. */
const writtenRunSpecSchema = runSpecSchema.extend({ settings: writtenSettingsSchema })

/** What a run was about, with the settings that came later at their defaults. */
export function runSpecOf(written: z.infer<typeof writtenRunSpecSchema>): RunSpec {
  return runSpecSchema.parse(written)
}

export const deskStateSchema = z.enum(['active', 'reduce_only', 'halted'])

/** `active` trades, `reduce_only` blocks entries (exits still work), `halted` is the kill switch. */
export type DeskState = z.infer<typeof deskStateSchema>

/** A state as the journal holds it: `paused` is how an older Quartet wrote `reduce_only`, and what is written stays. */
export const recordedDeskStateSchema = z.enum([...deskStateSchema.options, 'paused'])

export function deskStateOf(recorded: z.infer<typeof recordedDeskStateSchema>): DeskState {
  return recorded === 'paused' ? 'reduce_only' : recorded
}

/**
 * The language of the journal: everything that ever happened, in order. The ledger's tables are folded from these
 * events in the transaction that appends them, and the paper account is nothing but their sum.
 */
export const journalEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('run.started'),
    atMs: timeMsSchema,
    payload: z.object({
      runId: z.string(),
      ordinal: z.int().positive(),
      spec: writtenRunSpecSchema,
      startingCash: decimalText,
    }),
  }),
  z.object({
    type: z.literal('run.finished'),
    atMs: timeMsSchema,
    payload: z.object({ runId: z.string(), decisions: z.int().nonnegative(), equityEnd: decimalText }),
  }),
  z.object({
    type: z.literal('market.anomaly'),
    atMs: timeMsSchema,
    payload: z.object({
      runId: z.string(),
      symbol: symbolSchema,
      timeframe: timeframeSchema,
      anomaly: marketAnomalySchema,
    }),
  }),
  /** A headline that the run's next decisions may use; it stands before the first of them. */
  z.object({
    type: z.literal('news.read'),
    atMs: timeMsSchema,
    payload: readHeadlineSchema.extend({ runId: z.string() }),
  }),
  z.object({ type: z.literal('decision.made'), atMs: timeMsSchema, payload: decisionSchema }),
  z.object({ type: z.literal('order.accepted'), atMs: timeMsSchema, payload: orderSchema }),
  z.object({ type: z.literal('order.refused'), atMs: timeMsSchema, payload: refusalSchema }),
  z.object({ type: z.literal('order.filled'), atMs: timeMsSchema, payload: fillSchema }),
  z.object({
    type: z.literal('order.expired'),
    atMs: timeMsSchema,
    payload: z.object({
      orderId: z.string(),
      runId: z.string(),
      symbol: symbolSchema,
      reason: z.string(),
      /** Absent in events of an older Quartet: expired. */
      status: z.enum(['cancelled', 'expired']).optional(),
      /** A part of it was filled, and what is now held is too little to be sold: it is no position. */
      leavesDust: z.literal(true).optional(),
    }),
  }),
  z.object({
    /** The market reached the order's trigger: from here on it is a market or a limit order. */
    type: z.literal('order.triggered'),
    atMs: timeMsSchema,
    payload: z.object({ orderId: z.string(), runId: z.string(), symbol: symbolSchema, priceQuote: decimalText }),
  }),
  z.object({
    /** A trailing order has seen a better price than any since it trails. */
    type: z.literal('order.trailed'),
    atMs: timeMsSchema,
    payload: z.object({ orderId: z.string(), runId: z.string(), symbol: symbolSchema, bestPriceQuote: decimalText }),
  }),
  z.object({
    type: z.literal('desk.state'),
    atMs: timeMsSchema,
    payload: z.object({
      runId: z.string(),
      state: recordedDeskStateSchema,
      reason: z.string(),
      by: z.enum(['user', 'risk']),
    }),
  }),
  z.object({ type: z.literal('protection.acted'), atMs: timeMsSchema, payload: protectionActSchema }),
])

export type JournalEvent = Readonly<z.infer<typeof journalEventSchema>>
export type JournalEventType = JournalEvent['type']

/** Where the chain stands: the sequence number and hash of the last event; zero and 64 zeros when empty. */
export const chainHeadSchema = z.object({ events: z.int().nonnegative(), head: z.string().regex(/^[0-9a-f]{64}$/) })

export type ChainHead = Readonly<z.infer<typeof chainHeadSchema>>

/** The answer of `verify`: whole, or the first event that is not what was written. */
export const verificationSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), events: z.int().nonnegative(), head: z.string() }),
  z.object({
    ok: z.literal(false),
    events: z.int().nonnegative(),
    firstBroken: z.object({ seq: z.int().positive(), code: z.string(), message: z.string() }),
  }),
])

export type Verification = Readonly<z.infer<typeof verificationSchema>>
