import { type MarketSymbol, type Timeframe, timeframeMs } from '@shared/contract/candle'
import type { MarketTick, MarketUpdate } from '@shared/contract/market-data'

/** Share of a candle's volume that must have been seen trade by trade for its trades to stand for it. */
const wholeShare = 0.999
/** Candles of which traded volume is kept: the open one and those whose close is still being decided on. */
const keptCandles = 4

/**
 * Ticks of a live market between the moment they come and the moment the desk has time for them. It also knows how much
 * of a candle was seen as trades: where all of it was, the candle itself must not fill anything a second time.
 */
export interface TickQueue {
  add(tick: MarketTick): void
  /** Everything that waits, oldest first; the queue is empty afterwards. */
  drain(): readonly MarketTick[]
  /** Whether the trades that came tell all that this candle could. */
  hasSeenAll(update: MarketUpdate): boolean
}

export function createTickQueue(timeframe: Timeframe): TickQueue {
  const stepMs = timeframeMs[timeframe]
  const volumes = new Map<MarketSymbol, Map<number, number>>()
  let waiting: MarketTick[] = []

  function count(symbol: MarketSymbol, timeMs: number, qtyBase: number): void {
    const byCandle = volumes.get(symbol) ?? new Map<number, number>()
    volumes.set(symbol, byCandle)
    const openMs = timeMs - (timeMs % stepMs)
    byCandle.set(openMs, (byCandle.get(openMs) ?? 0) + qtyBase)
    if (byCandle.size <= keptCandles) return
    const [oldest] = byCandle.keys()
    if (oldest !== undefined) byCandle.delete(oldest)
  }

  return {
    add(tick) {
      if (tick.kind === 'trade') count(tick.trade.symbol, tick.trade.timeMs, tick.trade.qtyBase)
      waiting.push(tick)
    },
    drain() {
      const drained = waiting
      waiting = []
      return drained
    },
    hasSeenAll({ symbol, candle }) {
      const seen = volumes.get(symbol)?.get(candle.openTimeMs) ?? 0
      return candle.volume > 0 && seen >= candle.volume * wholeShare
    },
  }
}
