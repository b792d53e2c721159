import type { EquityCurve } from './trading-record'

/** One calendar year (UTC) of returns as fractions; null where the run was not under way. */
export interface YearOfReturns {
  readonly year: number
  /** January to December. */
  readonly months: readonly (number | null)[]
  readonly whole: number
}

const monthsPerYear = 12

/** Returns by calendar month: the equity at a month's end over that at its start, cut months included as far as they go. */
export function monthlyReturns({ atMs, equity }: EquityCurve): YearOfReturns[] {
  const growth = new Map<number, number>()
  for (let place = 1; place < atMs.length; place += 1) {
    const [from, before, after] = [atMs[place - 1], equity[place - 1], equity[place]]
    if (from === undefined || before === undefined || after === undefined || before <= 0) continue
    // An interval of the curve never crosses a midnight, so it belongs to the month in which it begins.
    const began = new Date(from)
    const month = began.getUTCFullYear() * monthsPerYear + began.getUTCMonth()
    growth.set(month, (growth.get(month) ?? 1) * (after / before))
  }
  const years = [...new Set([...growth.keys()].map((month) => Math.floor(month / monthsPerYear)))].toSorted(
    (a, b) => a - b,
  )
  return years.map((year) => {
    const factors = Array.from({ length: monthsPerYear }, (_, month) => growth.get(year * monthsPerYear + month))
    return {
      year,
      months: factors.map((factor) => (factor === undefined ? null : factor - 1)),
      whole: factors.reduce<number>((product, factor) => product * (factor ?? 1), 1) - 1,
    }
  })
}
