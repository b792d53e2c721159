import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { InferenceSettings } from '@shared/contract/settings'
import { settingsSchema } from '@shared/contract/settings'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createGateway, type Gateway, type GatewayAnswer } from '../../../src-main/engine/gateway/gateway'
import { type BuiltProgram, buildProgram } from '../../helpers/built-program'
import { inferenceProcesses, isAlive, until } from '../../helpers/processes'
import { resourcesDir } from '../../helpers/repository'
import { temporaryFolder } from '../../helpers/temporary-folder'
import { tinyGguf, writeTinyGguf } from '../../helpers/tiny-gguf'
import { marketContext } from './market-context'

// Every test starts several processes that each load a model; a busy machine takes its time over that.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

/** So big that reading a prompt takes it about a second: time enough to interfere. */
const slow = { seed: 1, embedding: 256, layers: 4, heads: 4, feedForward: 512 }
/** The test model reads byte by byte, which makes a prompt about four times as long as a real tokenizer does. */
const contextTokens = 8192

let program: BuiltProgram
let folder: string
let slotModel: string
let starter: string
let gateway: Gateway | null = null
let loads: string[] = []

beforeAll(async () => {
  program = await buildProgram('src-main/inference/main.ts')
  folder = temporaryFolder('faults')
})
beforeEach(() => {
  slotModel = writeTinyGguf(join(folder, 'slot.gguf'), { seed: 1 })
  starter = writeTinyGguf(join(folder, 'starter.gguf'), { seed: 2 })
  loads = []
})
afterEach(async () => {
  await gateway?.close()
  gateway = null
  expect(inferenceProcesses(process.pid)).toEqual([])
})
afterAll(() => {
  program.remove()
})

function open(inference: Partial<InferenceSettings> = {}): Gateway {
  gateway = createGateway({
    settings: settingsSchema.parse({
      inference: {
        modelFiles: { deepseek: slotModel },
        threads: 1,
        contextTokens: { deepseek: contextTokens },
        sequences: { deepseek: 1 },
        rationale: 'off',
        ...inference,
      },
    }),
    starterPath: starter,
    promptsDir: join(resourcesDir, 'prompts'),
    inferenceProgram: program.path,
    nodePath: process.execPath,
    log: {
      info: (fields, message) => {
        if (message === 'A model is loaded' && 'servedBy' in fields) loads.push(String(fields.servedBy))
      },
      warn: () => undefined,
    },
    clock: () => performance.now(),
    random: () => 0,
  })
  return gateway
}

function openSlow(): Gateway {
  writeTinyGguf(slotModel, slow)
  return open()
}

const decide = (asked: Gateway): Promise<GatewayAnswer> => asked.decide({ context: marketContext(), preference: null })

const outcomes = ({ hops }: GatewayAnswer): string[] => hops.map(({ servedBy, outcome }) => `${servedBy} ${outcome}`)

/** Waits until the slot's model is loaded for the nth time and has been asked, and names its process. */
async function deciding(nth: number, others: readonly number[] = []): Promise<number> {
  await until('the model is loaded', () => loads.filter((name) => name === 'deepseek').length >= nth)
  const enoughToHaveBeenAskedMs = 50
  await wait(enoughToHaveBeenAskedMs)
  const [pid] = inferenceProcesses(process.pid).filter((running) => !others.includes(running))
  if (pid === undefined) throw new Error('No inference process is running')
  return pid
}

describe('SIGKILL in the middle of a decision', () => {
  it('once costs that decision a retry, and between two decisions nothing but a new start', async () => {
    const asked = openSlow()
    const answer = decide(asked)
    process.kill(await deciding(1), 'SIGKILL')
    const retried = await answer
    expect(outcomes(retried)).toEqual(['deepseek inference_exited', 'deepseek answered'])

    for (const pid of inferenceProcesses(process.pid)) process.kill(pid, 'SIGKILL')
    await until('its end is known', () => asked.health()[0]?.reason === 'starts with the first question')
    const after = await decide(asked)
    expect(outcomes(after)).toEqual(['deepseek answered'])
    expect(after.probabilities).toEqual(retried.probabilities)
  })

  it('twice costs it a fallback, and a third time suspends the model until the user lets it try again', async () => {
    const asked = openSlow()
    const first = decide(asked)
    process.kill(await deciding(1), 'SIGKILL')
    process.kill(await deciding(2), 'SIGKILL')
    expect(outcomes(await first)).toEqual([
      'deepseek inference_exited',
      'deepseek inference_exited',
      'starter answered',
    ])

    const startersProcess = inferenceProcesses(process.pid)
    const second = decide(asked)
    process.kill(await deciding(3, startersProcess), 'SIGKILL')
    expect(outcomes(await second)).toEqual(['deepseek inference_exited', 'starter answered'])
    expect(outcomes(await decide(asked))).toEqual(['deepseek backend_suspended', 'starter answered'])
    expect(asked.health()[0]).toMatchObject({ slot: 'deepseek', healthy: false, servedBy: 'starter' })
    asked.reopen()
    expect(outcomes(await decide(asked))).toEqual(['deepseek answered'])
  })
})

