import { type Candle, closeTimeMs, type MarketSymbol, type Timeframe } from '@shared/contract/candle'
import type { AccountView, MarketContext } from '@shared/contract/context'
import { ATR, BollingerBands, EMA, MACD, RSI } from 'trading-signals'
import { createPriceActionSentiment } from './price-action'
import { roundFigure, roundFigureOrNull } from './significant-digits'
import { createTrailingWindow } from './trailing-window'
import { createVolatilityRank } from './volatility-rank'

/**
 * The context room: from closed candles to the figures that a model is told.
 *
 * Every figure is computed as the candles come, from closed candles only, and is null until its own warm-up is
 * complete. What the builder says after candle k depends on candles 1 to k and nothing else.
 */
export interface ContextBuilder {
  /** Takes the next closed candle in time order. Gaps and candles without trades are taken as they are. */
  observe(candle: Candle): void
  /** Takes candles that come before the first decision. */
  warm(candles: Iterable<Candle>): void
  /** The context at the close of the last observed candle. At least one must have been observed. */
  contextFor(account: AccountView): MarketContext
}

const rsiPeriod = 14
const atrPeriod = 14
const bollingerPeriod = 20
const bollingerDeviations = 2
const macdPeriods = { fast: 12, slow: 26, signal: 9 } as const
const volumePeriod = 20
const longestReturn = 24

export function createContextBuilder({
  symbol,
  timeframe,
}: {
  readonly symbol: MarketSymbol
  readonly timeframe: Timeframe
}): ContextBuilder {
  const rsi = new RSI(rsiPeriod)
  const ema20 = new EMA(20)
  const ema50 = new EMA(50)
  const ema200 = new EMA(200)
  const macd = new MACD(new EMA(macdPeriods.fast), new EMA(macdPeriods.slow), new EMA(macdPeriods.signal))
  const atr = new ATR(atrPeriod)
  const bollinger = new BollingerBands(bollingerPeriod, bollingerDeviations)
  const closes = createTrailingWindow(longestReturn + 1)
  const volumesBefore = createTrailingWindow(volumePeriod)
  const volatility = createVolatilityRank()
  const sentiment = createPriceActionSentiment()

  let last: Candle | null = null
  let candlesSeen = 0
  let priceEverMoved = false
  let volumeRatio: number | null = null

  function observe(candle: Candle): void {
    const { close, volume } = candle
    if (last !== null && close !== last.close) priceEverMoved = true
    if (last !== null) volumesBefore.push(last.volume)
    const meanVolume = volumesBefore.size === volumePeriod ? volumesBefore.sum() / volumePeriod : 0
    volumeRatio = meanVolume > 0 ? volume / meanVolume : null
    volatility.observe(close, last?.close ?? null)
    sentiment.observe(candle)
    closes.push(close)
    rsi.update(close, false)
    ema20.update(close, false)
    ema50.update(close, false)
    ema200.update(close, false)
    macd.update(close, false)
    atr.update(candle, false)
    bollinger.update(close, false)
    last = candle
    candlesSeen++
  }

  /** The figure, or null while fewer candles were seen than it needs to mean something. */
  function warmed(neededCandles: number, figure: () => number): number | null {
    return candlesSeen < neededCandles ? null : roundFigure(figure())
  }

  function returnOver(candles: number): number | null {
    const before = closes.back(candles)
    const now = closes.back(0)
    return before === null || now === null ? null : roundFigure(now / before - 1)
  }

  function contextFor(account: AccountView): MarketContext {
    if (last === null) throw new Error(`No candle of ${symbol} was observed before its context was asked for`)
    const signalWarmUp = macdPeriods.slow + macdPeriods.signal - 1
    return {
      symbol,
      timeframe,
      candleOpenMs: last.openTimeMs,
      asOfMs: closeTimeMs(last, timeframe),
      candlesSeen,
      price: last.close,
      volume: last.volume,
      return1: returnOver(1),
      return4: returnOver(4),
      return24: returnOver(longestReturn),
      // A market that never moved has neither gains nor losses; trading-signals would call it 100, "overbought".
      rsi14: warmed(rsiPeriod + 1, () => (priceEverMoved ? rsi.getResultOrThrow() : 50)),
      ema20: warmed(20, () => ema20.getResultOrThrow()),
      ema50: warmed(50, () => ema50.getResultOrThrow()),
      ema200: warmed(200, () => ema200.getResultOrThrow()),
      macd: warmed(macdPeriods.slow, () => macd.getResultOrThrow().macd),
      macdSignal: warmed(signalWarmUp, () => macd.getResultOrThrow().signal),
      macdHistogram: warmed(signalWarmUp, () => macd.getResultOrThrow().histogram),
      atr14: warmed(atrPeriod, () => atr.getResultOrThrow()),
      bollingerUpper: warmed(bollingerPeriod, () => bollinger.getResultOrThrow().upper),
      bollingerMiddle: warmed(bollingerPeriod, () => bollinger.getResultOrThrow().middle),
      bollingerLower: warmed(bollingerPeriod, () => bollinger.getResultOrThrow().lower),
      volatility: roundFigureOrNull(volatility.value()),
      volumeRatio: roundFigureOrNull(volumeRatio),
      sentiment: roundFigureOrNull(sentiment.value()),
      sentimentSource: sentiment.value() === null ? 'none' : 'price_action',
      hasPosition: account.hasPosition,
      positionPct: roundFigure(account.positionPct),
      unrealizedPct: roundFigureOrNull(account.unrealizedPct),
      positionAgeCandles: account.positionAgeCandles,
    }
  }

  return {
    observe,
    warm(candles) {
      for (const candle of candles) observe(candle)
    },
    contextFor,
  }
}
