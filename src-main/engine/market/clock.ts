import { setTimeout as sleep } from 'node:timers/promises'

/** The wall clock, as a parameter: live polling and paced replay wait on it, tests turn it by hand. */
export interface WallClock {
  /** UTC milliseconds. */
  nowMs(): number
  /** Resolves when the clock reads `atMs`, or as soon as `signal` aborts; never rejects. */
  sleepUntilMs(atMs: number, signal: AbortSignal): Promise<void>
}

/** Node fires timers of more than 2^31 - 1 ms at once; longer waits are taken in pieces. */
const longestTimerMs = 2_147_483_647

export const systemClock: WallClock = {
  nowMs: () => Date.now(),
  async sleepUntilMs(atMs, signal) {
    for (let leftMs = atMs - Date.now(); leftMs > 0 && !signal.aborted; leftMs = atMs - Date.now()) {
      await sleep(Math.min(leftMs, longestTimerMs), undefined, { signal }).catch(() => undefined)
    }
  },
}
