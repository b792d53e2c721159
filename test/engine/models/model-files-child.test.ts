import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createModelFiles } from '../../../src-main/engine/models/model-files-child'
import { type BuiltProgram, buildProgram } from '../../helpers/built-program'
import { isAlive, until } from '../../helpers/processes'
import { temporaryFolder } from '../../helpers/temporary-folder'
import { writeTinyGguf } from '../../helpers/tiny-gguf'

let program: BuiltProgram
let folder: string
let path: string

beforeAll(async () => {
  program = await buildProgram('src-main/inference/model-files/main.ts')
  folder = temporaryFolder('child')
  path = writeTinyGguf(join(folder, 'model.gguf'))
})
afterAll(() => {
  program.remove()
})

const open = (idleMs?: number) =>
  createModelFiles({
    program: program.path,
    nodePath: process.execPath,
    env: process.env,
    ...(idleMs === undefined ? {} : { idleMs }),
  })

test('the program is started for the first call, leaves when nothing is left to do, and comes back for the next', async () => {
  const files = open(50)
  expect(files.pid()).toBeUndefined()
  expect((await files.header({ kind: 'file', path })).ok).toBe(true)
  const pid = files.pid() ?? 0
  await until('the program has left', () => !isAlive(pid))
  expect((await files.header({ kind: 'file', path })).ok).toBe(true)
  expect(files.pid()).not.toBe(pid)
  await files.close()
})

test('a program that dies over a call costs that call, and the next one starts a fresh program', async () => {
  const files = open()
  const asked = files.machine('auto')
  process.kill(files.pid() ?? 0, 'SIGKILL')
  const outcome = await asked
  expect(outcome.ok ? '' : outcome.problem).toEqual({
    code: 'model_files_exited',
    message: 'The model-files program ended (SIGKILL) while looking at the machine. Try again.',
  })
  expect((await files.machine('auto')).ok).toBe(true)
  await files.close()
})

test('a program that cannot be started is said to be, and a closed library starts none', async () => {
  const files = createModelFiles({ program: join(folder, 'nowhere.js'), nodePath: process.execPath, env: process.env })
  const outcome = await files.machine('off')
  expect(outcome.ok ? '' : outcome.problem.code).toBe('model_files_exited')
  await files.close()
  expect((await files.machine('off')).ok).toBe(false)
  expect(files.pid()).toBeUndefined()
})

test('closing ends the program', async () => {
  const files = open()
  await files.header({ kind: 'file', path })
  const pid = files.pid() ?? 0
  await files.close()
  expect(isAlive(pid)).toBe(false)
})

test('what the machine has is told as llama.cpp sees it', async () => {
  const files = open()
  const outcome = await files.machine('off')
  expect(outcome).toMatchObject({ ok: true, value: { gpu: false, deviceNames: [], vram: { totalBytes: 0 } } })
  if (outcome.ok) {
    expect(outcome.value.ram.totalBytes).toBeGreaterThan(outcome.value.ram.freeBytes)
    expect(outcome.value.llamaCppRelease).toMatch(/\w/)
  }
  await files.close()
})
