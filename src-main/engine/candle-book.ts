import type { Candle, MarketSymbol } from '@shared/contract/candle'
import type { MarketUpdate } from '@shared/contract/market-data'
import type { Venue } from './market/venue'

/** Candles kept per symbol for the chart; the oldest leave first. */
const keptCandles = 2000

export interface CandleBook {
  /** The last `limit` candles, oldest first. */
  last(symbol: MarketSymbol, limit: number): readonly Candle[]
  /** The same venue, with everything it hands out noted down. */
  watch(venue: Venue): Venue
}

/** What the chart can show: the warm-up and every candle since, as they pass from the venue to the desk. */
export function createCandleBook(): CandleBook {
  const bySymbol = new Map<MarketSymbol, Candle[]>()

  function add(symbol: MarketSymbol, candle: Candle): void {
    const candles = bySymbol.get(symbol) ?? []
    candles.push(candle)
    // Cut back in strides, so that keeping the book costs next to nothing per candle.
    bySymbol.set(symbol, candles.length >= 2 * keptCandles ? candles.slice(-keptCandles) : candles)
  }

  return {
    last: (symbol, limit) => bySymbol.get(symbol)?.slice(-Math.min(limit, keptCandles)) ?? [],
    watch(venue) {
      bySymbol.clear()
      for (const symbol of venue.symbols) bySymbol.set(symbol, [...venue.warmUp(symbol)])
      async function* updates(signal: AbortSignal, decidedUntilMs?: number | null): AsyncGenerator<MarketUpdate> {
        for await (const update of venue.updates(signal, decidedUntilMs)) {
          add(update.symbol, update.candle)
          yield update
        }
      }
      return { ...venue, updates }
    },
  }
}
