import { createSlidingWindow } from './averages'
import type { CandleColumns } from './candle-columns'

/** Candles over which rising and falling volume are weighed against each other. */
export const sentimentCandles = 12

/**
 * The desk's own stand-in for sentiment while no news is read: volume of rising candles less that of falling ones,
 * over all volume, from -1 to 1. Unknown (NaN) until twelve candles were seen or when nothing was traded in them.
 */
export function createPriceActionSentiment() {
  const signed = createSlidingWindow(sentimentCandles)
  const traded = createSlidingWindow(sentimentCandles)
  return ({ open, close, volume }: CandleColumns, count: number, out: Float64Array): void => {
    for (let at = 0; at < count; at++) {
      const volumeNow = volume[at] ?? 0
      signed.push(Math.sign((close[at] ?? 0) - (open[at] ?? 0)) * volumeNow)
      traded.push(volumeNow)
      let balance = 0
      let total = 0
      const from = traded.start()
      for (let place = from; place < from + sentimentCandles; place++) {
        balance += signed.values[place] ?? 0
        total += traded.values[place] ?? 0
      }
      const isKnown = traded.size() === sentimentCandles && total > 0
      out[at] = isKnown ? Math.max(-1, Math.min(1, balance / total)) : Number.NaN
    }
  }
}
