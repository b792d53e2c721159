import { createHash } from 'node:crypto'
import { canonicalJson } from '@shared/contract/canonical'
import type { MarketContext } from '@shared/contract/context'
import type { Decision, DecisionMeasurement } from '@shared/contract/decision'
import type { JournalEvent } from '@shared/contract/journal'
import type { Fill, Order, Refusal } from '@shared/contract/order'
import { settingsSchema } from '@shared/contract/settings'

/** Events as the desk writes them, each with a field or two that a test cares about. */

export const startMs = Date.UTC(2021, 4, 17)
const hourMs = 3_600_000

export function runStarted(runId = 'run-1', ordinal = 1): JournalEvent {
  return {
    type: 'run.started',
    atMs: startMs,
    payload: {
      runId,
      ordinal,
      spec: {
        venue: 'replay',
        symbols: ['BTC/USDT', 'ETH/USDT'],
        timeframe: '1h',
        fromMs: startMs,
        toMs: startMs + 96 * hourMs,
        modelPreference: null,
        dataHash: null,
        settings: settingsSchema.parse({}),
      },
      startingCash: '10000',
    },
  }
}

export function runFinished(runId = 'run-1', decisions = 0): JournalEvent {
  return { type: 'run.finished', atMs: startMs, payload: { runId, decisions, equityEnd: '10012.34' } }
}

export function marketContext(index: number, change: Partial<MarketContext> = {}): MarketContext {
  const candleOpenMs = startMs + index * hourMs
  return {
    symbol: 'BTC/USDT',
    timeframe: '1h',
    candleOpenMs,
    asOfMs: candleOpenMs + hourMs,
    candlesSeen: 400 + index,
    price: 43_216.98 + index / 7,
    volume: 2_711.834112 + index / 3,
    return1: 0.0123456789,
    return4: -0.1 / 3,
    return24: 0.1 + 0.2,
    rsi14: 61.804_339_887,
    ema20: 43_100.123_4,
    ema50: 42_900.5,
    ema200: null,
    macd: 12.5,
    macdSignal: 11.25,
    macdHistogram: 1.25,
    atr14: 512.062_5,
    bollingerUpper: 44_000,
    bollingerMiddle: 43_000,
    bollingerLower: 42_000,
    volatility: 0.8125,
    volumeRatio: 1.75,
    sentiment: null,
    sentimentSource: 'price_action',
    hasPosition: index % 2 === 1,
    positionPct: 0.0199,
    unrealizedPct: null,
    positionAgeCandles: null,
    ...change,
  }
}

export function decision(index: number, change: Partial<Decision> = {}): Decision {
  const context = change.context ?? marketContext(index)
  return {
    decisionId: `decision-${index}`,
    runId: 'run-1',
    symbol: context.symbol,
    timeframe: context.timeframe,
    candleOpenMs: context.candleOpenMs,
    decidedAtMs: context.asOfMs,
    action: 'buy',
    confidence: 0.72,
    probabilities: { buy: 0.72, sell: 0.1, hold: 0.18 },
    rationale: 'RSI at 61.8 with volume 1.75 times its mean. The trend carries a buy.',
    stopLoss: '42192.85',
    takeProfit: '44753.17',
    stopAtr: 2,
    takeProfitAtr: 3,
    exitSource: 'rule',
    routedTo: 'qwen',
    servedBy: 'starter',
    routeReason: 'volatility 0.81 is above 0.80',
    hops: [
      { servedBy: 'qwen', outcome: 'model_missing', detail: 'no file is set for qwen' },
      { servedBy: 'starter', outcome: 'answered', detail: '' },
    ],
    model: {
      modelHash: 'a'.repeat(64),
      quantization: 'Q8_0',
      backend: 'node-llama-cpp cpu',
      llamaCppRelease: 'b6800',
      promptVersion: 'starter-1',
      seed: 7,
      temperature: 0,
    },
    contextHash: createHash('sha256').update(canonicalJson(context)).digest('hex'),
    context,
    tokens: { input: 41, output: 52 },
    ...change,
  }
}

export function decisionMade(index: number, change: Partial<Decision> = {}): JournalEvent {
  const payload = decision(index, change)
  return { type: 'decision.made', atMs: payload.decidedAtMs, payload }
}

