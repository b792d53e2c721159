import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  checkedModelsSchema,
  installedModelSchema,
  type ListedModels,
  listedModelsSchema,
} from '@shared/contract/model-library'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { entryId, type LibraryStage, libraryStage, licenceText } from '../engine/models/stage'
import { contentOf, generatedContent, type HubContent } from '../helpers/loopback-hub'
import { descendants, isAlive, until } from '../helpers/processes'
import { type Ended, quartet, type Started, startQuartet } from '../helpers/quartet'
import { tinyGguf, writeTinyGguf } from '../helpers/tiny-gguf'

let stage: LibraryStage

beforeEach(async () => {
  stage = await libraryStage('not used: the command line brings its own')
})
afterEach(() => stage.close())

const surroundings = () => ({ home: stage.dataDir, env: { HOME: stage.env.HOME ?? '', HF_ENDPOINT: stage.hub.url } })
const models = (...args: string[]): Promise<Ended> => quartet(['models', ...args], surroundings())
const partial = (): string => `${stage.modelPath}.partial`
const partialBytes = (): number => (existsSync(partial()) ? statSync(partial()).size : 0)

const MB = 1e6

/** A model with so much behind its tensors that fetching it takes a while. */
function largeModel(): HubContent {
  return contentOf(Buffer.concat([tinyGguf(), generatedContent(20 * MB).read(0, 20 * MB)]))
}

function documentOf(ended: Ended): unknown {
  expect(ended.code, ended.stderr).toBe(0)
  return JSON.parse(ended.stdout)
}

const viewOf = (ended: Ended): ListedModels => listedModelsSchema.parse(documentOf(ended))

describe('a model, from the hub to its slot', () => {
  test('licence, check, pull, list, verify, use and remove, each with one document and nothing else on stdout', async () => {
    const content = contentOf(tinyGguf())
    stage.offer(content)
    const before = await models('pull', entryId, '--json')
    expect([before.code, before.stdout]).toEqual([1, ''])
    expect(before.stderr).toContain(licenceText.trim())
    expect(before.stderr.trim().split('\n').at(-1)).toMatch(/^quartet: .*--accept-licence.*\[licence_not_accepted\]$/)

    const checked = checkedModelsSchema.parse(documentOf(await models('check', entryId, '--json')))
    expect(checked.checks[0]).toMatchObject({ model: entryId, installed: false, fit: { fits: true } })

    const pulled = installedModelSchema.parse(documentOf(await models('pull', entryId, '--accept-licence', '--json')))
    expect(pulled).toMatchObject({ id: entryId, sha256: content.sha256, path: stage.modelPath })
    expect(viewOf(await models('list', '--json')).installed).toMatchObject([{ id: entryId, usedBy: ['phi3'] }])
    expect(documentOf(await models('verify', '--json'))).toMatchObject({
      ok: true,
      models: [{ id: entryId, ok: true }],
    })
    expect(documentOf(await models('use', `qwen=${entryId}`, '--json'))).toMatchObject({ slot: 'qwen', model: entryId })
    expect(stage.settings()).toMatchObject({
      inference: { modelFiles: { phi3: stage.modelPath, qwen: stage.modelPath } },
    })
    expect(documentOf(await models('use', 'qwen=starter', '--json'))).toMatchObject({ slot: 'qwen', model: null })
    expect(stage.settings()).toEqual({ inference: { modelFiles: { phi3: stage.modelPath } } })
    documentOf(await models('remove', entryId, '--json'))
    expect([existsSync(stage.modelPath), viewOf(await models('list', '--json')).installed]).toEqual([false, []])
  })

  test('decides in its slot from then on', async () => {
    const path = writeTinyGguf(join(stage.dataDir, 'mine.gguf'))
    documentOf(await models('import', path, '--slot', 'qwen', '--json'))
    const decide = ['decide', '--symbol', 'BTC/USDT', '--at', '2021-05-19T13:00:00Z', '--model', 'qwen', '--json']
    const decided = z.object({ servedBy: z.string() }).parse(documentOf(await quartet(decide, surroundings())))
    expect(decided.servedBy).toBe('qwen')

    // The same name with another content is not what was installed: it never decides.
    writeTinyGguf(path, { seed: 9 })
    const after = z.object({ servedBy: z.string() }).parse(documentOf(await quartet(decide, surroundings())))
    expect(after.servedBy).toBe('starter')
    expect((await models('use', 'qwen=mine')).stderr).toContain('[hash_mismatch]')
  })

  test('is shown by doctor and status, beside the processor or the GPU', async () => {
    const path = writeTinyGguf(join(stage.dataDir, 'mine.gguf'))
    documentOf(await models('import', path, '--slot', 'qwen', '--json'))
    const shown = z.object({
      machine: z.object({ ram: z.object({ totalBytes: z.number().positive() }) }),
      slots: z.array(z.object({ slot: z.string(), model: z.string().nullable(), ok: z.boolean() })),
    })
    const { slots } = shown.parse(documentOf(await quartet(['status', '--json'], surroundings())))
    expect(slots.map(({ slot, model, ok }) => [slot, model, ok])).toEqual([
      ['deepseek', null, true],
      ['qwen', 'mine', true],
      ['fingpt', null, true],
      ['phi3', null, true],
    ])
    const doctor = await quartet(['doctor'], surroundings())
    expect(doctor.stdout).toMatch(/machine\s+(CPU|GPU)/)
    expect(doctor.stdout).toMatch(/qwen\s+mine: It runs on the/)
  })
})

