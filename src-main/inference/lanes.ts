import type { LlamaContextSequence, Token } from 'node-llama-cpp'
import { sharedLength } from './conversation'

/**
 * The sequences of one context, each answering one question at a time. Who waits is served first come, first served,
 * live questions before those of a backtest. A question goes to a sequence that holds its fixed part already, where
 * one is free, so that the part that never changes is read once and not once per question.
 */
export interface Lanes {
  /**
   * Runs `work` on a sequence that holds exactly `fixedPart`. A turn that is withdrawn while it waits leaves the line
   * at once; `work` itself has to look at the signal.
   */
  run<Value>(turn: Turn, work: (sequence: LlamaContextSequence) => Promise<Value>): Promise<Value | Withdrawn>
  /** Waits until nobody is served any more. */
  idle(): Promise<void>
}

export interface Turn {
  readonly fixedPart: readonly Token[]
  readonly priority: Priority
  readonly signal?: AbortSignal | undefined
}

export type Priority = 'live' | 'backtest'

export const withdrawn = Symbol('withdrawn')
export type Withdrawn = typeof withdrawn

interface Lane {
  readonly sequence: LlamaContextSequence
  /** What the sequence holds below its market; empty when it is fresh or in an unknown state. */
  fixed: readonly Token[]
  busy: boolean
  lastUsed: number
}

interface Waiting {
  readonly turn: Turn
  take(lane: Lane): void
}

export function openLanes(sequences: readonly LlamaContextSequence[]): Lanes {
  const lanes: Lane[] = sequences.map((sequence) => ({ sequence, fixed: [], busy: false, lastUsed: 0 }))
  const lines: Readonly<Record<Priority, Waiting[]>> = { live: [], backtest: [] }
  let served = 0

  function next(): void {
    const line = lines.live.length > 0 ? lines.live : lines.backtest
    const [first] = line
    const lane = first === undefined ? undefined : freeLane(first.turn.fixedPart)
    if (first === undefined || lane === undefined) return
    line.shift()
    served += 1
    lane.busy = true
    lane.lastUsed = served
    first.take(lane)
    next()
  }

  /** One that holds the part, else a fresh one, else the one that was not used for longest. */
  function freeLane(fixedPart: readonly Token[]): Lane | undefined {
    const free = lanes.filter(({ busy }) => !busy).sort((left, right) => left.lastUsed - right.lastUsed)
    return free.find(({ fixed }) => isSame(fixed, fixedPart)) ?? free.find(({ fixed }) => fixed.length === 0) ?? free[0]
  }

  function waitForLane(turn: Turn): Promise<Lane | Withdrawn> {
    return new Promise((resolve) => {
      if (turn.signal?.aborted) return resolve(withdrawn)
      const line = lines[turn.priority]
      const leave = (): void => {
        const place = line.indexOf(waiting)
        if (place !== -1) line.splice(place, 1)
        resolve(withdrawn)
      }
      const waiting: Waiting = {
        turn,
        take(lane) {
          turn.signal?.removeEventListener('abort', leave)
          resolve(lane)
        },
      }
      turn.signal?.addEventListener('abort', leave, { once: true })
      line.push(waiting)
      next()
    })
  }

  return {
    async run(turn, work) {
      const lane = await waitForLane(turn)
      if (lane === withdrawn) return withdrawn
      const { fixed } = lane
      // Until the turn is over nobody knows what the sequence holds.
      lane.fixed = []
      try {
        await rewind(lane.sequence, fixed, turn.fixedPart)
        const value = await work(lane.sequence)
        lane.fixed = turn.fixedPart
        return value
      } finally {
        lane.busy = false
        next()
      }
    },
    async idle() {
      while (lanes.some(({ busy }) => busy)) await new Promise((resolve) => setTimeout(resolve, 1))
    },
  }
}

/** Brings the KV cache to exactly the fixed part. */
async function rewind(
  sequence: LlamaContextSequence,
  held: readonly Token[],
  fixedPart: readonly Token[],
): Promise<void> {
  if (held.length > 0 && isSame(held, fixedPart) && sequence.nextTokenIndex >= held.length) {
    await sequence.eraseContextTokenRanges([{ start: held.length, end: sequence.nextTokenIndex }])
    if (sequence.nextTokenIndex === held.length) return
  }
  await sequence.clearHistory()
  await sequence.evaluateWithoutGeneratingNewTokens([...fixedPart])
}

function isSame(left: readonly Token[], right: readonly Token[]): boolean {
  return left === right || (left.length === right.length && sharedLength(left, right) === left.length)
}