export function measurement(index: number): DecisionMeasurement {
  return { decisionId: `decision-${index}`, wallAtMs: 1_700_000_000_000 + index, latencyMs: 11.5, rationaleMs: 88.25 }
}

export function order(index: number, change: Partial<Order> = {}): Order {
  return {
    orderId: `order-${index}`,
    runId: 'run-1',
    decisionId: `decision-${index}`,
    symbol: 'BTC/USDT',
    side: 'buy',
    type: 'market',
    qtyBase: '0.00462',
    reason: 'decision',
    stopLoss: '42192.85',
    takeProfit: '44753.17',
    placedAtMs: startMs + (index + 1) * hourMs,
    ...change,
  }
}

export function orderAccepted(index: number, change: Partial<Order> = {}): JournalEvent {
  const payload = order(index, change)
  return { type: 'order.accepted', atMs: payload.placedAtMs, payload }
}

export function orderFilled(index: number, change: Partial<Fill> = {}): JournalEvent {
  const payload: Fill = {
    fillId: `fill-${index}`,
    orderId: `order-${index}`,
    runId: 'run-1',
    symbol: 'BTC/USDT',
    side: 'buy',
    priceQuote: '43225.63',
    qtyBase: '0.00462',
    notionalQuote: '199.7024106',
    fee: '0.00000462',
    feeAsset: 'BTC',
    feeQuote: '0.1997024106',
    realizedQuote: '0',
    referencePriceQuote: '43216.98',
    reason: 'decision',
    filledAtMs: startMs + (index + 2) * hourMs,
    ...change,
  }
  return { type: 'order.filled', atMs: payload.filledAtMs, payload }
}

export function orderRefused(index: number, change: Partial<Refusal> = {}): JournalEvent {
  const payload: Refusal = {
    refusalId: `refusal-${index}`,
    runId: 'run-1',
    decisionId: `decision-${index}`,
    symbol: 'BTC/USDT',
    side: 'buy',
    by: 'exchange',
    code: '-1013 Filter failure: LOT_SIZE',
    message: 'The quantity 0.000001 is below the smallest lot of 0.00001',
    atMs: startMs + (index + 1) * hourMs,
    ...change,
  }
  return { type: 'order.refused', atMs: payload.atMs, payload }
}

export function orderExpired(index: number): JournalEvent {
  const payload = { orderId: `order-${index}`, runId: 'run-1', symbol: 'BTC/USDT', reason: 'the market closed' }
  return { type: 'order.expired', atMs: startMs + index * hourMs, payload }
}

export function marketGap(): JournalEvent {
  const anomaly = { kind: 'gap', fromMs: startMs, toMs: startMs + 2 * hourMs, missingCandles: 2 } as const
  const payload = { runId: 'run-1', symbol: 'BTC/USDT', timeframe: '1h', anomaly } as const
  return { type: 'market.anomaly', atMs: startMs + 2 * hourMs, payload }
}

export function deskHalted(): JournalEvent {
  return {
    type: 'desk.state',
    atMs: startMs,
    payload: { runId: 'run-1', state: 'halted', reason: 'kill switch', by: 'user' },
  }
}

export function protectionActed(): JournalEvent {
  return {
    type: 'protection.acted',
    atMs: startMs,
    payload: {
      runId: 'run-1',
      code: 'stop_loss_guard',
      symbol: null,
      reason: '4 stops within a day',
      untilMs: startMs + 12 * hourMs,
      counters: { stops: 4, allowed: 4 },
    },
  }
}

/** One of every kind, in an order in which they may happen. */
export function oneOfEach(): JournalEvent[] {
  return [
    runStarted(),
    marketGap(),
    decisionMade(0),
    orderAccepted(0),
    decisionMade(1, { action: 'sell', symbol: 'ETH/USDT' }),
    orderRefused(1),
    orderFilled(0),
    decisionMade(2, { action: 'hold', stopLoss: null, takeProfit: null, stopAtr: null, takeProfitAtr: null }),
    orderAccepted(2, { reason: 'take_profit', side: 'sell', decisionId: null, stopLoss: null, takeProfit: null }),
    orderExpired(2),
    protectionActed(),
    deskHalted(),
    runFinished('run-1', 3),
  ]
}
