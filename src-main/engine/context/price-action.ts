import type { Candle } from '@shared/contract/candle'
import { createTrailingWindow } from './trailing-window'

/** Candles over which rising and falling volume are weighed against each other. */
export const sentimentCandles = 12

/**
 * The desk's own stand-in for sentiment while no news is read: volume of rising candles less that of falling ones,
 * over all volume, from -1 to 1. Null until twelve candles were seen or when nothing was traded in them.
 */
export interface PriceActionSentiment {
  observe(candle: Candle): void
  value(): number | null
}

export function createPriceActionSentiment(): PriceActionSentiment {
  const signed = createTrailingWindow(sentimentCandles)
  const traded = createTrailingWindow(sentimentCandles)
  return {
    observe({ open, close, volume }) {
      signed.push(Math.sign(close - open) * volume)
      traded.push(volume)
    },
    value() {
      if (traded.size < sentimentCandles) return null
      const total = traded.sum()
      return total > 0 ? Math.max(-1, Math.min(1, signed.sum() / total)) : null
    },
  }
}
