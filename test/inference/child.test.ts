import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LoadModel } from '@shared/contract/inference'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type ChildExit,
  type InferenceChild,
  startInferenceChild,
} from '../../src-main/engine/gateway/backends/inference-child'
import { mostQuestionsInLine } from '../../src-main/inference/answering'
import { type BuiltProgram, buildProgram } from '../helpers/built-program'
import { actionProbabilities, loadOf, plainQuestion } from '../helpers/model-questions'
import { isAlive, until } from '../helpers/processes'
import { temporaryFolder } from '../helpers/temporary-folder'
import { writeTinyGguf } from '../helpers/tiny-gguf'

// Every test starts a process that loads a model; a busy machine takes its time over that.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

const patienceMs = 180_000

let program: BuiltProgram
let folder: string
let model: LoadModel
let exits: ChildExit[] = []

beforeAll(async () => {
  program = await buildProgram('src-main/inference/main.ts')
  folder = temporaryFolder('child')
  model = loadOf(writeTinyGguf(join(folder, 'tiny.gguf')), { contextTokens: 4096 })
})
afterAll(() => {
  program.remove()
})

function start(): InferenceChild {
  return startInferenceChild({
    program: program.path,
    nodePath: process.execPath,
    generation: 1,
    onExit: (exit) => exits.push(exit),
  })
}

/** About a second on a tiny model: long enough to be interrupted. */
const longQuestion = plainQuestion(3000)

describe('A loaded inference process', () => {
  let child: InferenceChild

  beforeAll(async () => {
    process.env.QUARTET_TEST_SECRET = 'not for models'
    child = start()
    delete process.env.QUARTET_TEST_SECRET
    expect(await child.load(model, patienceMs)).toMatchObject({ ok: true })
  })
  afterAll(() => child.stop())

  it('answers with a distribution, the same for the same question', async () => {
    const first = await child.ask(plainQuestion(16), patienceMs)
    const other = await child.ask(plainQuestion(16, 'Price 7, RSI 90.'), patienceMs)
    const again = await child.ask(plainQuestion(16), patienceMs)
    if (!first.ok || !other.ok || !again.ok) throw new Error('The model did not answer')
    expect(actionProbabilities(again.value)).toEqual(actionProbabilities(first.value))
    expect(again.value.rationale).toBe(first.value.rationale)
    expect(actionProbabilities(other.value)).not.toEqual(actionProbabilities(first.value))
    expect(first.value.tokens.output).toBeGreaterThan(1)
  })

  it('turns the question away that finds the line full, and answers all others', async () => {
    const asked = Array.from({ length: mostQuestionsInLine + 2 }, () => child.ask(plainQuestion(20), patienceMs))
    const answers = await Promise.all(asked)
    expect(answers.filter((answer) => answer.ok)).toHaveLength(mostQuestionsInLine)
    const refused = answers.flatMap((answer) => (answer.ok ? [] : [answer.problem.code]))
    expect(refused).toEqual(['queue_full', 'queue_full'])
  })

  it('gives a question back at its deadline and keeps its model for the next one', async () => {
    expect(await child.ask(longQuestion, 100)).toMatchObject({ ok: false, problem: { code: 'timeout' } })
    expect(await child.ask(plainQuestion(0), patienceMs)).toMatchObject({ ok: true })
    expect(exits).toEqual([])
  })

  it("sees nothing of the engine's environment but what it needs", () => {
    const environment = readFileSync(`/proc/${child.pid}/environ`, 'utf8')
    expect(environment).toContain('PATH=')
    expect(environment).not.toContain('QUARTET_TEST_SECRET')
  })

  it('runs native work on one thread, whatever the engine was started with', () => {
    expect(readFileSync(`/proc/${child.pid}/environ`, 'utf8').split('\0')).toContain('UV_THREADPOOL_SIZE=1')
  })
})

