import type { Report } from '../report'
import { dayText, moneyText, shareText } from '../report-words'
import { airy, decimalsFor, extentOf } from './axes'
import { type Line, lineChart } from './line-chart'
import { thinned } from './thinned'

const equityHeight = 300
const drawdownHeight = 140
const mostPoints = 900
/** Where one curve is so many times another, only a logarithmic scale shows both. */
const widestLinear = 3
const logAir = 1.05

/** Equity of the account beside that of holding the same symbols. */
export function equityChart({ record, buyAndHold }: Report): string {
  const { atMs, equity } = record.curve
  return equityLines(
    [
      { name: 'account', look: 'mark', at: atMs, values: equity },
      { name: 'buy and hold', look: 'other dashed', at: atMs, values: buyAndHold.equity },
    ],
    `Equity in ${record.quoteAsset} from ${dayText(record.fromMs)} to ${dayText(record.toMs)}: from ${moneyText(record.equityStart)} to ${moneyText(record.equityEnd)}`,
  )
}

/** Several curves of equity, or of anything in money, in one picture. */
export function equityLines(lines: readonly Line[], told: string): string {
  const values = extentOf(lines.map((line) => line.values))
  const isWide = values.low > 0 && values.high / values.low > widestLinear
  return lineChart({
    told: isWide ? `${told} (logarithmic scale)` : told,
    height: equityHeight,
    x: extentOf(lines.map(({ at }) => at)),
    y: isWide ? { low: values.low / logAir, high: values.high * logAir } : airy(values),
    isLogarithmic: isWide,
    lines: lines.map((line) => {
      const few = thinned(line.at, line.values, line.values, line.values, mostPoints)
      return { ...line, at: few.at, values: few.last }
    }),
    yLabel: (value, step) => moneyText(value, decimalsFor(step)),
    hasLegend: true,
  })
}

/** How far the account stood below its highest point so far, at each day's close. */
export function drawdownChart({ record }: Report): string {
  const { atMs, equity } = record.curve
  let peak = 0
  const below = equity.map((value) => {
    peak = Math.max(peak, value)
    return peak > 0 ? value / peak - 1 : 0
  })
  const few = thinned(atMs, below, below, below, mostPoints)
  return lineChart({
    told: `Drawdown: at most ${shareText(record.drawdown.depth)} below the peak`,
    height: drawdownHeight,
    x: extentOf([atMs]),
    y: airy(extentOf([below], [0])),
    lines: [{ name: 'drawdown', look: 'loss', at: few.at, values: few.low }],
    bands: [{ look: 'lossband', at: few.at, low: few.low, high: few.low.map(() => 0) }],
    yLabel: (value, step) => shareText(value, Math.max(0, decimalsFor(step) - 2)),
  })
}
