/**
 * The time at the practice exchange. It runs `speed` market seconds per real second from a start in the recording, and
 * never runs backwards.
 */
export interface MarketClock {
  /** UTC milliseconds of market time, whole. */
  nowMs(): number
  /** Market seconds per real second; 0 while the clock stands. */
  speed(): number
  /** Takes effect at once, without a step in the time. */
  setSpeed(speed: number): void
  /** Goes forward to `atMs`; answers false, and does nothing, where that lies in the past. */
  jumpTo(atMs: number): boolean
}

/** `steadyMs` is a real clock in milliseconds that never steps, such as `performance.now`. */
export function createMarketClock(startMs: number, startSpeed: number, steadyMs: () => number): MarketClock {
  let anchorMarketMs = startMs
  let anchorRealMs = steadyMs()
  let speed = startSpeed

  function nowMs(): number {
    return Math.floor(anchorMarketMs + (steadyMs() - anchorRealMs) * speed)
  }

  function anchor(marketMs: number): void {
    anchorMarketMs = marketMs
    anchorRealMs = steadyMs()
  }

  return {
    nowMs,
    speed: () => speed,
    setSpeed(next) {
      anchor(nowMs())
      speed = next
    },
    jumpTo(atMs) {
      if (atMs < nowMs()) return false
      anchor(atMs)
      return true
    },
  }
}
