import { timeMsSchema } from '@shared/contract/candle'
import { z } from 'zod'

const pair = z.string().regex(/^[A-Z0-9]{2,40}$/, 'must look like BTCUSDT')
/** How many answers or messages it strikes. */
const times = z.int().positive().default(1)
/** Part of a request's path: "/klines"; without it, any request is struck. */
const path = z.string().optional()
/** Part of a stream's name: "btcusdt@kline". */
const stream = z.string().default('@')
const retryAfterS = z.int().nonnegative().default(1)
const lengthMs = z.int().positive()

/** What strikes the next REST answers. */
export const answerFaultSchema = z.discriminatedUnion('kind', [
  /** 429 with `Retry-After`. */
  z.object({ kind: z.literal('rate_limited'), times, path, retryAfterS }),
  /** 418: the address is banned for as long. */
  z.object({ kind: z.literal('banned'), times, path, retryAfterS }),
  z.object({ kind: z.literal('server_error'), times, path, status: z.int().min(500).max(599).default(503) }),
  /** The answer comes, `delayMs` of real time later. */
  z.object({ kind: z.literal('slow'), times, path, delayMs: lengthMs }),
  /** The connection ends in the middle of the answer. */
  z.object({ kind: z.literal('cut'), times, path }),
])

/** What strikes the next messages of a stream. */
export const messageFaultSchema = z.discriminatedUnion('kind', [
  /** Sent twice. */
  z.object({ kind: z.literal('duplicate'), times, stream }),
  /** Never sent: in a stream of book changes, a gap in the sequence. */
  z.object({ kind: z.literal('lost'), times, stream: z.string().default('@depth') }),
  /** Sent after the message that follows it. */
  z.object({ kind: z.literal('out_of_order'), times, stream }),
  /** Sent `byMs` of market time later. */
  z.object({ kind: z.literal('late'), times, stream, byMs: lengthMs }),
])

/** What happens to the exchange itself. Lengths are market time. */
export const exchangeFaultSchema = z.discriminatedUnion('kind', [
  /** Every WebSocket ends without a goodbye; new ones are taken. */
  z.object({ kind: z.literal('sockets_cut') }),
  /** Everything is refused: no answers, no connections, no messages. */
  z.object({ kind: z.literal('outage'), forMs: lengthMs }),
  /** `/time` is off by this much, forward or back. */
  z.object({ kind: z.literal('clock_skew'), byMs: z.int(), forMs: lengthMs }),
  /**
   * The candle of the finest recording that closed last changes its close by so much (and its high or low, where the
   * close leaves them); it is told again in the streams and shown changed from then on.
   */
  z.object({ kind: z.literal('candle_corrected'), pair, closeBps: z.number().gt(-5000).lt(5000) }),
  /** The symbol stops trading and leaves `exchangeInfo`; every question about it gets -1121. */
  z.object({ kind: z.literal('delisted'), pair }),
  /** Filters of the symbol are replaced, by their type. */
  z.object({
    kind: z.literal('filters_changed'),
    pair,
    filters: z.array(z.looseObject({ filterType: z.string() })).min(1),
  }),
])

export const faultSchema = z.union([answerFaultSchema, messageFaultSchema, exchangeFaultSchema])

export type AnswerFault = z.infer<typeof answerFaultSchema>
export type MessageFault = z.infer<typeof messageFaultSchema>
export type ExchangeFault = z.infer<typeof exchangeFaultSchema>
export type Fault = z.infer<typeof faultSchema>

/** Faults by when they come, in market time since the start. */
export const faultPlanSchema = z.array(z.object({ afterMs: timeMsSchema, fault: faultSchema }))

export type FaultPlan = z.infer<typeof faultPlanSchema>

export function isAnswerFault(fault: Fault): fault is AnswerFault {
  return answerFaultSchema.safeParse(fault).success
}

export function isMessageFault(fault: Fault): fault is MessageFault {
  return messageFaultSchema.safeParse(fault).success
}
