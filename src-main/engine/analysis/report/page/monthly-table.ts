import type { Report } from '../report'
import { percentDigits } from '../report-words'
import { type Cell, signed, table } from './tables'

const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

export function monthlyTable({ years }: Report): string {
  const cell = (value: number | null): Cell => (value === null ? '' : signed(value, percentDigits(value, 1)))
  const rows = years.map(({ year, months, whole }): Cell[] => [String(year), ...months.map(cell), cell(whole)])
  return table({ caption: 'Return by month (UTC), in per cent', heads: ['Year', ...monthNames, 'Whole'], rows })
}