describe('a pull that is interrupted', () => {
  async function begin(untilBytes: number): Promise<Started> {
    stage.hub.plan({ kind: 'slow', bytesPerSecond: 8 * MB })
    const started = startQuartet(['models', 'pull', entryId, '--accept-licence'], surroundings())
    await until(`${untilBytes} bytes have come`, () => partialBytes() >= untilBytes)
    return started
  }

  test('by SIGKILL, ten times, leaves no process behind and ends with the right file', async () => {
    const content = largeModel()
    stage.offer(content)
    for (let kill = 1; kill <= 10; kill += 1) {
      const { child, ended } = await begin(kill * MB)
      const children = descendants(child.pid ?? 0)
      child.kill('SIGKILL')
      await ended
      await until('its children are gone', () => !children.some(isAlive))
      expect(existsSync(stage.modelPath)).toBe(false)
    }
    const kept = partialBytes()
    const pulled = installedModelSchema.parse(documentOf(await models('pull', entryId, '--json')))
    expect(pulled.sha256).toBe(content.sha256)
    const last = stage.hub.requests.filter(({ server, range }) => server === 'content' && range !== null).at(-1)
    expect(last?.range).toBe(`bytes=${kept}-`)
    expect([existsSync(partial()), existsSync(`${partial()}.lock`)]).toEqual([false, false])
  })

  test('by the end of the program that fetches says so in one line, and goes on at the next call', async () => {
    const content = largeModel()
    stage.offer(content)
    const { child, ended } = await begin(2 * MB)
    for (const fetching of descendants(child.pid ?? 0)) process.kill(fetching, 'SIGKILL')
    const { code, stderr } = await ended
    expect([code, stderr.trim().split('\n').at(-1)]).toEqual([1, expect.stringMatching(/\[model_files_exited\]$/)])
    expect(installedModelSchema.parse(documentOf(await models('pull', entryId, '--json'))).sha256).toBe(content.sha256)
  })

  test('by Ctrl-C keeps what it has, and tells how fast it was', async () => {
    stage.offer(largeModel())
    const { child, ended } = await begin(12 * MB)
    child.kill('SIGINT')
    const { code, stderr } = await ended
    expect([code, existsSync(stage.modelPath)]).toEqual([130, false])
    expect(partialBytes()).toBeGreaterThanOrEqual(12 * MB)
    expect(stderr).toMatch(/receiving [\d.]+ MB of [\d.]+ MB \([\d.]+ %\), [\d.]+ MB\/s, \d+ s left/)
    expect(viewOf(await models('list', '--json')).entries.find(({ entry }) => entry.id === entryId)?.state).toBe(
      'partial',
    )
  })
})

describe('bad input', () => {
  test.each([
    [['pull', 'gpt5'], 1, 'unknown_model'],
    [['check', 'gpt5'], 1, 'unknown_model'],
    [['remove', 'gpt5'], 1, 'not_installed'],
    [['use', 'qwen=gpt5'], 1, 'not_installed'],
    [['import', 'nowhere.gguf', '--slot', 'qwen'], 1, 'model_missing'],
  ])('models %j ends with one line', async (args, code, problem) => {
    const ended = await models(...args)
    expect([ended.code, ended.stdout]).toEqual([code, ''])
    expect(ended.stderr.trim().split('\n')).toEqual([expect.stringContaining(`[${problem}]`)])
  })

  test.each([
    [['use', 'qwen']],
    [['use', 'gpt=x']],
    [['import', 'x.gguf', '--slot', 'gpt']],
    [['import', 'x.gguf']],
    [['pull', 'qwen', '--accept-sha256', 'beef']],
    [['pull']],
    [['frobnicate']],
  ])('models %j is wrong usage', async (args) => {
    expect((await models(...args)).code).toBe(2)
  })

  test("a hostile entry in the trader's own catalogue is left out with a line", async () => {
    stage.offer(contentOf(tinyGguf()), { file: '../../../../.bashrc.gguf' })
    const listed = await models('list', '--json')
    expect(listed.stderr).toContain('catalogue.json: entry 1: left out: file')
    expect(viewOf(listed).entries.map(({ entry }) => entry.id)).not.toContain(entryId)
    expect((await models('pull', entryId)).stderr).toContain('[unknown_model]')
  })

  test('settings that cannot be used are left as they are', async () => {
    const path = join(stage.dataDir, 'settings.json')
    writeFileSync(path, '{"models": {"fodler": "x"}}')
    const ended = await models('list')
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining('fodler')])
  })
})
