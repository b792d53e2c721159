import { quotient } from '@shared/rules/distribution-statistics'
import {
  againstBenchmark,
  annualVolatility,
  compoundAnnualGrowth,
  omegaRatio,
  sharpeRatio,
  sortinoRatio,
  tradingDaysPerYear,
} from '@shared/rules/return-statistics'
import { type TradeResult, tradeStatistics } from '@shared/rules/trade-statistics'
import { z } from 'zod'
import { type DailyReturns, dayMs } from './daily-returns'
import type { ClosedTrade, TradingRecord } from './trading-record'

/** Below these a figure is chance, and is not printed. */
export const leastTrades = 10
export const leastDays = 14

/** Figures that need days; null as `notAvailable` tells. Formulas: `rules/return-statistics.ts`. */
const dailyFigures = [
  'cagr',
  'volatility',
  'sharpe',
  'sortino',
  'calmar',
  'omega',
  'alpha',
  'beta',
  'informationRatio',
  'annualTurnover',
] as const

/** Figures that need trades. Formulas: `rules/trade-statistics.ts`. */
const tradeFigures = [
  'winRate',
  'averageWin',
  'averageLoss',
  'largestWin',
  'largestLoss',
  'longestWinStreak',
  'longestLossStreak',
  'averageHoldingMs',
  'medianHoldingMs',
  'longestHoldingMs',
  'profitFactor',
  'expectancy',
  'averageReturn',
  'sqn',
  'kelly',
] as const

export const figureNameSchema = z.enum([...dailyFigures, ...tradeFigures])

export type FigureName = z.infer<typeof figureNameSchema>

const figureValuesSchema = z.record(figureNameSchema, z.number().nullable())

export interface Figures {
  readonly values: Readonly<Record<FigureName, number | null>>
  /** Why a figure is null, as a sentence. */
  readonly notAvailable: Readonly<Partial<Record<FigureName, string>>>
}

export function daysOf({ fromMs, toMs }: Pick<TradingRecord, 'fromMs' | 'toMs'>): number {
  return (toMs - fromMs) / dayMs
}

/** Why figures over days are not told of this run; null where they are. */
export function tooFewDays(days: number): string | null {
  if (days >= leastDays) return null
  return `The run spans ${days.toFixed(1)} days; below ${leastDays} this figure would be chance.`
}

export function tooFewTrades(trades: number): string | null {
  if (trades >= leastTrades) return null
  return `The run closed ${trades} trades; below ${leastTrades} this figure would be chance.`
}

/** All figures of the run, or the reason why one is missing. */
export function figuresOf(record: TradingRecord, daily: DailyReturns): Figures {
  const days = daysOf(record)
  const growth = compoundAnnualGrowth(Number(record.equityStart), Number(record.equityEnd), record.toMs - record.fromMs)
  const meanEquity = quotient(
    record.curve.equity.reduce((sum, value) => sum + value, 0),
    record.curve.equity.length,
  )
  const byDay = {
    cagr: growth,
    volatility: annualVolatility(daily.account),
    sharpe: sharpeRatio(daily.account),
    sortino: sortinoRatio(daily.account),
    calmar: quotient(growth, record.drawdown.depth),
    omega: omegaRatio(daily.account),
    ...againstBenchmark(daily.account, daily.market),
    annualTurnover: quotient(quotient(Number(record.turnover), meanEquity), days / tradingDaysPerYear),
  }
  const byTrade = tradeStatistics(record.trades.map(tradeResult))

  const values = new Map<FigureName, number | null>()
  const notAvailable: Partial<Record<FigureName, string>> = {}
  const tell = (name: FigureName, value: number | null, tooFew: string | null): void => {
    const told = tooFew === null ? value : null
    values.set(name, told)
    if (told === null) notAvailable[name] = tooFew ?? notDefined
  }
  for (const name of dailyFigures) tell(name, byDay[name], tooFewDays(days))
  for (const name of tradeFigures) tell(name, byTrade[name], tooFewTrades(record.trades.length))
  return { values: figureValuesSchema.parse(Object.fromEntries(values)), notAvailable }
}

const notDefined = 'It would be a division by zero: there was nothing to compare with (no loss, or no movement).'

/** A trade as statistics see it: floats, in the quote asset. */
export function tradeResult(trade: ClosedTrade): TradeResult {
  const profit = Number(trade.realizedQuote)
  return {
    profit,
    return: quotient(profit, Number(trade.costQuote)) ?? 0,
    holdingMs: trade.exitAtMs - trade.entryAtMs,
  }
}
