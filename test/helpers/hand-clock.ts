import type { WallClock } from '../../src-main/engine/market/clock'

export interface HandClock extends WallClock {
  /** Every wait that was asked for, in milliseconds. */
  readonly waitsMs: readonly number[]
  /** Somebody sets the machine's clock: the time of day changes, the steady time does not. */
  jumpMs(byMs: number): void
}

/** A clock that stands still until somebody waits on it, and then is where they wanted it. */
export function handClock(startMs: number): HandClock {
  let steadyMs = startMs
  let jumpedMs = 0
  const waitsMs: number[] = []

  async function wait(durationMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    waitsMs.push(durationMs)
    steadyMs += Math.max(0, durationMs)
    // Others get a turn, as they would while a real clock runs.
    await new Promise((resolve) => setImmediate(resolve))
  }

  return {
    waitsMs,
    nowMs: () => steadyMs + jumpedMs,
    steadyMs: () => steadyMs,
    sleepUntilMs: (atMs, signal) => wait(atMs - steadyMs - jumpedMs, signal),
    sleepMs: wait,
    jumpMs(byMs) {
      jumpedMs += byMs
    },
  }
}
