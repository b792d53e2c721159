import type { MarketAnomaly, MarketSymbol } from '@shared/contract/candle'
import type { CandleFeed } from './candle-feed'

/** How well a symbol is heard. Times by the exchange's clock. */
export interface Pulse {
  readonly isLinked: boolean
  /** When the last message about the symbol came; null before the first. */
  readonly heardAtMs: number | null
  /** From the exchange's sending of the last message to our hearing of it; null before the first. */
  readonly lagMs: number | null
}

/** A symbol that is heard again after it had gone stale. */
export interface Recovery {
  readonly symbol: MarketSymbol
  readonly anomaly: MarketAnomaly
}

export interface Liveness {
  heard(symbol: MarketSymbol, eventMs: number, nowMs: number): void
  /** The outage that ends here; null where there was none. */
  linked(symbol: MarketSymbol, nowMs: number): MarketAnomaly | null
  lost(symbol: MarketSymbol, nowMs: number, reason: string): void
  /** Symbols that nothing is heard of, in the order of the feeds. */
  stale(feeds: readonly CandleFeed[], nowMs: number): MarketSymbol[]
  /** Takes note of what has gone stale since the last call; answers with what is heard again, each told once. */
  recoveries(feeds: readonly CandleFeed[], nowMs: number): Recovery[]
  pulse(symbol: MarketSymbol): Pulse
  /** Symbols whose connection has been down for longer than it takes to open it anew. */
  unlinked(nowMs: number): MarketSymbol[]
}

/** A candle that has not come so long after its close is overdue, REST having been asked for it as well. */
const overdueAfterMs = 60_000
/** A symbol that trades shows a change of its book far more often. */
const silentAfterMs = 120_000
/** Connections break and are back within a second or two all the time. */
const unlinkedAfterMs = 10_000

interface SymbolPulse {
  linkedAtMs: number | null
  /** Since when there is no connection, where there should be one. */
  unlinkedSinceMs: number | null
  outage: { readonly fromMs: number; readonly reason: string } | null
  heardAtMs: number | null
  lagMs: number | null
  staleSinceMs: number | null
}

/** Watches over what is heard of each symbol: outages, silence, candles that are overdue. */
export function createLiveness(
  symbols: readonly MarketSymbol[],
  { stepMs, expectsTicks }: { readonly stepMs: number; readonly expectsTicks: boolean },
): Liveness {
  const pulses = new Map<MarketSymbol, SymbolPulse>(
    symbols.map((symbol) => [
      symbol,
      { linkedAtMs: null, unlinkedSinceMs: null, outage: null, heardAtMs: null, lagMs: null, staleSinceMs: null },
    ]),
  )

  function isStale(feed: CandleFeed, nowMs: number): boolean {
    const pulse = pulses.get(feed.symbol)
    if (nowMs - (feed.expectedMs() + stepMs) > overdueAfterMs) return true
    const linkedAtMs = pulse?.linkedAtMs ?? null
    if (!expectsTicks || linkedAtMs === null) return false
    return nowMs - Math.max(pulse?.heardAtMs ?? 0, linkedAtMs) > silentAfterMs
  }

  return {
    heard(symbol, eventMs, nowMs) {
      const pulse = pulses.get(symbol)
      if (pulse === undefined) return
      pulse.heardAtMs = nowMs
      pulse.lagMs = Math.max(0, nowMs - eventMs)
    },
    linked(symbol, nowMs) {
      const pulse = pulses.get(symbol)
      if (pulse === undefined) return null
      const { outage } = pulse
      pulse.linkedAtMs = nowMs
      pulse.unlinkedSinceMs = null
      pulse.outage = null
      return outage === null
        ? null
        : { kind: 'outage', fromMs: whole(outage.fromMs), toMs: whole(nowMs), reason: outage.reason }
    },
    lost(symbol, nowMs, reason) {
      const pulse = pulses.get(symbol)
      if (pulse === undefined) return
      // A first link that never came about is no outage: REST has carried the candles from the start.
      if (pulse.linkedAtMs !== null) pulse.outage ??= { fromMs: nowMs, reason }
      pulse.linkedAtMs = null
      pulse.unlinkedSinceMs ??= nowMs
    },
    stale: (feeds, nowMs) => feeds.filter((feed) => isStale(feed, nowMs)).map((feed) => feed.symbol),
    recoveries(feeds, nowMs) {
      const recovered: Recovery[] = []
      for (const feed of feeds) {
        const pulse = pulses.get(feed.symbol)
        if (pulse === undefined) continue
        if (isStale(feed, nowMs)) pulse.staleSinceMs ??= nowMs
        else if (pulse.staleSinceMs !== null) {
          const anomaly = { kind: 'stale_feed', fromMs: whole(pulse.staleSinceMs), toMs: whole(nowMs) } as const
          recovered.push({ symbol: feed.symbol, anomaly })
          pulse.staleSinceMs = null
        }
      }
      return recovered
    },
    pulse(symbol) {
      const pulse = pulses.get(symbol)
      return {
        isLinked: (pulse?.linkedAtMs ?? null) !== null,
        heardAtMs: pulse?.heardAtMs ?? null,
        lagMs: pulse?.lagMs ?? null,
      }
    },
    unlinked: (nowMs) =>
      [...pulses]
        .filter(([, { unlinkedSinceMs }]) => unlinkedSinceMs !== null && nowMs - unlinkedSinceMs > unlinkedAfterMs)
        .map(([symbol]) => symbol),
  }
}

function whole(timeMs: number): number {
  return Math.max(0, Math.round(timeMs))
}
