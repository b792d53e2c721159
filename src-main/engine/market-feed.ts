import type { MarketFeed } from '@shared/contract/market-data'
import type { Venue } from './market/venue'

/** Watches how a live market is heard; null for a recorded one, which is always there. */
export function watchMarketFeed(venue: Pick<Venue, 'problem' | 'staleSymbols' | 'nowMs'>): (() => MarketFeed) | null {
  const { nowMs } = venue
  if (nowMs === undefined) return null
  const timeMs = (): number => Math.max(0, Math.floor(nowMs()))
  let state: MarketFeed['state'] = 'sound'
  let sinceMs = timeMs()
  return () => {
    const problem = venue.problem()
    const now = problem === null ? 'sound' : problem.code === 'feed_stale' ? 'late' : 'lost'
    if (now !== state) sinceMs = timeMs()
    state = now
    return { state, sinceMs, reason: problem?.message ?? '', lateSymbols: [...(venue.staleSymbols?.() ?? [])] }
  }
}
