import { type ColumnIndicator, createEma, createSlidingWindow, createWilder, sumOf } from './averages'
import type { CandleColumns } from './candle-columns'
import { createPriceActionSentiment } from './price-action'
import { createVolatilityRank } from './volatility-rank'

/** The market figures of a context, one column each. */
export const figureNames = [
  'return1',
  'return4',
  'return24',
  'rsi14',
  'ema20',
  'ema50',
  'ema200',
  'macd',
  'macdSignal',
  'macdHistogram',
  'atr14',
  'bollingerUpper',
  'bollingerMiddle',
  'bollingerLower',
  'volatility',
  'volumeRatio',
  'sentiment',
] as const

export type FigureName = (typeof figureNames)[number]

/** Unrounded figures, one per candle; NaN where a figure's own warm-up is not complete. */
export type FigureColumns = Readonly<Record<FigureName, Float64Array>>

export function figureColumns(length: number): FigureColumns {
  const column = () => new Float64Array(length)
  return {
    return1: column(),
    return4: column(),
    return24: column(),
    rsi14: column(),
    ema20: column(),
    ema50: column(),
    ema200: column(),
    macd: column(),
    macdSignal: column(),
    macdHistogram: column(),
    atr14: column(),
    bollingerUpper: column(),
    bollingerMiddle: column(),
    bollingerLower: column(),
    volatility: column(),
    volumeRatio: column(),
    sentiment: column(),
  }
}

/**
 * All indicators of one market over columns of closed candles. One candle at a time or a million at once give the same
 * figures to the last bit: figure k depends on candles 1 to k and on nothing else.
 */
export interface FigureKernel {
  /** Takes the next `count` candles, in time order, and writes their figures to [0, count) of `out`. */
  run(candles: CandleColumns, count: number, out: FigureColumns): void
  /** Candles taken so far. */
  candlesSeen(): number
}

const rsiPeriod = 14
const atrPeriod = 14
const bollingerPeriod = 20
const bollingerDeviations = 2
const macdPeriods = { fast: 12, slow: 26, signal: 9 } as const
const volumePeriod = 20
const longestReturn = 24

export function createFigureKernel(): FigureKernel {
  const ema20 = createEma(20)
  const ema50 = createEma(50)
  const ema200 = createEma(200)
  const macd = createMacd()
  const rsi = createRsi()
  const atr = createAtr()
  const bollinger = createBollinger()
  const returns = createReturns()
  const volumeRatio = createVolumeRatio()
  const volatility = createVolatilityRank()
  const sentiment = createPriceActionSentiment()
  let candlesSeen = 0
  return {
    run(candles, count, out) {
      const { close } = candles
      ema20.run(close, count, out.ema20)
      ema50.run(close, count, out.ema50)
      ema200.run(close, count, out.ema200)
      macd(close, count, out)
      rsi.run(close, count, out.rsi14)
      atr(candles, count, out.atr14)
      bollinger(close, count, out)
      returns(close, count, out)
      volumeRatio.run(candles.volume, count, out.volumeRatio)
      volatility.run(close, count, out.volatility)
      sentiment(candles, count, out.sentiment)
      candlesSeen += count
    },
    candlesSeen: () => candlesSeen,
  }
}

/** MACD 12, 26, 9: its line speaks from the slow period on, signal and histogram once the signal is warm as well. */
function createMacd() {
  const { fast, slow, signal } = macdPeriods
  const fastWeight = 2 / (fast + 1)
  const slowWeight = 2 / (slow + 1)
  const signalWeight = 2 / (signal + 1)
  const state = { fast: 0, slow: 0, signal: 0, seen: 0 }
  return (closes: Float64Array, count: number, out: FigureColumns): void => {
    let { fast: fastMean, slow: slowMean, signal: signalMean, seen } = state
    for (let at = 0; at < count; at++) {
      const close = closes[at] ?? 0
      fastMean = close * fastWeight + (seen === 0 ? close : fastMean) * (1 - fastWeight)
      slowMean = close * slowWeight + (seen === 0 ? close : slowMean) * (1 - slowWeight)
      seen++
      const line = fastMean - slowMean
      if (seen >= slow) signalMean = line * signalWeight + (seen === slow ? line : signalMean) * (1 - signalWeight)
      const isWarm = seen >= slow + signal - 1
      out.macd[at] = seen < slow ? Number.NaN : line
      out.macdSignal[at] = isWarm ? signalMean : Number.NaN
      out.macdHistogram[at] = isWarm ? line - signalMean : Number.NaN
    }
    state.fast = fastMean
    state.slow = slowMean
    state.signal = signalMean
    state.seen = seen
  }
}

