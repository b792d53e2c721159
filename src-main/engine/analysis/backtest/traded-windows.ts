import { type MarketSymbol, timeframeMs } from '@shared/contract/candle'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import { type Outcome, success } from '@shared/contract/outcome'
import { equityOf } from '../../broker/account'
import type { MarketProblemCode } from '../../market/venue'
import { trackEquity } from '../report/equity-track'
import type { TradingRecord } from '../report/trading-record'
import type { SpanResult } from '../report/walk-forward'
import { policyOf } from './backtest'
import { type BacktestObserver, type FastBacktestResult, runFastBacktest } from './fast-backtest'
import { recordFast } from './fast-record'
import { historiesOfSpan, type Span, type SweptMarket } from './span'

export interface TradedWindows {
  /** One record over all windows. */
  readonly record: TradingRecord
  /** What each window brought, in their order; a trade counts where it ended. */
  readonly spans: readonly SpanResult[]
}

const runId = 'backtest'

/**
 * Trades the windows one after the other with one account, each under settings of its own: what a walk forward would
 * have earned. Positions and orders go from a window into the next, as they would for a trader who chooses anew and
 * does not sell for it. Windows follow each other in time. Null where there is none, or no candle in them.
 */
export async function tradeWindows(
  market: SweptMarket,
  windows: readonly Span[],
  rulesOf: (symbol: MarketSymbol) => SymbolRules,
): Promise<Outcome<TradedWindows | null, MarketProblemCode>> {
  const { policy, entries, timeframe, markets } = market
  const [first] = windows
  if (first === undefined) return success(null)
  const symbols = markets.map(({ symbol }) => symbol)
  const seed = policy === 'random' ? entries.seed : null
  const { observer, end } = recordFast({
    ...{ title: `${policy}, ${timeframe}`, policy, symbols, timeframe, settings: first.settings, seed, dataHash: null },
  })
  let begun: FastBacktestResult | undefined
  const traded: Omit<SpanResult, 'trades'>[] = []
  for (const window of windows) {
    const { settings, fromMs, toMs } = window
    const histories = await historiesOfSpan(market, window)
    if (!histories.ok) return histories
    const equityStart = begun === undefined ? Number(settings.broker.startingCash) : equityOf(begun.account).toNumber()
    const followed = followedDrawdown(observer, fromMs, equityStart, timeframeMs[timeframe])
    const parts = policyOf({ policy, entries, settings })
    begun = await runFastBacktest({
      ...{ runId, timeframe, settings, histories: histories.value, ...parts, rulesOf, observer: followed.observer },
      ...(begun === undefined ? {} : { begun }),
    })
    const netReturn = equityOf(begun.account).toNumber() / equityStart - 1
    traded.push({ fromMs, toMs, netReturn, drawdown: followed.depth() })
  }
  if (begun === undefined || begun.account.marks.size === 0) return success(null)
  const record = withInsides(end(begun.account), market)
  const trades = tradesByWindow(record, traded)
  return success({ record, spans: traded.map((span, window) => ({ ...span, trades: trades[window] ?? 0 })) })
}

function withInsides(record: TradingRecord, { ticks, insides = [] }: SweptMarket): TradingRecord {
  const shorter = [...new Set(insides.map(({ timeframe }) => timeframe))]
  const insideCandles = shorter.length === 0 ? null : `${shorter.join(' and ')} candles`
  return { ...record, assumptions: { ...record.assumptions, fills: ticks?.fills ?? 'candles', insideCandles } }
}

/** The observer, with a drawdown that is this window's alone. */
function followedDrawdown(observer: BacktestObserver, startMs: number, equityStart: number, candleMs: number) {
  const track = trackEquity({ startMs, equityStart })
  const followed: BacktestObserver = {
    ...observer,
    closed(symbol, candles, at, equity, positionsValue) {
      track.mark((candles.openTimeMs[at] ?? 0) + candleMs, equity, positionsValue)
      observer.closed(symbol, candles, at, equity, positionsValue)
    },
  }
  return { observer: followed, depth: () => track.end().drawdown.depth }
}

/** How many trades ended in each window; one that ends with the last candle belongs to the last window. */
export function tradesByWindow(
  { trades }: TradingRecord,
  windows: readonly Pick<SpanResult, 'fromMs'>[],
): readonly number[] {
  const counts = windows.map(() => 0)
  for (const { exitAtMs } of trades) {
    const window = windows.findLastIndex(({ fromMs }) => fromMs <= exitAtMs)
    counts[window] = (counts[window] ?? 0) + 1
  }
  return counts
}
