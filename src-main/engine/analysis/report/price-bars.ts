import type { MarketSymbol } from '@shared/contract/candle'
import type { PriceBars } from './trading-record'

/** Bars of all symbols together in one record; a symbol keeps at least `leastBars`. */
const barsInAll = 32_768
const mostBars = 16_384
const leastBars = 512

/** How many bars each of `symbols` symbols may keep. */
export function barsPerSymbol(symbols: number): number {
  return Math.max(leastBars, Math.min(mostBars, Math.floor(barsInAll / Math.max(1, symbols))))
}

export interface PriceBarsOptions {
  readonly symbol: MarketSymbol
  /** Length of a candle. */
  readonly candleMs: number
  readonly source: PriceBars['source']
  readonly limit: number
}

export interface PriceBarsTrack {
  /** Candles in rising order of time. */
  add(openMs: number, open: number, high: number, low: number, close: number): void
  end(): PriceBars
}

/** Keeps a symbol's prices in at most `limit` bars: when they are full, bars double in length and are merged. */
export function trackBars({ symbol, candleMs, source, limit }: PriceBarsOptions): PriceBarsTrack {
  let barMs = candleMs
  let used = 0
  const openTimes = new Float64Array(limit)
  const opens = new Float64Array(limit)
  const highs = new Float64Array(limit)
  const lows = new Float64Array(limit)
  const closes = new Float64Array(limit)
  const at = (values: Float64Array, place: number): number => values[place] ?? 0

  function put(openMs: number, open: number, high: number, low: number, close: number): void {
    const barOpenMs = openMs - (openMs % barMs)
    const last = used - 1
    if (last >= 0 && at(openTimes, last) === barOpenMs) {
      highs[last] = Math.max(at(highs, last), high)
      lows[last] = Math.min(at(lows, last), low)
      closes[last] = close
      return
    }
    openTimes[used] = barOpenMs
    opens[used] = open
    highs[used] = high
    lows[used] = low
    closes[used] = close
    used += 1
  }

  function double(): void {
    barMs *= 2
    const before = used
    used = 0
    // A merged bar never lies behind the bar that is read: the lists can be rewritten in place.
    for (let place = 0; place < before; place += 1) {
      put(at(openTimes, place), at(opens, place), at(highs, place), at(lows, place), at(closes, place))
    }
  }

  return {
    add(openMs, open, high, low, close) {
      put(openMs, open, high, low, close)
      while (used >= limit) double()
    },
    end() {
      const kept = (values: Float64Array): number[] => [...values.subarray(0, used)]
      const prices = { open: kept(opens), high: kept(highs), low: kept(lows), close: kept(closes) }
      return { symbol, barMs, source, openMs: kept(openTimes), ...prices }
    },
  }
}
