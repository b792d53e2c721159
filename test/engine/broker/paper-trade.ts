import { fileURLToPath } from 'node:url'
import type { Candle } from '@shared/contract/candle'
import type { Decision } from '@shared/contract/decision'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { JournalEvent } from '@shared/contract/journal'
import type { MarketTick } from '@shared/contract/market-data'
import type { Fill, Order, Refusal } from '@shared/contract/order'
import { type BrokerSettings, brokerSettingsSchema } from '@shared/contract/settings'
import { type Account, openAccount } from '../../../src-main/engine/broker/account'
import { applyEvent, applyEvents } from '../../../src-main/engine/broker/account-fold'
import { createContextBuilder } from '../../../src-main/engine/context/context-builder'
import { contentId } from '../../../src-main/engine/desk/identity'
import type { TradingFloor } from '../../../src-main/engine/desk/trading-floor'
import { loadSymbolRules } from '../../../src-main/engine/market/exchange-rules'

export const runId = contentId('run', 'paper-trade')
export const hourMs = 3_600_000
/** 2021-05-17T00:00:00Z */
export const startMs = 1_621_209_600_000
/** Fees of 10 bps, half a spread of 1 bps, a slippage of 1 bps. */
export const settings: BrokerSettings = brokerSettingsSchema.parse({})

/** Nothing costs anything: what remains is the exchange's own arithmetic. */
export const costless = { takerFeeBps: 0, makerFeeBps: 0, halfSpreadBps: 0, slippageBps: 0 } as const

const bundledRules = await loadSymbolRules(
  fileURLToPath(new URL('../../../resources/exchange-info.json', import.meta.url)),
)
if (!bundledRules.ok) throw new Error(bundledRules.problem.message)
export const rulesOf = bundledRules.value
/** Binance's own: tick 0.01, lot 0.00001, at least 5 USDT. */
export const btcUsdt = rulesOf('BTC/USDT')
/** Binance's own: tick 0.00000001, lot 1, at least 5 USDT; a coin that costs a fraction of a cent. */
export const shibUsdt = rulesOf('SHIB/USDT')
/** A price of eight digits before the point. */
export const giantUsdt: SymbolRules = { ...btcUsdt, symbol: 'GIANT/USDT', base: 'GIANT', maxPrice: '1000000000.00' }

/** One hour of market; by default with volume and without movement. */
export function candleAt(hour: number, prices: Partial<Candle> & { open: number }): Candle {
  const { open } = prices
  const close = prices.close ?? open
  return {
    openTimeMs: startMs + hour * hourMs,
    high: Math.max(open, close),
    low: Math.min(open, close),
    volume: 1,
    ...prices,
    close,
  }
}

export type DecisionPoint = Pick<Decision, 'action'> & { readonly price: number } & Partial<
    Pick<
      Decision,
      'symbol' | 'confidence' | 'stopLoss' | 'takeProfit' | 'servedBy' | 'routedTo' | 'decidedAtMs' | 'timeframe'
    >
  >

/** A decision as the desk records it; only what trading depends on varies. */
export function decisionOf(point: DecisionPoint): Decision {
  const { symbol = 'BTC/USDT', timeframe = '1h', decidedAtMs = startMs, confidence = 0.9 } = point
  const candleOpenMs = decidedAtMs - hourMs
  const { action, price } = point
  const shared = (1 - confidence) / 2
  return {
    decisionId: contentId('decision', runId, symbol, timeframe, candleOpenMs),
    runId,
    symbol,
    timeframe,
    candleOpenMs,
    decidedAtMs,
    action,
    confidence,
    probabilities: { buy: shared, sell: shared, hold: shared, [action]: confidence },
    rationale: '',
    stopLoss: point.stopLoss ?? null,
    takeProfit: point.takeProfit ?? null,
    stopAtr: null,
    takeProfitAtr: null,
    exitSource: 'none',
    routedTo: point.routedTo ?? 'deepseek',
    servedBy: point.servedBy ?? 'starter',
    routeReason: '',
    hops: [],
    model: {
      modelHash: '',
      quantization: '',
      backend: '',
      llamaCppRelease: '',
      promptVersion: '',
      seed: 7,
      temperature: 0,
    },
    contextHash: '',
    context: contextOf({ symbol, price, asOfMs: decidedAtMs }),
    tokens: { input: 0, output: 0 },
  }
}

function contextOf({ symbol, price, asOfMs }: { symbol: string; price: number; asOfMs: number }): Decision['context'] {
  const builder = createContextBuilder({ symbol, timeframe: '1h' })
  builder.observe({ openTimeMs: asOfMs - hourMs, open: price, high: price, low: price, close: price, volume: 1 })
  return builder.contextFor({ hasPosition: false, positionPct: 0, unrealizedPct: null, positionAgeCandles: null })
}

export function decisionEvent(point: DecisionPoint): JournalEvent {
  const payload = decisionOf(point)
  return { type: 'decision.made', atMs: payload.decidedAtMs, payload }
}

/** An account in USDT to which the symbol's price is known. */
export function accountAt(symbol: string, price: number, startingCash = '10000'): Account {
  const account = openAccount({ startingCash, quoteAsset: 'USDT' })
  return applyEvent(account, decisionEvent({ symbol, price, action: 'hold' }))
}

export function acceptedOrder(order: Partial<Order> & Pick<Order, 'side' | 'qtyBase'>): JournalEvent {
  const { symbol = 'BTC/USDT', placedAtMs = startMs } = order
  const payload: Order = {
    orderId: contentId('order', runId, symbol, order.side, placedAtMs),
    runId,
    decisionId: null,
    symbol,
    type: 'market',
    reason: 'decision',
    stopLoss: null,
    takeProfit: null,
    placedAtMs,
    ...order,
  }
  return { type: 'order.accepted', atMs: placedAtMs, payload }
}

/** An account that holds what one filled buy gave it, and the events that led there. */
export function accountAfter(account: Account, ...events: readonly JournalEvent[]): Account {
  return applyEvents(account, events)
}

export function fillsOf(events: readonly JournalEvent[]): Fill[] {
  return events.flatMap((event) => (event.type === 'order.filled' ? [event.payload] : []))
}

export function theFill(events: readonly JournalEvent[]): Fill {
  const [fill, ...others] = fillsOf(events)
  if (fill === undefined || others.length > 0)
    throw new Error(`Expected one fill, saw ${events.map((event) => event.type)}`)
  return fill
}

export function theRefusal(event: JournalEvent | null): Refusal {
  if (event?.type !== 'order.refused') throw new Error(`Expected a refusal, saw ${event?.type}`)
  return event.payload
}

/** What ticks make happen that a live market tells one after the other. */
export function afterTicks(
  floor: TradingFloor<Account>,
  before: Account,
  ticks: readonly MarketTick[],
): { readonly account: Account; readonly events: readonly JournalEvent[] } {
  let account = before
  const events: JournalEvent[] = []
  for (const tick of ticks) {
    const happened = floor.tick(account, tick)
    account = floor.fold(account, happened)
    events.push(...happened)
  }
  return { account, events }
}
