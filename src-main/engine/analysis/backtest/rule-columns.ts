import { buyNeeds, flatUrgency, sellNeeds, teacherParts } from '@shared/rules/teacher'
import { figureGrids, onGrid, type FigureName as TeacherFigureName } from '@shared/rules/teacher-figures'
import type { CandleColumns } from '../../context/candle-columns'
import type { FigureColumns } from '../../context/figure-kernel'
import { significantDigits } from '../../context/significant-digits'

/**
 * What the rule teacher thinks of a candle before it knows the account, for many candles at once.
 *
 * The teacher reads figures rounded to ten digits and put on coarse grids. Here the unrounded figure is put on the grid
 * directly: unless it lies within its rounding error of the middle between two grid values, that is the same grid
 * value. A candle with a figure that does, or with one that is not known, is not `isSure`, and whoever reads these columns asks the
 * teacher itself.
 */
export interface RuleColumns {
  readonly isSure: Uint8Array
  /** Margins of an account without a position, as `judge` gives them up to the last bits. */
  readonly buyMargin: Float64Array
  readonly sellMargin: Float64Array
  /** What a fading trend adds to the urgency to sell a position. */
  readonly fading: Float64Array
}

export function ruleColumns(length: number): RuleColumns {
  return {
    isSure: new Uint8Array(length),
    buyMargin: new Float64Array(length),
    sellMargin: new Float64Array(length),
    fading: new Float64Array(length),
  }
}

/** Half a unit of the last kept digit, relative to the figure, with room for the float arithmetic in between. */
export const roundingShare = 10 ** -(significantDigits - 1)

/** One entry for each grid value, from the lowest on. */
export interface GridTable {
  readonly step: number
  readonly low: number
  readonly high: number
  readonly first: number
  readonly values: Float64Array
}

export function gridTable(name: TeacherFigureName, part: (value: number | null) => number): GridTable {
  const { step, low, high } = figureGrids[name]
  const first = Math.round(low / step)
  const count = Math.round(high / step) - first + 1
  const values = Float64Array.from({ length: count }, (_, index) => part(onGrid(name, (first + index) * step)))
  return { step, low, high, first, values }
}

const tables = {
  trend: gridTable('trend', teacherParts.trend),
  fading: gridTable('trend', teacherParts.fading),
  long: gridTable('long', teacherParts.long),
  macd: gridTable('macd', teacherParts.macd),
  volume: gridTable('volume', teacherParts.volume),
  stretch: gridTable('rsi', teacherParts.stretch),
  rsi: gridTable('rsi', teacherParts.rsi),
  band: gridTable('band', teacherParts.band),
  mood: gridTable('sentiment', teacherParts.mood),
  nervous: gridTable('volatility', teacherParts.nervous),
}

/**
 * Index of the grid value nearest to `value`; -1 where `error` does not let it be told, or where the value is unknown.
 */
export function gridIndex({ step, low, high, first }: GridTable, value: number, error: number): number {
  const held = (value < low ? low : value > high ? high : value) / step
  const index = Math.round(held)
  // NaN compares false and ends as -1.
  return Math.abs(held - index) < 0.5 - error / step ? index - first : -1
}

/** Fills [0, count) of `out` from candles and their figures. */
export function runRules(candles: CandleColumns, figures: FigureColumns, count: number, out: RuleColumns): void {
  const { close } = candles
  const { rsi14, ema20, ema50, ema200, macdHistogram, atr14, bollingerLower, bollingerUpper } = figures
  const { volatility, volumeRatio, sentiment } = figures
  for (let at = 0; at < count; at++) {
    const price = close[at] ?? 0
    const atr = atr14[at] ?? Number.NaN
    const lower = bollingerLower[at] ?? Number.NaN
    const width = (bollingerUpper[at] ?? Number.NaN) - lower
    // Averages and bands are about as large as the price; their rounding errors count in ATR and in band widths.
    const inAtr = (4 * roundingShare * price) / atr + roundingShare * 100
    const inBand = (400 * roundingShare * price) / width + roundingShare * 1000
    const rsi = gridIndex(tables.rsi, rsi14[at] ?? Number.NaN, roundingShare * 100)
    const trend = gridIndex(tables.trend, ((ema20[at] ?? 0) - (ema50[at] ?? Number.NaN)) / atr, inAtr)
    const long = gridIndex(tables.long, (price - (ema200[at] ?? Number.NaN)) / atr, inAtr)
    const macd = gridIndex(tables.macd, (macdHistogram[at] ?? Number.NaN) / atr, roundingShare * 100)
    const band = gridIndex(tables.band, (100 * (price - lower)) / width, inBand)
    const nervous = gridIndex(tables.nervous, 100 * (volatility[at] ?? Number.NaN), roundingShare * 100)
    const volume = gridIndex(tables.volume, volumeRatio[at] ?? Number.NaN, roundingShare * 100)
    const mood = gridIndex(tables.mood, sentiment[at] ?? Number.NaN, roundingShare * 10)
    // One unknown figure makes the union negative.
    if ((rsi | trend | long | macd | band | nervous | volume | mood) < 0) {
      out.isSure[at] = 0
      continue
    }
    const voice =
      ((tables.trend.values[trend] ?? 0) + (tables.long.values[long] ?? 0) + (tables.macd.values[macd] ?? 0)) *
      (tables.volume.values[volume] ?? 0) *
      (1 - (tables.stretch.values[rsi] ?? 0))
    const pull =
      voice + (tables.rsi.values[rsi] ?? 0) + (tables.band.values[band] ?? 0) + (tables.mood.values[mood] ?? 0)
    out.isSure[at] = 1
    out.buyMargin[at] = pull - buyNeeds - (tables.nervous.values[nervous] ?? 0)
    out.sellMargin[at] = -pull - sellNeeds + flatUrgency
    out.fading[at] = tables.fading.values[trend] ?? 0
  }
}
