import type { Problem } from '@shared/contract/outcome'
import type { EngineState } from '@shared/contract/shell-bridge'

/**
 * When the engine is started, restarted, given up and ended: a pure rule from what happened to what is to be done.
 * The exit of the process is the only proof that it is gone; three failures in a row open the breaker, and only the
 * user closes it.
 */
export interface EngineLife {
  readonly phase: 'idle' | 'starting' | 'ready' | 'waiting' | 'broken' | 'stopping' | 'ended'
  /** Of the latest process; 0 before the first. */
  readonly generation: number
  readonly failuresInARow: number
  /** Null until the present process said that it is ready. */
  readonly readyAtMs: number | null
  /** Why the latest process failed, in the engine's own words where it gave some. */
  readonly problem: Problem | null
}

export const UNBORN_ENGINE: EngineLife = {
  phase: 'idle',
  generation: 0,
  failuresInARow: 0,
  readyAtMs: null,
  problem: null,
}

export interface EnginePace {
  /** Waits before the second and the third start in a row; the third failure opens the breaker. */
  readonly backoffMs: readonly number[]
  /** An engine that was ready for this long had a good life: its fall counts as the first. */
  readonly stableAfterMs: number
  /** An engine that is not ready by then is killed; a large ledger may take its time to migrate. */
  readonly startDeadlineMs: number
  /** An engine that was asked to stop and still runs is killed. */
  readonly stopDeadlineMs: number
}

export const USUAL_PACE: EnginePace = {
  backoffMs: [500, 2_000],
  stableAfterMs: 60_000,
  startDeadlineMs: 120_000,
  stopDeadlineMs: 5_000,
}

export type EngineEvent =
  | { readonly kind: 'wanted' }
  | { readonly kind: 'restart-asked' }
  | { readonly kind: 'stop-asked' }
  /** Nothing can be launched at all, for instance because the Node runtime is missing. */
  | { readonly kind: 'unlaunchable'; readonly problem: Problem }
  | { readonly kind: 'ready'; readonly atMs: number }
  | { readonly kind: 'failed'; readonly problem: Problem }
  | { readonly kind: 'exited'; readonly atMs: number; readonly problem: Problem }
  /** The time that `dueAfterMs` gave to the present phase is over. */
  | { readonly kind: 'due' }

export type EngineAction = 'none' | 'launch' | 'ask-to-stop' | 'kill'

export interface EngineStep {
  readonly life: EngineLife
  readonly action: EngineAction
}

export function stepEngineLife(life: EngineLife, event: EngineEvent, pace: EnginePace): EngineStep {
  const stay: EngineStep = { life, action: 'none' }
  const isUp = life.phase === 'starting' || life.phase === 'ready'
  switch (event.kind) {
    case 'wanted':
      return life.phase === 'idle' ? launch(life) : stay
    case 'restart-asked':
      return life.phase === 'broken' ? launch({ ...life, failuresInARow: 0 }) : stay
    case 'stop-asked':
      if (isUp) return { life: { ...life, phase: 'stopping' }, action: 'ask-to-stop' }
      return life.phase === 'stopping' ? stay : { life: { ...life, phase: 'ended' }, action: 'none' }
    case 'unlaunchable':
      return { life: { ...life, phase: 'broken', problem: event.problem }, action: 'none' }
    case 'ready':
      if (life.phase !== 'starting') return stay
      return { life: { ...life, phase: 'ready', readyAtMs: event.atMs }, action: 'none' }
    case 'failed':
      return isUp ? { life: { ...life, problem: event.problem }, action: 'none' } : stay
    case 'exited':
      if (life.phase === 'stopping') return { life: { ...life, phase: 'ended' }, action: 'none' }
      return isUp ? fall(life, event, pace) : stay
    case 'due':
      if (life.phase === 'waiting') return launch(life)
      return life.phase === 'starting' || life.phase === 'stopping' ? { life, action: 'kill' } : stay
  }
}

function launch(life: EngineLife): EngineStep {
  return {
    life: { ...life, phase: 'starting', generation: life.generation + 1, readyAtMs: null, problem: null },
    action: 'launch',
  }
}

function fall(life: EngineLife, exit: { atMs: number; problem: Problem }, pace: EnginePace): EngineStep {
  const wasStable = life.readyAtMs !== null && exit.atMs - life.readyAtMs >= pace.stableAfterMs
  const failuresInARow = (wasStable ? 0 : life.failuresInARow) + 1
  const phase = failuresInARow > pace.backoffMs.length ? 'broken' : 'waiting'
  return { life: { ...life, phase, failuresInARow, problem: life.problem ?? exit.problem }, action: 'none' }
}

/** Milliseconds after which the present phase is due for the event `due`; null where it may last. */
export function dueAfterMs(life: EngineLife, pace: EnginePace): number | null {
  switch (life.phase) {
    case 'starting':
      return pace.startDeadlineMs
    case 'waiting':
      return pace.backoffMs[life.failuresInARow - 1] ?? 0
    case 'stopping':
      return pace.stopDeadlineMs
    default:
      return null
  }
}

/** What the screen is told. */
export function engineStateOf(life: EngineLife): EngineState {
  switch (life.phase) {
    case 'idle':
      return 'starting'
    case 'starting':
      return life.failuresInARow === 0 ? 'starting' : 'restarting'
    case 'waiting':
      return 'restarting'
    case 'ready':
      return 'ready'
    case 'broken':
    case 'stopping':
    case 'ended':
      return 'stopped'
  }
}
