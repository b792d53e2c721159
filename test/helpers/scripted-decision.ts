import type { Candle, MarketSymbol } from '@shared/contract/candle'
import type { MarketContext } from '@shared/contract/context'
import type { Action, Decision } from '@shared/contract/decision'
import { slotSchema } from '@shared/contract/model'
import type { Position } from '@shared/contract/order'

const HOUR_MS = 3_600_000
const hash = (digit: string): string => digit.repeat(64)

const actions: readonly Action[] = ['hold', 'buy', 'hold', 'hold', 'sell', 'hold', 'buy', 'hold', 'sell']

/** A decision in the contract's form on a candle of the story; its figures are plausible and mean nothing. */
export function decide(
  symbol: MarketSymbol,
  index: number,
  candle: Candle,
  before: Candle,
  position: Position | undefined,
): Decision {
  const action = actions[(index * 5 + symbol.length + (symbol.startsWith('E') ? 3 : 0)) % actions.length] ?? 'hold'
  const sure = 0.62 + ((index * 13) % 35) / 100
  const rest = Math.round((1 - sure) * 50) / 100
  const share = { buy: rest, sell: rest, hold: rest, [action]: Math.round((1 - 2 * rest) * 100) / 100 }
  const atr = candle.close * 0.012
  const routedTo = slotSchema.options[index % 4] ?? 'deepseek'
  const context = contextOf(symbol, index, candle, before, position)
  const entry = action === 'buy'
  return {
    decisionId: `decision-${symbol}-${index}`,
    runId: 'story',
    symbol,
    timeframe: '1h',
    candleOpenMs: candle.openTimeMs,
    decidedAtMs: candle.openTimeMs + HOUR_MS,
    action,
    confidence: share[action],
    probabilities: { buy: share.buy, sell: share.sell, hold: share.hold },
    rationale: `RSI is at ${context.rsi14} and the last candle moved ${((context.return1 ?? 0) * 100).toFixed(2)}%. ${action === 'hold' ? 'Nothing points far enough in one direction, so the desk waits.' : `Price and trend agree, so the desk would ${action}.`}`,
    stopLoss: entry ? (candle.close - 2 * atr).toFixed(2) : null,
    takeProfit: entry ? (candle.close + 3 * atr).toFixed(2) : null,
    stopAtr: entry ? 2 : null,
    takeProfitAtr: entry ? 3 : null,
    exitSource: entry ? 'rule' : 'none',
    routedTo,
    servedBy: 'starter',
    routeReason: routeReasons[routedTo],
    hops: [
      { servedBy: routedTo, outcome: 'model_missing', detail: `no model file is installed for ${routedTo}` },
      { servedBy: 'starter', outcome: 'answered', detail: '' },
    ],
    model: {
      modelHash: hash('b'),
      quantization: 'Q8_0',
      backend: 'local_gguf',
      llamaCppRelease: 'b7000',
      promptVersion: 'starter-1',
      seed: 7,
      temperature: 0,
    },
    contextHash: hash('c'),
    context,
    tokens: { input: 62, output: 48 },
  }
}

const routeReasons = {
  fingpt: 'a position is open and volume is 1.84 times its mean (limit 1.5)',
  qwen: 'volatility rank 0.91 is above 0.8',
  phi3: 'sentiment 0.66 is clear (limit 0.6)',
  deepseek: 'no rule applied: the balanced model decides',
} as const

function contextOf(
  symbol: MarketSymbol,
  index: number,
  candle: Candle,
  before: Candle,
  position: Position | undefined,
): MarketContext {
  const { close } = candle
  return {
    symbol,
    timeframe: '1h',
    candleOpenMs: candle.openTimeMs,
    asOfMs: candle.openTimeMs + HOUR_MS,
    candlesSeen: index,
    price: close,
    volume: candle.volume,
    return1: close / before.close - 1,
    return4: 0.0042,
    return24: -0.0113,
    rsi14: 30 + ((index * 7) % 41),
    ema20: close * 0.996,
    ema50: close * 0.99,
    ema200: null,
    macd: 41.2,
    macdSignal: 38.75,
    macdHistogram: 2.45,
    atr14: close * 0.012,
    bollingerUpper: close * 1.02,
    bollingerMiddle: close * 0.998,
    bollingerLower: close * 0.976,
    volatility: (index % 100) / 100,
    volumeRatio: 0.6 + (index % 15) / 10,
    sentiment: ((index % 21) - 10) / 10,
    sentimentSource: 'price_action',
    hasPosition: position !== undefined,
    positionPct: position === undefined ? 0 : 0.02,
    unrealizedPct: position === undefined ? null : Number(position.unrealizedQuote) / Number(position.costQuote),
    positionAgeCandles: position === undefined ? null : 3,
  }
}
