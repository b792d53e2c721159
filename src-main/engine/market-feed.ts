import type { MarketFeed } from '@shared/contract/market-data'
import type { Venue } from './market/venue'

type Heard = Pick<Venue, 'problem' | 'staleSymbols' | 'unlinkedSymbols' | 'nowMs'>

/** Watches how a live market is heard; null for a recorded one, which is always there. */
export function watchMarketFeed(venue: Heard): (() => MarketFeed) | null {
  const { nowMs } = venue
  if (nowMs === undefined) return null
  const timeMs = (): number => Math.max(0, Math.floor(nowMs()))
  let state: MarketFeed['state'] = 'sound'
  let sinceMs = timeMs()
  return () => {
    const problem = venue.problem()
    const unlinked = venue.unlinkedSymbols?.() ?? []
    const isLate = problem?.code === 'feed_stale' || (problem === null && unlinked.length > 0)
    const now = isLate ? 'late' : problem === null ? 'sound' : 'lost'
    if (now !== state) sinceMs = timeMs()
    state = now
    const reason = problem?.message ?? (unlinked.length === 0 ? '' : withoutConnection)
    return {
      state,
      sinceMs,
      reason,
      lateSymbols: [...new Set([...(venue.staleSymbols?.() ?? []), ...unlinked])].sort(),
    }
  }
}

const withoutConnection =
  'The connection that brings trades and order books is down and is being opened anew. Closed candles are asked for meanwhile.'
