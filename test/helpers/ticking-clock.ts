import type { WallClock } from '../../src-main/engine/market/clock'

export interface TickingClock extends WallClock {
  /** The time goes on by so much at once, as it does while a machine sleeps through it. */
  leapMs(byMs: number): void
  /** Somebody sets the machine's clock: the time of day changes, the steady time does not. */
  setByMs(byMs: number): void
  stop(): void
}

/**
 * A clock that goes on by `tickMs` whenever this process comes round to it, about once a millisecond. Where the machine
 * is busy and everything else in the process takes longer, time takes longer with it: nothing can be too slow for it.
 */
export function tickingClock(startMs: number, tickMs: number): TickingClock {
  let passedMs = 0
  let setMs = 0
  const sleepers = new Set<{ readonly untilMs: number; readonly wake: () => void }>()

  function leapMs(byMs: number): void {
    passedMs += byMs
    for (const sleeper of sleepers) if (sleeper.untilMs <= passedMs) sleeper.wake()
  }

  function sleepMs(durationMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || durationMs <= 0) return Promise.resolve()
    return new Promise((resolve) => {
      const sleeper = { untilMs: passedMs + durationMs, wake }
      function wake(): void {
        sleepers.delete(sleeper)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      sleepers.add(sleeper)
      signal.addEventListener('abort', wake)
    })
  }

  const ticking = setInterval(() => leapMs(tickMs), 1)
  return {
    nowMs: () => startMs + passedMs + setMs,
    steadyMs: () => passedMs,
    sleepMs,
    sleepUntilMs: (atMs, signal) => sleepMs(atMs - startMs - passedMs - setMs, signal),
    leapMs,
    setByMs(byMs) {
      setMs += byMs
    },
    stop: () => clearInterval(ticking),
  }
}