describe('A process that does not answer', () => {
  it('is ended at the deadline, and the decision falls back', async () => {
    const asked = open({ timeoutMs: 5000 })
    await decide(asked)
    const [pid = 0] = inferenceProcesses(process.pid)
    process.kill(pid, 'SIGSTOP')
    expect(outcomes(await decide(asked))).toEqual(['deepseek timeout', 'starter answered'])
    expect(isAlive(pid)).toBe(false)
  })
})

describe('A model file', () => {
  const whole = tinyGguf()
  const broken: [string, Buffer | null, string][] = [
    ['missing', null, 'model_missing'],
    ['that is a text', Buffer.from('Not a model at all.\n'), 'not_a_gguf'],
    ['cut inside the magic number', whole.subarray(0, 3), 'model_broken'],
    ['cut inside the header', whole.subarray(0, 1000), 'model_broken'],
    ['that lacks its last byte', whole.subarray(0, whole.length - 1), 'model_broken'],
  ]
  it('that is broken is a hop with its reason, every time the same, and is used once it has been put right', async () => {
    const asked = open()
    for (const [what, content, code] of broken) {
      rmSync(slotModel, { force: true })
      if (content !== null) writeFileSync(slotModel, content)
      const first = await decide(asked)
      expect([what, ...outcomes(first)]).toEqual([what, `deepseek ${code}`, 'starter answered'])
      for (let again = 0; again < 5; again += 1) expect((await decide(asked)).hops).toEqual(first.hops)
      expect(inferenceProcesses(process.pid)).toHaveLength(1)
    }
    writeFileSync(slotModel, whole)
    expect(outcomes(await decide(asked))).toEqual(['deepseek answered'])
  })

  it('that is broken for every model there is ends in a held decision', async () => {
    rmSync(starter)
    writeFileSync(slotModel, 'nonsense')
    const answer = await decide(open())
    expect(outcomes(answer)).toEqual(['deepseek not_a_gguf', 'starter model_missing'])
    expect(answer).toMatchObject({ action: 'hold', confidence: 0, servedBy: 'none' })
  })
})

describe('A model that nobody asks', () => {
  it('leaves the memory, and comes back for the next question with the same answer', async () => {
    const asked = open({ unloadAfterMs: 300 })
    const first = await decide(asked)
    expect(first.servedBy).toBe('deepseek')
    await until('its process has ended', () => inferenceProcesses(process.pid).length === 0)
    expect(asked.health()[0]).toMatchObject({ healthy: true, reason: 'starts with the first question' })
    expect((await decide(asked)).probabilities).toEqual(first.probabilities)
  })
})

describe('The end of the engine', () => {
  it('by close leaves no process, even in the middle of a decision or of a start', async () => {
    const asked = openSlow()
    const answer = decide(asked)
    await deciding(1)
    const starting = asked.warmUp()
    await asked.close()
    expect(inferenceProcesses(process.pid)).toEqual([])
    await Promise.all([answer, starting])
  })

  it('by SIGKILL leaves no process either', async () => {
    const owner = await buildProgram('test/engine/gateway/gateway-owner.ts')
    const engine = spawn(process.execPath, [owner.path, starter, program.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const [firstLine] = await once(engine.stdout.setEncoding('utf8'), 'data')
      expect(firstLine).toBe('starter\n')
      const pids = inferenceProcesses(engine.pid ?? 0)
      expect(pids).toHaveLength(1)
      engine.kill('SIGKILL')
      await until('its inference process has ended', () => !pids.some(isAlive))
    } finally {
      engine.kill('SIGKILL')
      owner.remove()
    }
  })
})