describe('An inference process that is disturbed', () => {
  let children: InferenceChild[] = []
  beforeEach(() => {
    exits = []
  })
  afterEach(async () => {
    for (const child of children) child.kill()
    await Promise.all(children.map((child) => child.stop()))
    children = []
  })

  async function startLoaded(): Promise<InferenceChild> {
    const child = start()
    children.push(child)
    expect(await child.load(model, patienceMs)).toMatchObject({ ok: true })
    return child
  }

  it('is killed when it is stopped in its tracks and cannot give the question back', async () => {
    const child = await startLoaded()
    const asked = child.ask(longQuestion, 100)
    process.kill(child.pid ?? 0, 'SIGSTOP')
    expect(await asked).toMatchObject({ ok: false, problem: { code: 'timeout' } })
    expect(exits).toMatchObject([{ how: expect.stringMatching(/^SIGKILL: /), expected: true }])
  })

  it('ends every open question when it dies', async () => {
    const child = await startLoaded()
    const asked = [child.ask(longQuestion, patienceMs), child.ask(plainQuestion(0), patienceMs)]
    process.kill(child.pid ?? 0, 'SIGKILL')
    const answers = await Promise.all([...asked, child.ask(plainQuestion(0), patienceMs)])
    expect(answers.map((answer) => (answer.ok ? 'answered' : answer.problem.code))).toEqual([
      'inference_exited',
      'inference_exited',
      'inference_exited',
    ])
    expect(exits).toMatchObject([{ how: expect.stringMatching(/^SIGKILL: /), expected: false }])
  })

  it('is ended with its reason when the chat template of its model never ends', async () => {
    const endless = '{% for a in range(100000) %}{% for b in range(100000) %}{{ a }}{% endfor %}{% endfor %}'
    const child = start()
    children.push(child)
    const path = writeTinyGguf(join(folder, 'endless.gguf'), { chatTemplate: endless })
    expect(await child.load({ ...model, path }, patienceMs)).toMatchObject({
      ok: false,
      problem: { code: 'inference_exited', message: expect.stringContaining('its chat template never ends') },
    })
  })

  it('gets along without a chat template that calls itself, or is ended with that reason, but never hangs', async () => {
    const circular = '{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}'
    const child = start()
    children.push(child)
    const path = writeTinyGguf(join(folder, 'circular.gguf'), { chatTemplate: circular })
    const loaded = await child.load({ ...model, path }, patienceMs)
    const end = loaded.ok ? await child.ask(plainQuestion(0), patienceMs) : loaded
    expect(end.ok ? 'answered' : end.problem.message).toMatch(/^answered$|its chat template never ends/)
  })

  it('frees its model and ends when it is told to, also in the middle of an answer', async () => {
    const child = await startLoaded()
    const asked = child.ask(longQuestion, patienceMs)
    await child.stop()
    expect((await asked).ok).toBe(false)
    expect(exits).toMatchObject([{ how: 'code 0', expected: true }])
  })

  it('says so when the Node runtime it should run on is not there', async () => {
    const child = startInferenceChild({
      program: program.path,
      nodePath: join(folder, 'no-such-node'),
      generation: 1,
      onExit: (exit) => exits.push(exit),
    })
    expect(await child.load(model, patienceMs)).toMatchObject({ ok: false, problem: { code: 'inference_exited' } })
    expect(exits).toMatchObject([{ how: 'not started, ENOENT' }])
  })
})

describe('The inference program by itself', () => {
  let forked: ChildProcess | null = null
  afterEach(() => forked?.kill('SIGKILL'))

  it('refuses to run without an engine: one line on stderr, nothing on stdout', () => {
    const run = spawnSync(process.execPath, [program.path], { encoding: 'utf8', timeout: patienceMs })
    expect(run.status).toBe(2)
    expect(run.stdout).toBe('')
    expect(run.stderr.trim().split('\n')).toHaveLength(1)
  })

  it('drops the frames of another generation and answers those of its own', async () => {
    const child = fork(program.path, ['5'], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
    forked = child
    const frames: unknown[] = []
    child.on('message', (frame) => frames.push(frame))
    child.send({ generation: 4, message: { t: 'q', i: 'old', m: 'load', a: [{ ...model, path: 'missing' }] } })
    child.send({ generation: 5, message: { t: 'q', i: 'own', m: 'load', a: [{ ...model, path: 'missing' }] } })
    await until('the child has answered', () => frames.length > 0)
    expect(frames).toMatchObject([
      { generation: 5, message: { i: 'own', r: { ok: false, problem: { code: 'model_missing' } } } },
    ])
  })

  it.each([
    ['a message that is no frame', 'hello'],
    ['a call with a wrong argument', { generation: 5, message: { t: 'q', i: 'x', m: 'load', a: [{ path: 3 }] } }],
  ])('ends rather than guess at %s', async (_, message) => {
    const child = fork(program.path, ['5'], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    forked = child
    child.send(message)
    const code = await new Promise((resolve) => child.once('exit', resolve))
    expect(code).toBe(1)
  })

  it('ends by itself when the engine is gone', async () => {
    const child = fork(program.path, ['5'], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    forked = child
    const pid = child.pid ?? 0
    child.send({ generation: 5, message: { t: 'q', i: 'own', m: 'load', a: [model] } })
    await new Promise((resolve) => child.once('message', resolve))
    child.disconnect()
    await until('the process has ended', () => !isAlive(pid))
  })
})
