import { join } from 'node:path'
import { settingsSchema } from '@shared/contract/settings'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { createAnswerCache } from '../../../src-main/engine/gateway/answer-cache/answer-cache'
import { createGateway, type Gateway, type GatewayAnswer } from '../../../src-main/engine/gateway/gateway'
import { type BuiltProgram, buildProgram } from '../../helpers/built-program'
import { inferenceProcesses, until } from '../../helpers/processes'
import { resourcesDir } from '../../helpers/repository'
import { temporaryFolder } from '../../helpers/temporary-folder'
import { writeTinyGguf } from '../../helpers/tiny-gguf'
import { marketContext } from './market-context'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

let program: BuiltProgram
let folder: string
let gateway: Gateway | null = null
beforeAll(async () => {
  program = await buildProgram('src-main/inference/main.ts')
  folder = temporaryFolder('recalled')
})
afterEach(async () => {
  await gateway?.close()
})
afterAll(() => {
  program.remove()
})

/** A desk whose only model is this file, which is as random as its seed. */
function openDesk(model: string) {
  const answers = createAnswerCache(() => null)
  gateway = createGateway({
    settings: settingsSchema.parse({
      inference: { modelFiles: { deepseek: model }, threads: 1, contextTokens: { deepseek: 8192 }, rationale: 'off' },
    }),
    starterPath: model,
    promptsDir: join(resourcesDir, 'prompts'),
    inferenceProgram: program.path,
    nodePath: process.execPath,
    log: { info: () => undefined, warn: () => undefined },
    clock: () => performance.now(),
    random: () => 0,
    answers,
  })
  return { answers, gateway }
}

const ask = (desk: Gateway, cache: 'off' | 'read_write'): Promise<GatewayAnswer> =>
  desk.decide({ context: marketContext(), preference: 'deepseek', cache })

it('an answer is recalled from a model whose process has ended, and not once its file is another', async () => {
  const model = writeTinyGguf(join(folder, 'model.gguf'), { seed: 1 })
  const { answers, gateway: desk } = openDesk(model)
  const first = await ask(desk, 'read_write')
  for (const pid of inferenceProcesses(process.pid)) process.kill(pid, 'SIGKILL')
  await until('its end is known', () => desk.health()[0]?.reason === 'starts with the first question')

  const recalled = await ask(desk, 'read_write')
  const { latencyMs: _first, isRecalled: _asked, ...said } = first
  expect(recalled).toMatchObject({ ...said, rationaleMs: 0, isRecalled: true })
  expect(inferenceProcesses(process.pid)).toEqual([])

  writeTinyGguf(model, { seed: 2 })
  const another = await ask(desk, 'read_write')
  expect(another.isRecalled).toBe(false)
  expect(another.model.modelHash).not.toBe(first.model.modelHash)
  expect(answers.counts()).toEqual({ recalled: 1, asked: 2 })
})

it('a model is asked every time where the answers of others are not wanted', async () => {
  const { answers, gateway: desk } = openDesk(writeTinyGguf(join(folder, 'other.gguf'), { seed: 3 }))
  await ask(desk, 'read_write')
  expect((await ask(desk, 'off')).isRecalled).toBe(false)
  expect(answers.counts()).toEqual({ recalled: 0, asked: 1 })
})
