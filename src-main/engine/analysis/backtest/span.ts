import type { MarketSymbol, Timeframe } from '@shared/contract/candle'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { FillSource } from '@shared/contract/market-data'
import type { ReadHeadline } from '@shared/contract/news'
import { type Outcome, success } from '@shared/contract/outcome'
import type { Settings } from '@shared/contract/settings'
import { firstNotBefore } from '../../context/candle-columns'
import type { DeskNews } from '../../desk/news-reading'
import { scanHistories } from '../../market/replay-venue'
import { defaultWarmUpCandles, type MarketProblemCode } from '../../market/venue'
import { dailyReturns } from '../report/daily-returns'
import { figuresOf } from '../report/figures'
import type { TradingRecord } from '../report/trading-record'
import type { SpanResult } from '../report/walk-forward'
import { backtestHistories } from './backtest'
import { type CandleHistory, historyInMemory } from './candle-chunks'
import { type CandlesInMemory, historyWithTicks } from './file-history'
import { type InsideInMemory, insideLookup } from './inside-history'
import { newsFigures } from './news-figures'
import type { PlainPolicyName, RandomEntries } from './policy'

/** What all sets of a sweep have in common. The candles lie in shared memory and are read once, by whatever thread. */
export interface SweptMarket {
  readonly policy: PlainPolicyName
  readonly entries: RandomEntries
  readonly timeframe: Timeframe
  readonly markets: readonly CandlesInMemory[]
  /** Shorter candles that settle orders, of symbols that have any. */
  readonly insides?: readonly InsideInMemory[]
  /** Recorded headlines as they were read, oldest first; without them the sentiment is that of prices. */
  readonly headlines?: readonly ReadHeadline[]
  /** Recorded trades or books settle orders: each span reads them, and all candles, from these files. */
  readonly ticks?: RecordedTickFiles
}

export interface RecordedTickFiles {
  readonly dir: string
  readonly fills: Exclude<FillSource, 'candles'>
  /** Whether shorter candles settle what trades do not. */
  readonly inside: boolean
}

/** One backtest of a sweep: these settings over candles that open in [fromMs, toMs). */
export interface Span {
  readonly settings: Settings
  readonly fromMs: number
  readonly toMs: number
}

export interface SpanFigures extends SpanResult {
  readonly sharpe: number | null
  readonly profitFactor: number | null
}

/** Trades the settings over a span, from a fresh account, and keeps no more of it than a table shows. */
export async function backtestSpan(
  market: SweptMarket,
  span: Span,
  rulesOf: (symbol: MarketSymbol) => SymbolRules,
): Promise<Outcome<SpanFigures, MarketProblemCode>> {
  const { policy, entries, timeframe } = market
  const histories = await historiesOfSpan(market, span)
  if (!histories.ok) return histories
  const symbols = histories.value.map(({ symbol }) => symbol)
  const request = { policy, entries, timeframe, settings: span.settings, rulesOf, symbols }
  return success(
    figuresOfSpan(span, await backtestHistories(request, histories.value, { dataHash: null, withBars: false })),
  )
}

export function figuresOfSpan({ fromMs, toMs }: Span, record: TradingRecord): SpanFigures {
  const { values } = figuresOf(record, dailyReturns(record))
  return {
    fromMs,
    toMs,
    netReturn: Number(record.equityEnd) / Number(record.equityStart) - 1,
    trades: record.trades.length,
    drawdown: record.drawdown.depth,
    sharpe: values.sharpe,
    profitFactor: values.profitFactor,
  }
}

/** The candles of the span, after as many as a run would warm up with, and what is known of their insides. */
export async function historiesOfSpan(
  market: SweptMarket,
  span: Span,
): Promise<Outcome<readonly CandleHistory[], MarketProblemCode>> {
  const { headlines, timeframe } = market
  const histories =
    market.ticks === undefined ? success(inMemory(market, span)) : await fromFiles(market, market.ticks, span)
  if (!histories.ok || headlines === undefined) return histories
  const news: DeskNews = {
    settings: span.settings.news,
    known: async (fromMs, toMs) => headlines.filter(({ knownAtMs }) => knownAtMs > fromMs && knownAtMs <= toMs),
  }
  return success(
    histories.value.map((history) => ({ ...history, refine: newsFigures(news, history.symbol, timeframe) })),
  )
}

function inMemory({ markets, insides = [], timeframe }: SweptMarket, { fromMs, toMs }: Span): readonly CandleHistory[] {
  return markets.map(({ symbol, candles }) => {
    const history = historyInMemory(symbol, candles, {
      from: firstNotBefore(candles.openTimeMs, fromMs),
      to: firstNotBefore(candles.openTimeMs, toMs),
      warmUpCandles: defaultWarmUpCandles,
    })
    const inside = insides.find((one) => one.symbol === symbol)
    return inside === undefined ? history : { ...history, insideOf: insideLookup(inside, timeframe) }
  })
}

async function fromFiles(
  { markets, timeframe }: SweptMarket,
  { dir, fills, inside }: RecordedTickFiles,
  { fromMs, toMs }: Span,
): Promise<Outcome<readonly CandleHistory[], MarketProblemCode>> {
  const symbols = markets.map(({ symbol }) => symbol)
  const scanned = await scanHistories({ dir, symbols, timeframe, fromMs, toMs, inside, fills })
  return scanned.ok ? success(scanned.value.map(historyWithTicks)) : scanned
}
