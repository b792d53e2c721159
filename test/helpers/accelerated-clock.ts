import { systemClock, type WallClock } from '../../src-main/engine/market/clock'

/** The clock of a market that runs `speed` times as fast: waits for it shrink with its minutes. It begins at `startMs`. */
export function acceleratedClock(startMs: number, speed: number): WallClock {
  const beganMs = performance.now()
  const steadyMs = (): number => (performance.now() - beganMs) * speed
  const sleepMs = (durationMs: number, signal: AbortSignal): Promise<void> =>
    systemClock.sleepMs(durationMs / speed, signal)
  return {
    steadyMs,
    nowMs: () => Math.floor(startMs + steadyMs()),
    sleepMs,
    sleepUntilMs: (atMs, signal) => sleepMs(atMs - (startMs + steadyMs()), signal),
  }
}
