import { appendFileSync, existsSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type BuiltProgram, buildProgram } from '../../helpers/built-program'
import { contentOf } from '../../helpers/loopback-hub'
import { tinyGguf, writeTinyGguf } from '../../helpers/tiny-gguf'
import { codeOf, entryId, entryState, found, type LibraryStage, libraryStage, pull, repository } from './stage'

let program: BuiltProgram
let stage: LibraryStage
const content = contentOf(tinyGguf())

beforeAll(async () => {
  program = await buildProgram('src-main/inference/model-files/main.ts')
})
afterAll(() => program.remove())
beforeEach(async () => {
  stage = await libraryStage(program.path)
  stage.offer(content)
})
afterEach(() => stage.close())

describe('an import', () => {
  test('takes a file in where it lies, and forgets it without touching it', async () => {
    const library = stage.open()
    const path = writeTinyGguf(join(stage.dataDir, 'My Model v2.gguf'), { seed: 3 })
    const model = found(await library.importFile(path, 'qwen'))
    expect(model).toMatchObject({ id: 'my-model-v2', slot: 'qwen', path, owned: false, entryId: null })
    expect(stage.settings()).toEqual({ inference: { modelFiles: { qwen: path } } })
    found(library.remove('my-model-v2'))
    expect([existsSync(path), stage.settings()]).toEqual([true, { inference: { modelFiles: {} } }])
  })

  test('knows a file of the catalogue by its hash', async () => {
    const path = writeTinyGguf(join(stage.dataDir, 'renamed.gguf'))
    expect(found(await stage.open().importFile(path, 'phi3')).entryId).toBe(entryId)
  })

  test('names a file of Ollama by its header, since its own name is a hash', async () => {
    const path = join(stage.dataDir, `sha256-${'ab'.repeat(32)}`)
    writeTinyGguf(path)
    const library = stage.open()
    expect(found(await library.importFile(path, 'qwen')).id).toBe('quartet-test-model-llama')
    const other = writeTinyGguf(join(stage.dataDir, 'Quartet test model llama.gguf'), { seed: 4 })
    expect(found(await library.importFile(other, 'qwen')).id).toBe('quartet-test-model-llama-2')
  })

  test('refuses what is cut, absurd, no model, or not there', async () => {
    const library = stage.open()
    const path = join(stage.dataDir, 'bad.gguf')
    const codes: string[] = []
    const whole = tinyGguf()
    for (const bytes of [
      whole.subarray(0, 2000),
      whole.subarray(0, whole.length - 5000),
      Buffer.from('no model'),
      absurd(),
    ]) {
      writeFileSync(path, bytes)
      codes.push(codeOf(await library.importFile(path, 'qwen')))
    }
    codes.push(codeOf(await library.importFile(join(stage.dataDir, 'nowhere.gguf'), 'qwen')))
    codes.push(codeOf(await library.importFile(stage.dataDir, 'qwen')))
    expect(codes).toEqual(['model_broken', 'model_broken', 'not_a_gguf', 'model_broken', 'model_missing', 'not_a_gguf'])
    expect(found(await library.list()).installed).toEqual([])
  })
})

describe('an installed file', () => {
  test('that has changed since is hashed before it is used again, and refused when it is another', async () => {
    const library = stage.open()
    found(await pull(library))
    const { mtimeMs } = statSync(stage.modelPath)
    utimesSync(stage.modelPath, new Date(), new Date(mtimeMs + 5000))
    expect(found(await library.list()).installed[0]?.state).toBe('changed')
    expect(found(await library.usableFiles())).toEqual({ files: { phi3: stage.modelPath }, refused: [] })
    expect(found(await library.list()).installed[0]?.state).toBe('same')

    appendFileSync(stage.modelPath, 'x')
    const { files, refused } = found(await library.usableFiles())
    expect([files, refused[0]?.message]).toEqual([{}, expect.stringContaining('has changed')])
    expect(codeOf(await library.choose('qwen', entryId))).toBe('hash_mismatch')
  })

  test('is deleted when it was pulled, and its slot is free again', async () => {
    const library = stage.open()
    found(await pull(library))
    found(library.remove('phi3'))
    expect([existsSync(stage.modelPath), stage.settings()]).toEqual([false, { inference: { modelFiles: {} } }])
    expect(codeOf(library.remove('phi3'))).toBe('not_installed')
  })

  test('is verified byte by byte, whatever its date says', async () => {
    const library = stage.open()
    found(await pull(library))
    expect(found(await library.verify())).toMatchObject([{ id: entryId, ok: true }])
    const { atime, mtime } = statSync(stage.modelPath)
    const bytes = readFileSync(stage.modelPath)
    bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 1
    writeFileSync(stage.modelPath, bytes)
    utimesSync(stage.modelPath, atime, mtime)
    expect(found(await library.verify())).toMatchObject([{ ok: false, message: expect.stringContaining('SHA-256') }])
  })

  test('that is gone is said to be', async () => {
    const library = stage.open()
    found(await pull(library))
    renameSync(stage.modelPath, `${stage.modelPath}.moved`)
    expect(found(await library.list()).installed[0]?.state).toBe('missing')
    expect((await entryState(library))?.state).toBe('absent')
  })
})

