import type { LlamaContextSequence, Token } from 'node-llama-cpp'
import { sharedLength } from './conversation'

/**
 * The sequences of one context, each answering one question at a time. Who waits is served first come, first served,
 * live questions before those of a backtest. A question goes to a sequence that has read it already, else to one that
 * holds its fixed part, where one is free, so that the part that never changes is read once and not once per question.
 */
export interface Lanes {
  /**
   * Runs `work` on a sequence that has read exactly the question's tokens. A turn that is withdrawn while it waits
   * leaves the line at once, one that is withdrawn while the question is read leaves after the stride; `work` itself
   * has to look at the signal.
   */
  run<Value>(turn: Turn, work: (sequence: LlamaContextSequence) => Promise<Value>): Promise<Value | Withdrawn>
  /** Waits until nobody is served any more. */
  idle(): Promise<void>
}

export interface Prompt {
  readonly tokens: readonly Token[]
  /** So many tokens at the front never change. */
  readonly fixedLength: number
}

export interface Turn {
  readonly prompt: Prompt
  readonly priority: Priority
  readonly signal?: AbortSignal | undefined
}

export type Priority = 'live' | 'backtest'

export const withdrawn = Symbol('withdrawn')
export type Withdrawn = typeof withdrawn

interface Lane {
  readonly sequence: LlamaContextSequence
  /** What the sequence has read, and perhaps more after it; null when it is fresh or in an unknown state. */
  held: Prompt | null
  busy: boolean
  lastUsed: number
}

interface Waiting {
  readonly turn: Turn
  take(lane: Lane): void
}

/** `tokensPerStride` are read in one go; a withdrawal is noticed between two strides. */
export function openLanes(sequences: readonly LlamaContextSequence[], tokensPerStride: number): Lanes {
  const lanes: Lane[] = sequences.map((sequence) => ({ sequence, held: null, busy: false, lastUsed: 0 }))
  const lines: Readonly<Record<Priority, Waiting[]>> = { live: [], backtest: [] }
  let served = 0

  function next(): void {
    const line = lines.live.length > 0 ? lines.live : lines.backtest
    const [first] = line
    const lane = first === undefined ? undefined : freeLane(first.turn.prompt)
    if (first === undefined || lane === undefined) return
    line.shift()
    served += 1
    lane.busy = true
    lane.lastUsed = served
    first.take(lane)
    next()
  }

  /** One that has read the question, else its fixed part, else a fresh one, else the one not used for longest. */
  function freeLane(prompt: Prompt): Lane | undefined {
    const free = lanes.filter(({ busy }) => !busy).sort((left, right) => left.lastUsed - right.lastUsed)
    return (
      free.find(({ held }) => held !== null && isSame(held, prompt)) ??
      free.find(({ held }) => held !== null && isSameFixedPart(held, prompt)) ??
      free.find(({ held }) => held === null) ??
      free[0]
    )
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
      const { held } = lane
      // Until the turn is over nobody knows what the sequence holds.
      lane.held = null
      try {
        if (!(await readPrompt(lane.sequence, held, turn, tokensPerStride))) return withdrawn
        const value = await work(lane.sequence)
        lane.held = turn.prompt
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

/**
 * Brings the KV cache to exactly the question's tokens, in strides that begin where the fixed part ends, whatever was
 * held before: the same question is always computed in the same steps. False when the turn was withdrawn meanwhile.
 */
async function readPrompt(
  sequence: LlamaContextSequence,
  held: Prompt | null,
  { prompt, signal }: Turn,
  tokensPerStride: number,
): Promise<boolean> {
  const { tokens, fixedLength } = prompt
  const kept =
    held === null ? 0 : isSame(held, prompt) ? tokens.length : isSameFixedPart(held, prompt) ? fixedLength : 0
  await keepOnly(sequence, kept)
  const fixedPart = tokens.slice(sequence.nextTokenIndex, fixedLength)
  if (fixedPart.length > 0) await sequence.evaluateWithoutGeneratingNewTokens(fixedPart)
  while (sequence.nextTokenIndex < tokens.length) {
    if (signal?.aborted) return false
    const at = sequence.nextTokenIndex
    await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(at, at + tokensPerStride))
  }
  return !signal?.aborted
}

/** Forgets everything after the first tokens, or everything where a part cannot be forgotten. */
async function keepOnly(sequence: LlamaContextSequence, length: number): Promise<void> {
  if (length > 0 && sequence.nextTokenIndex >= length) {
    await sequence.eraseContextTokenRanges([{ start: length, end: sequence.nextTokenIndex }])
    if (sequence.nextTokenIndex === length) return
  }
  await sequence.clearHistory()
}

function isSame(left: Prompt, right: Prompt): boolean {
  return left.tokens.length === right.tokens.length && sharedLength(left.tokens, right.tokens) === left.tokens.length
}

function isSameFixedPart(left: Prompt, right: Prompt): boolean {
  const { fixedLength } = left
  return fixedLength === right.fixedLength && sharedLength(left.tokens, right.tokens) >= fixedLength
}
