import { z } from 'zod'
import { symbolSchema, timeMsSchema } from './candle'

/**
 * Why risk holds entries back for a while. Each protection blocks entries and never exits. The code stands in the
 * journal and in refusals, so it never changes its meaning.
 */
export const protectionCodeSchema = z.enum([
  /** The UTC day has lost its share of the day's first equity. */
  'daily_loss',
  /** Equity stands so far below its peak that the desk waits for the trader. */
  'max_drawdown',
  /** So many stops in a window. */
  'stop_loss_guard',
  /** So many losing trades one after another. */
  'consecutive_losses',
  /** The symbol was closed a moment ago. */
  'cooldown',
  /** The symbol's last trades earned too little. */
  'low_profit',
  /** So many orders in a minute or in a day. */
  'order_rate',
  /** The market is told too late, or not at all. */
  'stale_data',
])

export type ProtectionCode = z.infer<typeof protectionCodeSchema>

/** What a protection counted when it acted, as figures for people: `{ stops: 4, allowed: 4 }`. */
export const protectionCountersSchema = z.record(z.string(), z.number())

export type ProtectionCounters = Readonly<z.infer<typeof protectionCountersSchema>>

/**
 * A protection begins to hold entries back, of one symbol or (null) of the whole desk, or ends to: the newest act of a
 * code and a symbol counts, and one whose end is its own time ends it.
 */
export const protectionActSchema = z.object({
  runId: z.string(),
  code: protectionCodeSchema,
  symbol: symbolSchema.nullable(),
  reason: z.string(),
  /** Entries are allowed again from this moment on; null means until the trader resumes the desk. */
  untilMs: timeMsSchema.nullable(),
  counters: protectionCountersSchema,
})

export type ProtectionAct = Readonly<z.infer<typeof protectionActSchema>>

/** A protection that holds entries back now. */
export const activeProtectionSchema = protectionActSchema.omit({ runId: true }).extend({ sinceMs: timeMsSchema })

export type ActiveProtection = Readonly<z.infer<typeof activeProtectionSchema>>

/** How much of a limit is used. Figures for people and charts, not money to reckon with. */
export const limitUseSchema = z.object({
  /** The code under which an entry is refused once the limit is reached. */
  code: z.string(),
  /** Null where the limit is of the whole desk. */
  symbol: symbolSchema.nullable(),
  unit: z.enum(['share', 'count']),
  /** The time over which it counts; null where it looks at the present. */
  windowMs: z.int().positive().nullable(),
  used: z.number().nonnegative(),
  /** Null where the trader has switched it off. */
  limit: z.number().nonnegative().nullable(),
})

export type LimitUse = Readonly<z.infer<typeof limitUseSchema>>

/** Where risk stands: what holds entries back, and how much of each limit is used. */
export const riskStateSchema = z.object({
  /** What the kill switch does with open positions: sells them, or leaves them with their stops. */
  killSwitch: z.enum(['flatten', 'freeze']),
  sizing: z.string(),
  protections: z.array(activeProtectionSchema),
  limits: z.array(limitUseSchema),
})

export type RiskState = Readonly<z.infer<typeof riskStateSchema>>
