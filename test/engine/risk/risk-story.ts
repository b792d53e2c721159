import type { JournalEvent } from '@shared/contract/journal'
import type { Order } from '@shared/contract/order'
import { riskSettingsSchema } from '@shared/contract/settings'
import type { z } from 'zod'
import type { DecidedCandle, DeskStanding } from '../../../src-main/engine/desk/trading-floor'
import { amount } from '../../../src-main/engine/risk/amounts'
import { noMemory, type ProtectionMemory, rememberEvent } from '../../../src-main/engine/risk/protection-memory'
import { protectionEvents } from '../../../src-main/engine/risk/protections'
import type { RiskView } from '../../../src-main/engine/risk/risk-view'

/** Events and accounts as the protections see them, each with what a test cares about. */

export const minuteMs = 60_000
export const hourMs = 3_600_000
export const dayMs = 24 * hourMs
/** 2021-05-19T00:00:00Z */
export const dayStartMs = 1_621_382_400_000

export type RiskOptions = z.input<typeof riskSettingsSchema>

export function risk(options: RiskOptions) {
  return riskSettingsSchema.parse(options)
}

/** 10000 USDT in cash, nothing held, nothing pending. */
export const idle: RiskView = {
  quoteAsset: 'USDT',
  equity: amount('10000'),
  freeCash: amount('10000'),
  reservedCash: amount(0),
  positions: new Map(),
  pendingOrders: [],
  day: { first: amount('10000'), lowest: amount('10000') },
  memory: noMemory,
}

let sold = 0

/** A whole position sold at this time, for this profit. */
export function sale(
  atMs: number,
  realizedQuote: string,
  { symbol = 'BTC/USDT', reason = 'decision', orderId = `sale-${++sold}` }: Partial<Order> = {},
): JournalEvent {
  return {
    type: 'order.filled',
    atMs,
    payload: {
      fillId: `fill-of-${orderId}-at-${atMs}`,
      orderId,
      runId: 'run',
      symbol,
      side: 'sell',
      priceQuote: '40000',
      qtyBase: '0.005',
      notionalQuote: '200',
      fee: '0.2',
      feeAsset: 'USDT',
      feeQuote: '0.2',
      realizedQuote,
      referencePriceQuote: '40000',
      reason,
      filledAtMs: atMs,
    },
  }
}

export function stopOut(atMs: number, realizedQuote = '-5', symbol = 'BTC/USDT'): JournalEvent {
  return sale(atMs, realizedQuote, { symbol, reason: 'stop_loss' })
}

/** An order that a decision placed. */
export function placed(atMs: number, decisionId: string | null = 'decision'): JournalEvent {
  return {
    type: 'order.accepted',
    atMs,
    payload: {
      orderId: `order-at-${atMs}`,
      runId: 'run',
      decisionId,
      symbol: 'BTC/USDT',
      side: 'buy',
      type: 'market',
      qtyBase: '0.005',
      reason: 'decision',
      stopLoss: null,
      takeProfit: null,
      placedAtMs: atMs,
    },
  }
}

export function deskBecame(atMs: number, state: DeskStanding['state'], by: DeskStanding['stateBy']): JournalEvent {
  return { type: 'desk.state', atMs, payload: { runId: 'run', state, reason: '', by } }
}

export function memoryOf(events: readonly JournalEvent[], before: ProtectionMemory = noMemory): ProtectionMemory {
  return events.reduce(rememberEvent, before)
}

export interface Moment {
  readonly settings?: RiskOptions
  readonly account?: Partial<RiskView>
  readonly events?: readonly JournalEvent[]
  readonly atMs: number
  readonly candle?: DecidedCandle | null
  readonly desk?: DeskStanding
}

/** What risk tells the journal at this moment. */
export function told({
  settings = {},
  account,
  events = [],
  atMs,
  candle = null,
  desk,
}: Moment): readonly JournalEvent[] {
  const memory = memoryOf(events, account?.memory)
  return protectionEvents(
    { account: { ...idle, ...account, memory }, settings: risk(settings), atMs, candle },
    desk ?? { state: 'active', stateBy: 'user' },
    'run',
  )
}

/** "cooldown BTC/USDT until 4 h, desk reduce_only": acts and states in short, ends as hours from the moment. */
export function inShort(events: readonly JournalEvent[]): string[] {
  return events.map((event) => {
    if (event.type === 'desk.state') return `desk ${event.payload.state}`
    if (event.type !== 'protection.acted') return event.type
    const { code, symbol, untilMs } = event.payload
    const end = untilMs === null ? 'resumed' : `${(untilMs - event.atMs) / hourMs} h`
    return `${code}${symbol === null ? '' : ` ${symbol}`} until ${end}`
  })
}
