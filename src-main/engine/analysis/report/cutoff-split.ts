import { meanOf, quotient } from '@shared/rules/distribution-statistics'
import { sharpeRatio } from '@shared/rules/return-statistics'
import { compounded } from './bootstrap-intervals'
import type { DailyReturns } from './daily-returns'
import { leastDays, leastTrades, tradeResult } from './figures'
import type { ClosedTrade, TradingRecord } from './trading-record'

/** Trades of one model, entered before or from its knowledge cutoff on. Figures are null below ten trades. */
export interface SplitTrades {
  readonly trades: number
  /** In the quote asset. */
  readonly netProfit: number
  readonly winRate: number | null
  readonly averageReturn: number | null
}

export interface ModelSplit {
  readonly name: string
  readonly knowledgeCutoffMs: number
  readonly before: SplitTrades
  readonly after: SplitTrades
}

export interface SplitDays {
  readonly days: number
  readonly netReturn: number | null
  readonly sharpe: number | null
}

/**
 * What came before the models' knowledge cutoffs apart from what came after. Before it a model may remember what
 * happened: returns that vanish after the cutoff were memory (arXiv 2510.07920).
 */
export interface CutoffSplit {
  readonly models: readonly ModelSplit[]
  /** Whole days of the account, split at the latest cutoff of any model that decided. */
  readonly account: { readonly atMs: number; readonly before: SplitDays; readonly after: SplitDays } | null
  /** Models of which nobody says how far their training data reach. */
  readonly unknown: readonly string[]
}

export function cutoffSplit({ models, trades }: TradingRecord, daily: DailyReturns): CutoffSplit {
  const splits = models.flatMap(({ name, knowledgeCutoffMs }, place): ModelSplit[] => {
    if (knowledgeCutoffMs === null) return []
    const own = trades.filter(({ model }) => model === place)
    const before = own.filter(({ entryAtMs }) => entryAtMs < knowledgeCutoffMs)
    const after = own.filter(({ entryAtMs }) => entryAtMs >= knowledgeCutoffMs)
    return [{ name, knowledgeCutoffMs, before: splitTrades(before), after: splitTrades(after) }]
  })
  const latest = splits.reduce((atMs, split) => Math.max(atMs, split.knowledgeCutoffMs), 0)
  const days = (isBefore: boolean) => daily.account.filter((_, day) => (daily.atMs[day] ?? 0) <= latest === isBefore)
  return {
    models: splits,
    account:
      splits.length === 0 ? null : { atMs: latest, before: splitDays(days(true)), after: splitDays(days(false)) },
    // A policy was not trained on anything.
    unknown: models
      .filter(({ knowledgeCutoffMs, servedBy }) => knowledgeCutoffMs === null && servedBy !== 'policy')
      .map(({ name }) => name),
  }
}

function splitTrades(trades: readonly ClosedTrade[]): SplitTrades {
  const results = trades.map(tradeResult)
  const isEnough = results.length >= leastTrades
  return {
    trades: results.length,
    netProfit: results.reduce((sum, { profit }) => sum + profit, 0),
    winRate: isEnough ? quotient(results.filter(({ profit }) => profit > 0).length, results.length) : null,
    averageReturn: isEnough ? meanOf(results.map((result) => result.return)) : null,
  }
}

function splitDays(returns: readonly number[]): SplitDays {
  return {
    days: returns.length,
    netReturn: returns.length === 0 ? null : (compounded(returns).at(-1) ?? 1) - 1,
    sharpe: returns.length < leastDays ? null : sharpeRatio(returns),
  }
}
