import { setTimeout as sleep } from 'node:timers/promises'

/** The clock, as a parameter: live polling and paced replay wait on it, tests turn it by hand. */
export interface WallClock {
  /** UTC milliseconds; jumps when somebody sets the machine's clock. */
  nowMs(): number
  /** Milliseconds since some moment; never jumps and never goes back. */
  steadyMs(): number
  /** Resolves when the clock reads `atMs`, or as soon as `signal` aborts; never rejects. */
  sleepUntilMs(atMs: number, signal: AbortSignal): Promise<void>
  /** Resolves after so many steady milliseconds, or as soon as `signal` aborts; never rejects. */
  sleepMs(durationMs: number, signal: AbortSignal): Promise<void>
}

/** Node fires timers of more than 2^31 - 1 ms at once; longer waits are taken in pieces. */
const longestTimerMs = 2_147_483_647

export const systemClock: WallClock = {
  nowMs: () => Date.now(),
  steadyMs: () => performance.now(),
  sleepUntilMs: (atMs, signal) => sleepWhile(() => atMs - Date.now(), signal),
  sleepMs(durationMs, signal) {
    const endMs = performance.now() + durationMs
    return sleepWhile(() => endMs - performance.now(), signal)
  },
}

async function sleepWhile(leftMs: () => number, signal: AbortSignal): Promise<void> {
  for (let left = leftMs(); left > 0 && !signal.aborted; left = leftMs()) {
    await sleep(Math.min(left, longestTimerMs), undefined, { signal }).catch(() => undefined)
  }
}
