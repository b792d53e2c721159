import { type Outcome, success } from '@shared/contract/outcome'
import type { WallClock } from '../clock'

/**
 * The exchange's clock, carried on by the machine's steady clock between two measurements. Whether a candle has closed
 * is judged by it alone: the machine's time of day may be wrong or be set at any moment.
 */
export interface ExchangeClock {
  /** Never ahead of the exchange: what it said, plus what has passed here since the answer arrived. */
  nowMs(): number
  /** Asks the exchange. */
  measure(): Promise<Outcome<number, string>>
  /** How far the machine's time of day runs ahead of the exchange's (negative: behind), at the last measurement. */
  localAheadMs(): number
  /**
   * How far the machine's time of day was moved since it was measured; zero while it runs with the steady clock. A
   * sleep of the machine shows here too, because the steady clock stands still meanwhile.
   */
  jumpedMs(): number
  /** Time to ask again. */
  isDue(): boolean
}

const measureEveryMs = 10 * 60_000
/** Smaller moves are a time server's corrections. */
const noticedJumpMs = 1000

export function createExchangeClock<Code extends string>(
  clock: Pick<WallClock, 'nowMs' | 'steadyMs'>,
  ask: () => Promise<Outcome<number, Code>>,
): ExchangeClock & { measure(): Promise<Outcome<number, Code>> } {
  let serverMs = 0
  let steadyMs = Number.NEGATIVE_INFINITY
  let localMs = 0

  const drifted = (): number => clock.nowMs() - localMs - (clock.steadyMs() - steadyMs)

  return {
    nowMs: () => serverMs + (clock.steadyMs() - steadyMs),
    async measure() {
      const answer = await ask()
      if (!answer.ok) return answer
      serverMs = answer.value
      steadyMs = clock.steadyMs()
      localMs = clock.nowMs()
      return success(serverMs)
    },
    localAheadMs: () => localMs - serverMs,
    jumpedMs() {
      const byMs = drifted()
      return Math.abs(byMs) < noticedJumpMs ? 0 : byMs
    },
    isDue: () => clock.steadyMs() - steadyMs >= measureEveryMs || Math.abs(drifted()) >= noticedJumpMs,
  }
}
