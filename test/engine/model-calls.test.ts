import { join } from 'node:path'
import type { ModelJob } from '@shared/contract/model-library'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createModelDesk, type ModelDesk } from '../../src-main/engine/model-calls'
import { serveDesk } from '../../src-main/engine/server/desk-channel'
import { type BuiltProgram, buildProgram } from '../helpers/built-program'
import { contentOf } from '../helpers/loopback-hub'
import { until } from '../helpers/processes'
import { serveStory } from '../helpers/served-story'
import { tinyGguf, writeTinyGguf } from '../helpers/tiny-gguf'
import { entryId, type LibraryStage, libraryStage, repository } from './models/stage'

let program: BuiltProgram
let stage: LibraryStage
let desk: ModelDesk
let told: readonly ModelJob[]

beforeAll(async () => {
  program = await buildProgram('src-main/inference/model-files/main.ts')
})
afterAll(() => program.remove())
beforeEach(async () => {
  stage = await libraryStage(program.path)
  stage.offer(contentOf(tinyGguf()))
  desk = createModelDesk(stage.open())
  told = []
  desk.subscribe((jobs) => {
    told = jobs
  })
})
afterEach(async () => {
  await desk.close()
  await stage.close()
})

const ended = (kind: ModelJob['kind']) => until(`${kind} has ended`, () => told.find((job) => job.kind === kind)?.ended)

describe('what a screen asks of the model library', () => {
  test('is answered at once, while a download goes on and is told of', async () => {
    const { textSha256 } = await desk.calls.modelLicence({ model: entryId })
    const view = await desk.calls.pullModel({ model: entryId, acceptLicence: textSha256, acceptSha256: null })
    expect(view.jobs).toMatchObject([{ kind: 'pull', model: entryId, ended: null }])
    expect(await ended('pull')).toEqual({ ok: true, code: 'done', message: 'tiny is installed.' })
    const after = await desk.calls.models()
    expect(after.installed.map(({ id, usedBy }) => [id, usedBy])).toEqual([[entryId, ['phi3']]])
  })

  test('a download that stands still can be paused, and thrown away', async () => {
    const { textSha256 } = await desk.calls.modelLicence({ model: entryId })
    stage.hub.plan({ kind: 'stall', afterBytes: 1000 })
    await desk.calls.pullModel({ model: entryId, acceptLicence: textSha256, acceptSha256: null })
    await until('bytes have come', () => told[0]?.progress?.receivedBytes === 1000)
    await expect(desk.calls.pullModel({ model: entryId, acceptLicence: null, acceptSha256: null })).rejects.toThrow(
      'under way',
    )
    const view = await desk.calls.pauseModel({ model: entryId, discard: false })
    expect(view.entries.find(({ entry }) => entry.id === entryId)).toMatchObject({
      state: 'partial',
      partialBytes: 1000,
    })
    expect(view.jobs[0]?.ended?.code).toBe('cancelled')
    const { checks } = await desk.calls.checkModels({ model: entryId })
    expect(checks[0]?.disk.neededBytes).toBe(tinyGguf().length - 1000 + 2e9)
    const thrown = await desk.calls.pauseModel({ model: entryId, discard: true })
    expect(thrown.entries.find(({ entry }) => entry.id === entryId)?.state).toBe('absent')
    expect([thrown.jobs, told]).toEqual([[], []])
  })

  test('import, choice, verification and removal work the same way', async () => {
    const path = writeTinyGguf(join(stage.dataDir, 'mine.gguf'))
    await desk.calls.importModel({ path, slot: 'qwen' })
    expect(await ended('import')).toMatchObject({ ok: true })
    await desk.calls.chooseModel({ slot: 'fingpt', model: 'mine' })
    expect((await desk.calls.models()).installed[0]?.usedBy).toEqual(['qwen', 'fingpt'])
    await desk.calls.chooseModel({ slot: 'qwen', model: null })
    expect((await desk.calls.models()).installed[0]?.usedBy).toEqual(['fingpt'])
    await desk.calls.verifyModels()
    expect(await ended('verify')).toEqual({ ok: true, code: 'done', message: '1 files are what they were.' })
    expect((await desk.calls.removeModel({ model: 'mine' })).installed).toEqual([])
    await expect(desk.calls.importModel({ path: 'mine.gguf', slot: 'qwen' })).rejects.toThrow('no whole path')
    await expect(desk.calls.removeModel({ model: 'mine' })).rejects.toThrow('No model "mine" is installed')
  })
})

