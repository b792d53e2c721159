import { type ChildProcess, fork } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { engineEnvironment } from '../../src-main/shell/engine-launch'
import type { EnginePace } from '../../src-main/shell/engine-policy'
import { type EngineSupervisor, superviseEngine } from '../../src-main/shell/engine-supervisor'
import { isAlive } from '../helpers/processes'
import { temporaryFolder } from '../helpers/temporary-folder'
import { desktopTest, eventually } from './plain-page'

const program = fileURLToPath(new URL('../helpers/scripted-engine.ts', import.meta.url))
const quick: EnginePace = { backoffMs: [10, 20], stableAfterMs: 60_000, startDeadlineMs: 30_000, stopDeadlineMs: 300 }

describe('the supervisor and a real process', desktopTest, () => {
  let home: string
  let supervisor: EngineSupervisor
  let states: string[] = []
  let texts: string[] = []
  let children: ChildProcess[] = []

  beforeEach(() => {
    home = temporaryFolder('supervisor')
    states = []
    texts = []
    children = []
  })
  afterEach(async () => {
    await supervisor.stop()
    expect(children.filter((child) => child.pid !== undefined && isAlive(child.pid))).toEqual([])
  })

  function supervise(script: string, launch: (generation: number) => Outcome<ChildProcess> = start(script)): void {
    supervisor = superviseEngine({
      pace: quick,
      nowMs: () => performance.now(),
      launch,
      onText: (clientId, text) => texts.push(`${clientId}: ${text}`),
      onState: (state) => states.push(state),
      log: () => {},
    })
  }

  const start =
    (script: string, execPath: string = process.execPath) =>
    (generation: number): Outcome<ChildProcess> => {
      const env = engineEnvironment(
        { PATH: process.env.PATH, QUARTET_HOME: home, QUARTET_TEST_SCRIPT: script },
        generation,
      )
      const child = fork(program, [], { execPath, execArgv: [], env, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
      children.push(child)
      return success(child)
    }

  function engineLog(): string {
    return existsSync(join(home, 'engine.log')) ? readFileSync(join(home, 'engine.log'), 'utf8') : ''
  }

  it('starts nothing before somebody wants the engine', async () => {
    supervise('')
    expect(supervisor.state()).toBe('starting')
    expect(supervisor.send({ kind: 'client.open', clientId: 'a' })).toBe(false)
    expect(children).toEqual([])
  })

  it('carries text to and from a ready engine', async () => {
    supervise('')
    supervisor.want()
    await eventually(() => states).toEqual(['ready'])
    supervisor.send({ kind: 'client.open', clientId: 'a' })
    supervisor.send({ kind: 'client.text', clientId: 'a', text: 'hello' })
    await eventually(() => texts).toEqual(['a: engine 1 heard hello from a'])
  })

  it('gives up an engine that falls at every start, with its own reason', async () => {
    supervise('fail-at-start')
    supervisor.want()
    await eventually(() => supervisor.isGivenUp()).toBe(true)
    expect(children).toHaveLength(3)
    expect(states).toEqual(['restarting', 'restarting', 'stopped'])
    expect(supervisor.problem()).toMatchObject({ code: 'ledger_newer' })
  })

  it('counts a program that cannot be run at all as a fall', async () => {
    supervise('', start('', '/nowhere/node'))
    supervisor.want()
    await eventually(() => supervisor.isGivenUp()).toBe(true)
    expect(supervisor.problem()?.message).toContain('could not be started')
  })

  it('gives up at once when nothing can be launched', () => {
    supervise('', () => failure('node_missing', 'No Node.'))
    supervisor.want()
    expect(supervisor.isGivenUp()).toBe(true)
    expect(supervisor.problem()).toEqual({ code: 'node_missing', message: 'No Node.' })
  })

  it('takes no frame of another generation for its own', async () => {
    supervise('another-generation')
    supervisor.want()
    await eventually(engineLog).toContain('pid')
    await supervisor.stop()
    expect(states).toEqual(['stopped'])
  })

  it('kills an engine that was asked to stop and does not', async () => {
    supervise('ignore-stop')
    supervisor.want()
    await eventually(() => supervisor.state()).toBe('ready')
    await supervisor.stop()
    expect(children[0]?.signalCode).toBe('SIGKILL')
    expect(engineLog()).toContain('stop')
  })

  it('ends an engine that has only just been started', async () => {
    supervise('')
    supervisor.want()
    await supervisor.stop()
    expect(children).toHaveLength(1)
  })
})
