import type { WallClock } from '../../src-main/engine/market/clock'

export interface HandClock extends WallClock {
  /** Every wait that was asked for, in milliseconds. */
  readonly waitsMs: readonly number[]
}

/** A clock that stands still until somebody waits on it, and then is where they wanted it. */
export function handClock(startMs: number): HandClock {
  let nowMs = startMs
  const waitsMs: number[] = []
  return {
    waitsMs,
    nowMs: () => nowMs,
    async sleepUntilMs(atMs, signal) {
      if (signal.aborted) return
      waitsMs.push(atMs - nowMs)
      nowMs = Math.max(nowMs, atMs)
      // Others get a turn, as they would while a real clock runs.
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}
