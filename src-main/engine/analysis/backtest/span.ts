import type { MarketSymbol, Timeframe } from '@shared/contract/candle'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { Settings } from '@shared/contract/settings'
import { firstNotBefore } from '../../context/candle-columns'
import { defaultWarmUpCandles } from '../../market/venue'
import { dailyReturns } from '../report/daily-returns'
import { figuresOf } from '../report/figures'
import type { SpanResult } from '../report/walk-forward'
import { backtestHistories } from './backtest'
import { type CandleHistory, historyInMemory } from './candle-chunks'
import type { CandlesInMemory } from './file-history'
import type { PlainPolicyName, RandomEntries } from './policy'

/** What all sets of a sweep have in common. The candles lie in shared memory and are read once, by whatever thread. */
export interface SweptMarket {
  readonly policy: PlainPolicyName
  readonly entries: RandomEntries
  readonly timeframe: Timeframe
  readonly markets: readonly CandlesInMemory[]
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
  { policy, entries, timeframe, markets }: SweptMarket,
  { settings, fromMs, toMs }: Span,
  rulesOf: (symbol: MarketSymbol) => SymbolRules,
): Promise<SpanFigures> {
  const histories = historiesOfSpan(markets, { fromMs, toMs })
  const request = { policy, entries, timeframe, settings, rulesOf, symbols: histories.map(({ symbol }) => symbol) }
  const record = await backtestHistories(request, histories, { dataHash: null, withBars: false })
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

/** The candles of the span, after as many as a run would warm up with. */
export function historiesOfSpan(
  markets: SweptMarket['markets'],
  { fromMs, toMs }: Pick<Span, 'fromMs' | 'toMs'>,
): readonly CandleHistory[] {
  return markets.map(({ symbol, candles }) =>
    historyInMemory(symbol, candles, {
      from: firstNotBefore(candles.openTimeMs, fromMs),
      to: firstNotBefore(candles.openTimeMs, toMs),
      warmUpCandles: defaultWarmUpCandles,
    }),
  )
}