/** A market that never moved has neither gains nor losses and stands at 50; the textbook would call it overbought. */
function createRsi(): ColumnIndicator {
  const share = 1 / rsiPeriod
  const state = { gain: 0, loss: 0, gainSum: 0, lossSum: 0, previous: 0, seen: 0, moved: false }
  return {
    run(closes, count, out) {
      let { gain, loss, gainSum, lossSum, previous, seen, moved } = state
      for (let at = 0; at < count; at++) {
        const close = closes[at] ?? 0
        seen++
        const change = seen === 1 ? 0 : close - previous
        const rise = Math.max(change, 0)
        const fall = Math.max(-change, 0)
        previous = close
        if (change !== 0) moved = true
        const changes = seen - 1
        if (changes > rsiPeriod) {
          gain = (rise - gain) * share + gain
          loss = (fall - loss) * share + loss
        } else if (changes > 0) {
          gainSum += rise
          lossSum += fall
          gain = gainSum / rsiPeriod
          loss = lossSum / rsiPeriod
        }
        if (changes < rsiPeriod) out[at] = Number.NaN
        else if (!moved) out[at] = 50
        else out[at] = loss === 0 ? 100 : 100 - 100 / (gain / loss + 1)
      }
      Object.assign(state, { gain, loss, gainSum, lossSum, previous, seen, moved })
    },
  }
}

function createAtr() {
  const wilder = createWilder(atrPeriod)
  let ranges = new Float64Array(1)
  let previousClose = Number.NaN
  return ({ high, low, close }: CandleColumns, count: number, out: Float64Array): void => {
    if (ranges.length < count) ranges = new Float64Array(count)
    let before = previousClose
    for (let at = 0; at < count; at++) {
      const top = high[at] ?? 0
      const bottom = low[at] ?? 0
      const range = top - bottom
      ranges[at] = Number.isNaN(before) ? range : Math.max(range, Math.abs(top - before), Math.abs(bottom - before))
      before = close[at] ?? 0
    }
    previousClose = before
    wilder.run(ranges, count, out)
  }
}

function createBollinger() {
  const window = createSlidingWindow(bollingerPeriod)
  const { values } = window
  return (closes: Float64Array, count: number, out: FigureColumns): void => {
    for (let at = 0; at < count; at++) {
      window.push(closes[at] ?? 0)
      if (window.size() < bollingerPeriod) {
        out.bollingerUpper[at] = out.bollingerMiddle[at] = out.bollingerLower[at] = Number.NaN
        continue
      }
      const from = window.start()
      const middle = sumOf(values, from, bollingerPeriod) / bollingerPeriod
      let squares = 0
      for (let place = from; place < from + bollingerPeriod; place++) {
        const distance = (values[place] ?? 0) - middle
        squares += distance * distance
      }
      const width = Math.sqrt(squares / bollingerPeriod) * bollingerDeviations
      out.bollingerUpper[at] = middle + width
      out.bollingerMiddle[at] = middle
      out.bollingerLower[at] = middle - width
    }
  }
}

function createReturns() {
  const window = createSlidingWindow(longestReturn + 1)
  const { values } = window
  let seen = 0
  return (closes: Float64Array, count: number, out: FigureColumns): void => {
    for (let at = 0; at < count; at++) {
      const close = closes[at] ?? 0
      window.push(close)
      seen++
      const newest = window.start() + longestReturn
      out.return1[at] = seen > 1 ? close / (values[newest - 1] ?? 0) - 1 : Number.NaN
      out.return4[at] = seen > 4 ? close / (values[newest - 4] ?? 0) - 1 : Number.NaN
      out.return24[at] = seen > longestReturn ? close / (values[newest - longestReturn] ?? 0) - 1 : Number.NaN
    }
  }
}

/** The last volume over the mean of the twenty before it; unknown where nothing was traded in them. */
function createVolumeRatio(): ColumnIndicator {
  const before = createSlidingWindow(volumePeriod)
  return {
    run(volumes, count, out) {
      for (let at = 0; at < count; at++) {
        const volume = volumes[at] ?? 0
        const mean =
          before.size() === volumePeriod ? sumOf(before.values, before.start(), volumePeriod) / volumePeriod : 0
        out[at] = mean > 0 ? volume / mean : Number.NaN
        before.push(volume)
      }
    },
  }
}
