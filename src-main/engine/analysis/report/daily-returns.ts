import type { TradingRecord } from './trading-record'

export const dayMs = 86_400_000

/** Returns of whole UTC days, as fractions; a run's cut first and last day are in its profit, but in no daily figure. */
export interface DailyReturns {
  /** Midnight at which each day ended. */
  readonly atMs: readonly number[]
  readonly account: readonly number[]
  /** The symbols' prices, held in equal parts since the start, without costs. */
  readonly market: readonly number[]
}

export function dailyReturns(record: TradingRecord): DailyReturns {
  const { atMs, equity } = record.curve
  const market = marketCurve(record)
  const days: { atMs: number[]; account: number[]; market: number[] } = { atMs: [], account: [], market: [] }
  for (let place = 1; place < atMs.length; place += 1) {
    const [from, to] = [atMs[place - 1], atMs[place]]
    if (from === undefined || to === undefined || to - from !== dayMs) continue
    days.atMs.push(to)
    days.account.push(growth(equity[place - 1], equity[place]))
    days.market.push(growth(market[place - 1], market[place]))
  }
  return days
}

/** One unit of money, spread over the symbols at the start; a symbol without a price yet is held as cash. */
export function marketCurve({ benchmarks, curve }: TradingRecord): number[] {
  return curve.atMs.map((_, place) => {
    if (benchmarks.length === 0) return 1
    let value = 0
    for (const { closes } of benchmarks) {
      const first = closes.find((close) => close !== null)
      const now = closes[place] ?? null
      value += first === undefined || first === null || now === null ? 1 : now / first
    }
    return value / benchmarks.length
  })
}

function growth(from: number | undefined, to: number | undefined): number {
  return from === undefined || to === undefined || from <= 0 ? 0 : to / from - 1
}
