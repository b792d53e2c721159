import { failure, type Outcome, success } from '@shared/contract/outcome'
import { delisted, type ExchangeState } from './exchange-state'
import type { ExchangeFault } from './fault'
import type { StreamFeed } from './stream-feed'

/** Faults that are not of one answer or message: the state of the exchange while and after they strike. */
export interface ExchangeChanges {
  apply(fault: ExchangeFault, nowMs: number): Outcome<null, FaultProblemCode>
  /** Nothing answers. */
  isOut(nowMs: number): boolean
  /** What `/time` says. */
  shownTimeMs(nowMs: number): number
}

export type FaultProblemCode = 'unknown_pair' | 'no_closed_candle'

const bps = 1e-4

export function createExchangeChanges(state: ExchangeState, feed: StreamFeed, cutSockets: () => void): ExchangeChanges {
  let outUntilMs = 0
  let skew = { byMs: 0, untilMs: 0 }

  function correct(pairName: string, closeBps: number, nowMs: number): Outcome<null, FaultProblemCode> {
    const pair = state.pairs.get(pairName)
    if (pair === undefined) return unknownPair(pairName)
    const current = pair.market.candleAt(nowMs - 1)
    const closed = current === null ? null : pair.market.candleAt(current.openTimeMs - 1)
    if (closed === null) return failure('no_closed_candle', `${pairName} has no closed candle to correct just now.`)
    const ticks = 10 ** pair.market.priceDecimals
    const { openTimeMs, open, volume } = closed
    const close = Math.round(closed.close * (1 + closeBps * bps) * ticks) / ticks
    const high = Math.max(closed.high, close)
    const low = Math.min(closed.low, close)
    pair.market.correct({ openTimeMs, open, high, low, close, volume })
    feed.repeatKline(pairName, openTimeMs, nowMs)
    return success(null)
  }

  return {
    isOut: (nowMs) => nowMs < outUntilMs,
    shownTimeMs: (nowMs) => (nowMs < skew.untilMs ? nowMs + skew.byMs : nowMs),
    apply(fault, nowMs) {
      switch (fault.kind) {
        case 'sockets_cut':
          cutSockets()
          return success(null)
        case 'outage':
          outUntilMs = nowMs + fault.forMs
          cutSockets()
          return success(null)
        case 'clock_skew':
          skew = { byMs: fault.byMs, untilMs: nowMs + fault.forMs }
          return success(null)
        case 'candle_corrected':
          return correct(fault.pair, fault.closeBps, nowMs)
        case 'delisted': {
          const pair = state.pairs.get(fault.pair)
          if (pair === undefined) return unknownPair(fault.pair)
          pair.listed = { ...pair.listed, status: delisted }
          return success(null)
        }
        case 'filters_changed': {
          const pair = state.pairs.get(fault.pair)
          if (pair === undefined) return unknownPair(fault.pair)
          const changed = new Map(fault.filters.map((filter) => [filter.filterType, filter]))
          const kept = pair.listed.filters.filter(({ filterType }) => !changed.has(filterType))
          pair.listed = { ...pair.listed, filters: [...kept, ...changed.values()] }
          return success(null)
        }
      }
    },
  }
}

function unknownPair(pair: string): Outcome<never, FaultProblemCode> {
  return failure('unknown_pair', `${pair} is not traded here. Name one of the recorded pairs.`)
}
