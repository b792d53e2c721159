import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  dueAfterMs,
  type EngineEvent,
  type EngineLife,
  type EnginePace,
  engineStateOf,
  stepEngineLife,
  UNBORN_ENGINE,
} from '../../src-main/shell/engine-policy'

const pace: EnginePace = {
  backoffMs: [500, 2_000],
  stableAfterMs: 60_000,
  startDeadlineMs: 120_000,
  stopDeadlineMs: 5_000,
}
const problem = { code: 'engine_exited', message: 'The engine ended with code 1.' }
const ready = (atMs = 0): EngineEvent => ({ kind: 'ready', atMs })
const exited = (atMs = 0): EngineEvent => ({ kind: 'exited', atMs, problem })
const wanted: EngineEvent = { kind: 'wanted' }
const due: EngineEvent = { kind: 'due' }
const stop: EngineEvent = { kind: 'stop-asked' }
const restart: EngineEvent = { kind: 'restart-asked' }

/** The life after these events, and every action on the way. */
function live(...events: readonly EngineEvent[]): { life: EngineLife; actions: string[] } {
  let life = UNBORN_ENGINE
  const actions: string[] = []
  for (const event of events) {
    const step = stepEngineLife(life, event, pace)
    life = step.life
    if (step.action !== 'none') actions.push(step.action)
  }
  return { life, actions }
}

describe('the engine is kept running', () => {
  it('starts when it is first wanted, and only once', () => {
    expect(live().actions).toEqual([])
    expect(live(wanted, wanted, ready(), wanted).actions).toEqual(['launch'])
  })

  it('starts again after a fall, later each time, with a new generation', () => {
    const once = live(wanted, ready(), exited(1))
    expect([engineStateOf(once.life), dueAfterMs(once.life, pace)]).toEqual(['restarting', 500])
    const twice = live(wanted, ready(), exited(1), due, exited(2))
    expect([dueAfterMs(twice.life, pace), twice.life.generation]).toEqual([2_000, 2])
  })

  it('is given up after three falls in a row, and only the user starts it again', () => {
    const given = [wanted, ready(), exited(1), due, ready(), exited(2), due, exited(3)]
    expect(engineStateOf(live(...given).life)).toBe('stopped')
    expect(live(...given, due, wanted, ready()).actions).toEqual(['launch', 'launch', 'launch'])
    const { life, actions } = live(...given, restart)
    expect([actions.length, engineStateOf(life), life.failuresInARow]).toEqual([4, 'starting', 0])
  })

  it('is forgiven its falls once it has run for a minute', () => {
    const events = [wanted, ready(), exited(1), due, ready(2), exited(60_002)]
    expect(live(...events).life).toMatchObject({ phase: 'waiting', failuresInARow: 1 })
  })

  it('is killed when it does not get ready, and counts as gone only when its exit is seen', () => {
    const late = live(wanted, due)
    expect([late.actions, late.life.phase]).toEqual([['launch', 'kill'], 'starting'])
    expect(live(wanted, due, exited()).life.phase).toBe('waiting')
  })

  it('is given up at once when there is nothing to launch', () => {
    expect(live(wanted, { kind: 'unlaunchable', problem }).life).toMatchObject({ phase: 'broken', problem })
  })

  it('tells its own reason rather than its exit code', () => {
    const own = { code: 'ledger_newer', message: 'The ledger is newer.' }
    expect(live(wanted, { kind: 'failed', problem: own }, exited()).life.problem).toEqual(own)
  })
})

describe('the engine is ended', () => {
  it('is asked first and killed after the deadline', () => {
    const asked = live(wanted, ready(), stop)
    expect([asked.actions, dueAfterMs(asked.life, pace)]).toEqual([['launch', 'ask-to-stop'], 5_000])
    expect(live(wanted, ready(), stop, due).actions).toEqual(['launch', 'ask-to-stop', 'kill'])
    expect(live(wanted, ready(), stop, due, exited()).life.phase).toBe('ended')
  })

  it('has nothing to wait for when it never ran, waits for its restart, or was given up', () => {
    expect(live(stop).life.phase).toBe('ended')
    expect(live(wanted, exited(), stop).life.phase).toBe('ended')
    expect(live(wanted, { kind: 'unlaunchable', problem }, stop).life.phase).toBe('ended')
  })

  it('never starts again, whatever happens', () => {
    const anything = fc.constantFrom(wanted, due, stop, restart, ready(), exited())
    fc.assert(
      fc.property(fc.array(anything), fc.array(anything), (before, after) => {
        const launchesBefore = live(...before, stop).actions.filter((action) => action === 'launch').length
        const launches = live(...before, stop, ...after).actions.filter((action) => action === 'launch').length
        expect(launches).toBe(launchesBefore)
      }),
    )
  })
})

it('there is never more than one engine: between two launches lies an exit', () => {
  const anything = fc.constantFrom(wanted, due, restart, ready(), exited())
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 60 }), (events) => {
      let life = UNBORN_ENGINE
      let running = false
      for (const event of events) {
        // Only a running process can exit.
        if (event.kind === 'exited' && !running) continue
        if (event.kind === 'exited') running = false
        const step = stepEngineLife(life, event, pace)
        life = step.life
        if (step.action !== 'launch') continue
        expect(running).toBe(false)
        running = true
      }
    }),
  )
})
