import { setTimeout as sleep } from 'node:timers/promises'
import type { WallClock } from '../../src-main/engine/market/clock'

/** A clock on which `speed` seconds pass in each real one, so that waits shrink with the market's minutes. */
export function acceleratedClock(startMs: number, speed: number): WallClock {
  const beganAt = performance.now()
  const steadyMs = (): number => (performance.now() - beganAt) * speed
  async function sleepMs(durationMs: number, signal: AbortSignal): Promise<void> {
    await sleep(Math.max(0, durationMs) / speed, undefined, { signal }).catch(() => undefined)
  }
  return {
    steadyMs,
    nowMs: () => Math.floor(startMs + steadyMs()),
    sleepMs,
    sleepUntilMs: (atMs, signal) => sleepMs(atMs - (startMs + steadyMs()), signal),
  }
}
