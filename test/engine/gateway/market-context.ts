import type { MarketContext } from '@shared/contract/context'

/** A calm market in which no routing rule fires, with what a test changes about it. */
export function marketContext(changes: Partial<MarketContext> = {}): MarketContext {
  return {
    symbol: 'BTC/USDT',
    timeframe: '1h',
    candleOpenMs: Date.UTC(2021, 4, 17, 10),
    asOfMs: Date.UTC(2021, 4, 17, 11),
    candlesSeen: 1000,
    price: 44_000,
    volume: 1200,
    return1: 0.002,
    return4: -0.004,
    return24: 0.01,
    rsi14: 52,
    ema20: 43_900,
    ema50: 43_700,
    ema200: 43_000,
    macd: 60,
    macdSignal: 40,
    macdHistogram: 20,
    atr14: 500,
    bollingerUpper: 45_000,
    bollingerMiddle: 43_900,
    bollingerLower: 42_800,
    volatility: 0.5,
    volumeRatio: 1,
    sentiment: 0,
    sentimentSource: 'price_action',
    hasPosition: false,
    positionPct: 0,
    unrealizedPct: null,
    positionAgeCandles: null,
    ...changes,
  }
}
