import type { ChildProcess } from 'node:child_process'
import { engineFrameSchema, type ShellFrame } from '@shared/contract/engine-frames'
import type { Outcome, Problem } from '@shared/contract/outcome'
import type { EngineState } from '@shared/contract/shell-bridge'
import {
  dueAfterMs,
  type EngineEvent,
  type EngineLife,
  type EnginePace,
  engineStateOf,
  stepEngineLife,
  UNBORN_ENGINE,
} from './engine-policy'

export interface EngineSupervisor {
  /** Starts the engine if nobody has wanted it yet. */
  want(): void
  /** The user's word, and the only way out of `stopped`. */
  restart(): void
  /** False, and nothing sent, while the engine is not ready. */
  send(frame: ClientFrame): boolean
  state(): EngineState
  /** The breaker is open: nothing but the user's word starts the engine again. */
  isGivenUp(): boolean
  /** Why the engine fell the last time; null while all is well. */
  problem(): Problem | null
  /** Asks the engine to end, kills it after the deadline, and answers when it is gone; nothing starts it again. */
  stop(): Promise<void>
}

/** A frame about one screen; the supervisor adds the generation. */
export type ClientFrame =
  | { readonly kind: 'client.open'; readonly clientId: string }
  | { readonly kind: 'client.text'; readonly clientId: string; readonly text: string }
  | { readonly kind: 'client.close'; readonly clientId: string }

export interface SupervisorNeeds {
  readonly pace: EnginePace
  readonly nowMs: () => number
  readonly launch: (generation: number) => Outcome<ChildProcess>
  readonly onText: (clientId: string, text: string) => void
  /** Told at every change, and again at every further restart. */
  readonly onState: (state: EngineState, problem: Problem | null) => void
  readonly log: (line: string) => void
}

/** Keeps one engine process running by the rules of `engine-policy`. */
export function superviseEngine(needs: SupervisorNeeds): EngineSupervisor {
  let life: EngineLife = UNBORN_ENGINE
  let child: ChildProcess | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  const ended = Promise.withResolvers<void>()

  function happened(event: EngineEvent): void {
    const before = life
    const step = stepEngineLife(life, event, needs.pace)
    life = step.life
    if (life.phase !== before.phase) enterPhase(before)
    if (step.action === 'launch') launch()
    if (step.action === 'ask-to-stop') write({ kind: 'stop', generation: life.generation })
    if (step.action === 'kill') child?.kill('SIGKILL')
  }

  function enterPhase(before: EngineLife): void {
    clearTimeout(timer)
    const delayMs = dueAfterMs(life, needs.pace)
    if (delayMs !== null) timer = setTimeout(() => happened({ kind: 'due' }), delayMs)
    const state = engineStateOf(life)
    if (state !== engineStateOf(before) || life.phase === 'waiting') needs.onState(state, life.problem)
    if (life.phase === 'ended') ended.resolve()
  }

  function launch(): void {
    const launched = needs.launch(life.generation)
    if (launched.ok) {
      child = launched.value
      if (child.pid !== undefined) needs.log(`engine ${life.generation} runs as process ${child.pid}`)
      follow(launched.value, life.generation)
    } else {
      happened({ kind: 'unlaunchable', problem: launched.problem })
    }
  }

  function follow(process: ChildProcess, generation: number): void {
    const gone = (how: string): void => {
      if (child !== process) return
      child = null
      needs.log(`engine ${generation} ${how}`)
      const problem = { code: 'engine_exited', message: `The engine ${how}.` }
      happened({ kind: 'exited', atMs: needs.nowMs(), problem })
    }
    process.on('message', (message) => receive(message, generation))
    process.on('exit', (code, signal) => gone(signal === null ? `ended with code ${code}` : `was ended by ${signal}`))
    process.on('error', (error) => {
      // Without a process id it never ran, and no exit will follow; every other error leaves the exit to tell.
      if (process.pid === undefined) gone(`could not be started: ${error.message}`)
      else needs.log(`engine ${generation}: ${error.message}`)
    })
  }

  function receive(message: unknown, generation: number): void {
    const parsed = engineFrameSchema.safeParse(message)
    if (!parsed.success) {
      needs.log(`engine ${generation} sent a frame that the contract does not know`)
      return
    }
    const frame = parsed.data
    if (frame.generation !== life.generation || generation !== life.generation) return
    switch (frame.kind) {
      case 'ready':
        happened({ kind: 'ready', atMs: needs.nowMs() })
        break
      case 'failed':
        needs.log(`engine ${generation} failed: ${frame.problem.message}`)
        happened({ kind: 'failed', problem: frame.problem })
        break
      case 'client.text':
        if (life.phase === 'ready') needs.onText(frame.clientId, frame.text)
    }
  }

  function write(frame: ShellFrame): void {
    if (child?.connected !== true) return
    // A channel that closes under the frame belongs to an engine whose exit is about to be told.
    child.send(frame, () => {})
  }

  return {
    want: () => happened({ kind: 'wanted' }),
    restart: () => happened({ kind: 'restart-asked' }),
    send(frame) {
      if (life.phase !== 'ready') return false
      write({ ...frame, generation: life.generation })
      return true
    },
    state: () => engineStateOf(life),
    isGivenUp: () => life.phase === 'broken',
    problem: () => life.problem,
    stop() {
      happened({ kind: 'stop-asked' })
      return ended.promise
    },
  }
}
