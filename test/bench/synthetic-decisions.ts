import type { MarketContext } from '@shared/contract/context'
import type { Decision, DecisionMeasurement } from '@shared/contract/decision'
import type { JournalEvent } from '@shared/contract/journal'
import { settingsSchema } from '@shared/contract/settings'
import { roundFigure } from '../../src-main/engine/context/significant-digits'
import { contentId } from '../../src-main/engine/desk/identity'

const startMs = Date.UTC(2021, 0, 1)
const minuteMs = 60_000
const runId = contentId('run', 'synthetic')
/** One decision in this many leads to an order that fills. */
const decisionsPerOrder = 20

export function syntheticRun(): JournalEvent {
  const spec = {
    venue: 'replay',
    symbols: ['BTC/USDT', 'ETH/USDT'],
    timeframe: '1m',
    fromMs: startMs,
    toMs: null,
    modelPreference: null,
    dataHash: null,
    settings: settingsSchema.parse({}),
  } as const
  const payload = { runId, ordinal: 1, spec: { ...spec, symbols: [...spec.symbols] }, startingCash: '10000' }
  return { type: 'run.started', atMs: startMs, payload }
}

export interface SyntheticStep {
  readonly events: readonly JournalEvent[]
  readonly measurement: DecisionMeasurement
}

/**
 * Decision number `index` with what follows from it, as long and as varied as the desk's own: figures of ten
 * digits, a rationale of two sentences, two hops. Nothing in it is random, so every run measures the same rows.
 */
export function syntheticStep(index: number): SyntheticStep {
  const decision = syntheticDecision(index)
  const events: JournalEvent[] = [{ type: 'decision.made', atMs: decision.decidedAtMs, payload: decision }]
  if (index % decisionsPerOrder === 0) events.push(...trade(decision, index))
  const measurement = {
    decisionId: decision.decisionId,
    wallAtMs: startMs + index * 90,
    latencyMs: 8 + wave(index, 7) * 4,
    rationaleMs: 70 + wave(index, 11) * 30,
  }
  return { events, measurement }
}

function syntheticDecision(index: number): Decision {
  const context = syntheticContext(index)
  const buy = Math.round(Math.abs(wave(index, 13)) * 5000) / 10_000
  const sell = Math.round(Math.abs(wave(index, 17)) * 5000) / 10_000
  const hold = Math.round((1 - buy - sell) * 10_000) / 10_000
  const action = buy > sell && buy > hold ? 'buy' : sell > hold ? 'sell' : 'hold'
  const opens = index % decisionsPerOrder === 0
  return {
    decisionId: contentId('decision', runId, context.symbol, context.candleOpenMs),
    runId,
    symbol: context.symbol,
    timeframe: '1m',
    candleOpenMs: context.candleOpenMs,
    decidedAtMs: context.asOfMs,
    action: opens ? 'buy' : action,
    confidence: Math.max(buy, sell, hold),
    probabilities: { buy, sell, hold },
    rationale: `RSI 14 stands at ${context.rsi14?.toFixed(1)} and the close of ${context.price.toFixed(2)} is ${
      index % 2 === 0 ? 'above' : 'below'
    } its EMA 20, with volume "${context.volumeRatio?.toFixed(2)}" times its mean. The balance carries a ${action}, no more.`,
    stopLoss: opens ? (context.price * 0.98).toFixed(2) : null,
    takeProfit: opens ? (context.price * 1.03).toFixed(2) : null,
    stopAtr: opens ? 2 : null,
    takeProfitAtr: opens ? 3 : null,
    exitSource: opens ? 'rule' : 'none',
    routedTo: index % 3 === 0 ? 'qwen' : 'deepseek',
    servedBy: 'starter',
    routeReason: `volatility ${context.volatility?.toFixed(2)} is not above 0.80, sentiment is not clear`,
    hops: [
      { servedBy: 'deepseek', outcome: 'model_missing', detail: 'No model file is set for deepseek' },
      { servedBy: 'starter', outcome: 'answered', detail: '' },
    ],
    model: {
      modelHash: '3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea',
      quantization: 'Q8_0',
      backend: 'node-llama-cpp cpu',
      llamaCppRelease: 'b6800',
      promptVersion: 'starter-1',
      seed: 7,
      temperature: 0,
    },
    contextHash: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
    context,
    tokens: { input: 46, output: 58 },
  }
}

function syntheticContext(index: number): MarketContext {
  const minute = Math.floor(index / 2)
  const candleOpenMs = startMs + minute * minuteMs
  const price = roundFigure(43_000 + wave(index, 997) * 9_000)
  return {
    symbol: index % 2 === 0 ? 'BTC/USDT' : 'ETH/USDT',
    timeframe: '1m',
    candleOpenMs,
    asOfMs: candleOpenMs + minuteMs,
    candlesSeen: 300,
    price,
    volume: roundFigure(40 + wave(index, 31) * 39),
    return1: roundFigure(wave(index, 3) / 100),
    return4: roundFigure(wave(index, 5) / 50),
    return24: roundFigure(wave(index, 9) / 20),
    rsi14: roundFigure(50 + wave(index, 19) * 45),
    ema20: roundFigure(price * (1 + wave(index, 23) / 100)),
    ema50: roundFigure(price * (1 + wave(index, 29) / 80)),
    ema200: roundFigure(price * (1 + wave(index, 37) / 40)),
    macd: roundFigure(wave(index, 41) * 120),
    macdSignal: roundFigure(wave(index, 43) * 110),
    macdHistogram: roundFigure(wave(index, 47) * 30),
    atr14: roundFigure(250 + wave(index, 53) * 100),
    bollingerUpper: roundFigure(price * 1.02),
    bollingerMiddle: roundFigure(price * 1.001),
    bollingerLower: roundFigure(price * 0.98),
    volatility: roundFigure(Math.abs(wave(index, 59))),
    volumeRatio: roundFigure(1 + wave(index, 61) * 0.9),
    sentiment: roundFigure(wave(index, 67) / 2),
    sentimentSource: 'price_action',
    hasPosition: false,
    positionPct: 0,
    unrealizedPct: null,
    positionAgeCandles: null,
  }
}

function trade(decision: Decision, index: number): JournalEvent[] {
  const orderId = contentId('order', decision.decisionId)
  const atMs = decision.decidedAtMs
  const side = index % (2 * decisionsPerOrder) === 0 ? 'buy' : 'sell'
  const shared = { orderId, runId, symbol: decision.symbol, side, qtyBase: '0.00462', reason: 'decision' } as const
  const exits = { stopLoss: decision.stopLoss, takeProfit: decision.takeProfit }
  const order = { ...shared, ...exits, decisionId: decision.decisionId, type: 'market', placedAtMs: atMs } as const
  const fill = {
    ...shared,
    fillId: contentId('fill', orderId),
    priceQuote: '43225.63',
    notionalQuote: '199.7024106',
    fee: '0.00000462',
    feeAsset: 'BTC',
    feeQuote: '0.1997024106',
    realizedQuote: side === 'buy' ? '0' : '1.2345678',
    referencePriceQuote: '43216.98',
    filledAtMs: atMs + minuteMs,
  }
  return [
    { type: 'order.accepted', atMs, payload: order },
    { type: 'order.filled', atMs: fill.filledAtMs, payload: fill },
  ]
}

/** A smooth figure in [-1, 1] that never repeats exactly. */
function wave(index: number, period: number): number {
  return Math.sin((index * 2 * Math.PI) / period + index / 1_000_003)
}
