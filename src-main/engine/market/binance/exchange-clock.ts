import { type Outcome, success } from '@shared/contract/outcome'
import type { WallClock } from '../clock'

/**
 * The exchange's clock, carried on by the machine's steady clock between two measurements. Whether a candle has closed
 * is judged by it alone: the machine's time of day may be wrong or be set at any moment.
 */
export interface ExchangeClock<Code extends string> {
  /** Never ahead of the exchange: what it said, plus what has passed here since the answer arrived. */
  nowMs(): number
  /** Asks the exchange. */
  measure(): Promise<Outcome<number, Code>>
  /** A message says when the exchange sent it: by then its clock had come at least so far. */
  heard(eventMs: number): void
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
/** Messages older than this say nothing of the time of day. */
const freshMs = 10_000
/** No message is on its way for so long while others come in. */
const implausibleMs = 2000
/** Smaller moves are a time server's corrections. */
const noticedJumpMs = 1000

export function createExchangeClock<Code extends string>(
  clock: Pick<WallClock, 'nowMs' | 'steadyMs'>,
  ask: () => Promise<Outcome<number, Code>>,
): ExchangeClock<Code> {
  let serverMs = 0
  let steadyMs = Number.NEGATIVE_INFINITY
  let localMs = 0

  /** The message that says most about the exchange's clock, and when it came. */
  let heard: { readonly eventMs: number; readonly steadyMs: number } | null = null

  /** What the messages say, as long as they are fresh; null otherwise. */
  function heardNowMs(): number | null {
    const sinceMs = heard === null ? Number.POSITIVE_INFINITY : clock.steadyMs() - heard.steadyMs
    return heard === null || sinceMs > freshMs ? null : heard.eventMs + sinceMs
  }

  function nowMs(): number {
    const measuredMs = serverMs + (clock.steadyMs() - steadyMs)
    const heardMs = heardNowMs()
    if (heardMs === null) return measuredMs
    // Of two words of the exchange that cannot both be right, the one that lets fewer candles be closed.
    return measuredMs > heardMs + implausibleMs ? heardMs : Math.max(measuredMs, heardMs)
  }

  const drifted = (): number => clock.nowMs() - localMs - (clock.steadyMs() - steadyMs)

  return {
    nowMs,
    heard(eventMs) {
      if (eventMs > (heardNowMs() ?? Number.NEGATIVE_INFINITY)) heard = { eventMs, steadyMs: clock.steadyMs() }
    },
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
