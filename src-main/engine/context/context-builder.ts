import { type Candle, closeTimeMs, type MarketSymbol, type Timeframe } from '@shared/contract/candle'
import type { AccountView, MarketContext } from '@shared/contract/context'
import { candleColumns, putCandle } from './candle-columns'
import { createFigureKernel, type FigureColumns, figureColumns } from './figure-kernel'
import type { ContextNews } from './news-sentiment'
import { roundFigure, roundFigureOrNull } from './significant-digits'

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
  contextFor(account: AccountView, news?: ContextNews | null): MarketContext
}

export interface ContextSubject {
  readonly symbol: MarketSymbol
  readonly timeframe: Timeframe
}

export function createContextBuilder(subject: ContextSubject): ContextBuilder {
  const kernel = createFigureKernel()
  const columns = candleColumns(1)
  const figures = figureColumns(1)
  let last: Candle | null = null

  function observe(candle: Candle): void {
    putCandle(columns, 0, candle)
    kernel.run(columns, 1, figures)
    last = candle
  }

  return {
    observe,
    warm(candles) {
      for (const candle of candles) observe(candle)
    },
    contextFor(account, news = null) {
      if (last === null) {
        throw new Error(`No candle of ${subject.symbol} was observed before its context was asked for`)
      }
      return contextOf(subject, { candle: last, candlesSeen: kernel.candlesSeen(), figures, at: 0 }, account, news)
    },
  }
}

/** A closed candle with its figures, which stand in row `at` of their columns. */
export interface FiguredCandle {
  readonly candle: Candle
  /** Closed candles up to and with this one. */
  readonly candlesSeen: number
  readonly figures: FigureColumns
  readonly at: number
}

/** The context that belongs to a row of figures: ten significant digits, null for what is not known. */
export function contextOf(
  { symbol, timeframe }: ContextSubject,
  { candle, candlesSeen, figures, at }: FiguredCandle,
  account: AccountView,
  news: ContextNews | null = null,
): MarketContext {
  const figure = (column: Float64Array): number | null => {
    const value = column[at] ?? Number.NaN
    return Number.isNaN(value) ? null : roundFigure(value)
  }
  const priceAction = figure(figures.sentiment)
  return {
    symbol,
    timeframe,
    candleOpenMs: candle.openTimeMs,
    asOfMs: closeTimeMs(candle, timeframe),
    candlesSeen,
    price: candle.close,
    volume: candle.volume,
    return1: figure(figures.return1),
    return4: figure(figures.return4),
    return24: figure(figures.return24),
    rsi14: figure(figures.rsi14),
    ema20: figure(figures.ema20),
    ema50: figure(figures.ema50),
    ema200: figure(figures.ema200),
    macd: figure(figures.macd),
    macdSignal: figure(figures.macdSignal),
    macdHistogram: figure(figures.macdHistogram),
    atr14: figure(figures.atr14),
    bollingerUpper: figure(figures.bollingerUpper),
    bollingerMiddle: figure(figures.bollingerMiddle),
    bollingerLower: figure(figures.bollingerLower),
    volatility: figure(figures.volatility),
    volumeRatio: figure(figures.volumeRatio),
    ...(news?.sentiment == null
      ? { sentiment: priceAction, sentimentSource: priceAction === null ? 'none' : 'price_action' }
      : {
          sentiment: roundFigure(news.sentiment.value),
          sentimentSource: 'news',
          sentimentScorer: news.sentiment.scorer,
        }),
    ...(news === null ? {} : { headlines: [...news.headlines] }),
    hasPosition: account.hasPosition,
    positionPct: roundFigure(account.positionPct),
    unrealizedPct: roundFigureOrNull(account.unrealizedPct),
    positionAgeCandles: account.positionAgeCandles,
  }
}