test('a model that is whole and waits for its adapter goes on, and leaves nothing when it is thrown away', async () => {
  const file = { repository, file: 'adapter.bin', revision: 'main', bytes: null, sha256: null }
  stage.offer(content, { adapter: { ...file, conversion: 'By a script.' } })
  const library = stage.open()
  expect(codeOf(await pull(library))).toBe('not_found')
  expect(await entryState(library)).toMatchObject({ state: 'partial', partialBytes: content.sizeBytes })
  found(library.discard(entryId))
  expect([existsSync(stage.modelPath), (await entryState(library))?.state]).toEqual([false, 'absent'])

  stage.hub.publish({ repository, path: 'adapter.bin', content: contentOf(Buffer.from('an adapter')) })
  const { adapterPath } = found(await pull(library))
  found(library.discard(entryId))
  expect([stage.modelPath, adapterPath ?? ''].map((path) => existsSync(path))).toEqual([true, true])
})

describe('a check', () => {
  test('judges a model before it is fetched, by its header on the hub, and again when it is there', async () => {
    const library = stage.open()
    const before = found(await library.check(entryId))
    expect(before.checks).toMatchObject([
      {
        model: entryId,
        installed: false,
        header: { layers: 2, sizeBytes: content.sizeBytes },
        fit: { fits: true, sequences: 16 },
      },
    ])
    expect(before.checks[0]?.disk).toMatchObject({ enough: true, neededBytes: content.sizeBytes + 2e9 })
    found(await pull(library))
    const after = found(await library.check(null))
    expect(after.checks).toMatchObject([{ model: entryId, installed: true, disk: { neededBytes: 0 } }])
    expect(after.plan.warm).toEqual([entryId])
    expect(after.checks[0]?.fit).toEqual(before.checks[0]?.fit)
  })

  test('of all models in use says which one cannot be judged, and judges the others', async () => {
    const library = stage.open()
    found(await pull(library))
    found(await library.choose('qwen', entryId))
    stage.writeSettings({
      inference: { modelFiles: { qwen: stage.modelPath, phi3: join(stage.dataDir, 'gone.gguf') } },
    })
    const checked = found(await library.check(null))
    expect(checked.checks.map(({ slot }) => slot)).toEqual(['qwen'])
    expect(checked.failed).toMatchObject([{ slot: 'phi3', message: expect.stringContaining('gone.gguf') }])
    expect(codeOf(await library.check('phi3'))).toBe('model_missing')
  })

  test('says it when a header on the hub is absurd', async () => {
    stage.offer(contentOf(absurd()))
    expect(codeOf(await stage.open().check(entryId))).toBe('model_broken')
  })
})

test('a list of installed models that cannot be read is said to be, and nothing is lost', async () => {
  const library = stage.open()
  const manifest = join(stage.dataDir, 'models.json')
  writeFileSync(manifest, '{"version": 1, "models": [{}]}')
  for (const outcome of [await library.list(), await pull(library), await library.verify()]) {
    expect(codeOf(outcome)).toBe('manifest_unreadable')
  }
  expect(readFileSync(manifest, 'utf8')).toContain('[{}]')
})

/** A header that claims a million million values; the file is long enough for a hundred. */
function absurd(): Buffer {
  const u64 = (value: bigint): Buffer => Buffer.from(BigUint64Array.of(value).buffer)
  const u32 = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer)
  const key = Buffer.concat([u64(1n), Buffer.from('k')])
  return Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(1n),
    u64(1n),
    key,
    u32(9),
    u32(0),
    u64(10n ** 12n),
    Buffer.alloc(100),
  ])
}