describe('what goes wrong with a download', () => {
  const other = contentOf(tinyGguf({ seed: 9 }))
  const gated = { headers: { 'x-error-code': 'GatedRepo' } }
  const refusals: readonly (readonly [string, string, string, () => Promise<void> | void])[] = [
    [
      'a gated repository without a token',
      'token_needed',
      'Accept its terms at',
      () => stage.hub.planHub({ status: 401, ...gated }),
    ],
    [
      'a token of somebody who may not read it',
      'access_denied',
      'Accept its terms at',
      async () => {
        await desk.close()
        desk = createModelDesk(stage.open({ HF_TOKEN: 'hf_secret' }))
        desk.subscribe((jobs) => {
          told = jobs
        })
        stage.hub.planHub({ status: 403, ...gated })
      },
    ],
    ['a file that was moved', 'not_found', 'Check repository', () => stage.hub.planHub({ status: 404 })],
    [
      'another file under the name',
      'hash_mismatch',
      other.sha256,
      () => stage.hub.publish({ repository, path: 'tiny-Q8_0.gguf', content: other }),
    ],
    [
      'a disk without room',
      'disk_full',
      'Make room',
      () => stage.writeSettings({ models: { reserveBytes: Number.MAX_SAFE_INTEGER } }),
    ],
  ]

  test.each(refusals)('%s is told as %s', async (_what, code, words, goWrong) => {
    const { textSha256 } = await desk.calls.modelLicence({ model: entryId })
    await goWrong()
    await desk.calls.pullModel({ model: entryId, acceptLicence: textSha256, acceptSha256: null })
    const end = await ended('pull')
    expect(end).toMatchObject({ ok: false, code, message: expect.stringContaining(words) })
    expect(JSON.stringify(told)).not.toContain('hf_secret')
    const { entries, installed } = await desk.calls.models()
    expect([entries.find(({ entry }) => entry.id === entryId)?.state, installed]).toEqual(['absent', []])
  })

  test.each([
    [
      'a hub that asks for a pause',
      '(429)',
      () => stage.hub.planHub({ status: 429, headers: { 'retry-after': '60' } }),
    ],
    ['a hub that is gone', 'cannot be reached', () => stage.hub.close()],
  ])('%s is waited for, with the reason, and the wait can be ended', async (_what, words, goWrong) => {
    const { textSha256 } = await desk.calls.modelLicence({ model: entryId })
    await goWrong()
    await desk.calls.pullModel({ model: entryId, acceptLicence: textSha256, acceptSha256: null })
    const waiting = await until('it waits', () => told.find(({ progress }) => progress?.phase === 'waiting'))
    expect(waiting?.progress?.note).toContain(words)
    const view = await desk.calls.pauseModel({ model: entryId, discard: true })
    expect(view.jobs).toEqual([])
  })
})

test('what the desk began with is told apart from what the settings give it at its next start', async () => {
  const path = writeTinyGguf(join(stage.dataDir, 'mine.gguf'))
  await desk.calls.importModel({ path, slot: 'qwen' })
  await ended('import')
  const running = createModelDesk(stage.open(), { qwen: path, phi3: '/elsewhere.gguf' })
  const view = await running.calls.chooseModel({ slot: 'qwen', model: null })
  expect(view.inUse).toEqual([
    { slot: 'qwen', model: 'mine' },
    { slot: 'phi3', model: '/elsewhere.gguf' },
  ])
  expect(view.installed[0]?.usedBy).toEqual([])
  expect((await desk.calls.models()).inUse).toEqual([])
})

test('a screen that never asks for the models is never told of them; one that does is, and wrong calls are refused', async () => {
  const sent: string[] = []
  let hear: (text: string) => void = () => undefined
  const channel = serveDesk({
    desk: { ...serveStory(), models: desk },
    send: (text) => sent.push(text),
    onText(listener) {
      hear = listener
      return () => undefined
    },
  })
  const path = writeTinyGguf(join(stage.dataDir, 'mine.gguf'))
  await desk.calls.importModel({ path, slot: 'qwen' })
  await ended('import')
  expect(sent).toEqual([])
  const ask = async (id: string, method: string, ...args: unknown[]): Promise<string> => {
    hear(JSON.stringify({ t: 'q', i: id, m: method, a: args }))
    return until(`${method} is answered`, () => sent.find((text) => text.includes(`"i":"${id}"`)))
  }
  expect(await ask('a', 'models')).toContain('"id":"mine"')
  expect(await ask('b', 'chooseModel', { slot: 'gpt', model: 'mine' })).toContain('was called wrongly: 0.slot')
  expect(await ask('c', 'pullModel', { model: 'x', acceptLicence: 'no hash', acceptSha256: null })).toContain(
    'acceptLicence',
  )
  await ask('d', 'verifyModels')
  await until('the screen is told', () =>
    sent.find((text) => text.includes('modelsChanged') && text.includes('verify')),
  )
  channel.close()
})
