import { type Amount, smallerOf } from '../risk/amounts'

/** Equity over one UTC day, for the daily loss limit. */
export interface TradingDay {
  /** 00:00 UTC. */
  readonly startMs: number
  /** The time of the day's first decisions. */
  readonly firstAtMs: number
  readonly firstEquity: Amount
  readonly lowestEquity: Amount
}

const dayMs = 86_400_000

/**
 * The day after a decision at this time has marked the account at this equity. All decisions of the day's first moment
 * belong to its first equity, so that at midnight every symbol is marked at the same close.
 */
export function tradingDayAfter(day: TradingDay | null, atMs: number, equity: Amount): TradingDay {
  const startMs = atMs - (atMs % dayMs)
  if (day === null || day.startMs !== startMs || day.firstAtMs === atMs) {
    return { startMs, firstAtMs: atMs, firstEquity: equity, lowestEquity: equity }
  }
  return { ...day, lowestEquity: smallerOf(day.lowestEquity, equity) }
}
