import { createHash } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { TransferProgress } from '@shared/contract/model-files'
import type { Outcome } from '@shared/contract/outcome'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ModelLibrary, PullOptions } from '../../../src-main/engine/models/library'
import { type BuiltProgram, buildProgram } from '../../helpers/built-program'
import { contentOf } from '../../helpers/loopback-hub'
import { tinyGguf, writeTinyGguf } from '../../helpers/tiny-gguf'
import { entryId, type LibraryStage, libraryStage, licenceText } from './stage'

let program: BuiltProgram
let stage: LibraryStage
const content = contentOf(tinyGguf())
const licenceHash = createHash('sha256').update(licenceText).digest('hex')

beforeAll(async () => {
  program = await buildProgram('src-main/inference/model-files/main.ts')
})
afterAll(() => program.remove())
beforeEach(async () => {
  stage = await libraryStage(program.path)
  stage.offer(content)
})
afterEach(() => stage.close())

function pull(library: ModelLibrary, changes: Partial<PullOptions> = {}) {
  return library.pull(entryId, {
    acceptLicence: licenceHash,
    acceptSha256: null,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...changes,
  })
}

function codeOf(outcome: Outcome<unknown>): string {
  return outcome.ok ? 'ok' : outcome.problem.code
}

function messageOf(outcome: Outcome<unknown>): string {
  return outcome.ok ? '' : outcome.problem.message
}

function found<Value>(outcome: Outcome<Value>): Value {
  if (!outcome.ok) throw new Error(outcome.problem.message)
  return outcome.value
}

async function entryState(library: ModelLibrary) {
  const { entries } = found(await library.list())
  return entries.find(({ entry }) => entry.id === entryId)
}

describe('a pull', () => {
  test('shows the licence first, and fetches nothing before its text is accepted', async () => {
    const library = stage.open()
    expect(codeOf(await pull(library, { acceptLicence: null }))).toBe('licence_not_accepted')
    expect(stage.hub.requests).toEqual([])
    const licence = found(await library.licence(entryId))
    expect(licence).toMatchObject({
      name: 'As you like it',
      text: licenceText,
      accepted: false,
      textSha256: licenceHash,
    })
    expect(codeOf(await pull(library))).toBe('ok')
    expect((await entryState(library))?.licenceAccepted).toBe(true)
    rmSync(stage.modelPath)
    expect(codeOf(await pull(library, { acceptLicence: null }))).toBe('ok')
  })

  test('installs the file with its header, and gives it to a slot that has none', async () => {
    stage.writeSettings({ risk: { maxOpenPositions: 3 }, inference: { gpu: 'off' } })
    const library = stage.open()
    const model = found(await pull(library))
    expect(model).toMatchObject({
      id: entryId,
      slot: 'phi3',
      path: stage.modelPath,
      owned: true,
      sha256: content.sha256,
      sizeBytes: content.sizeBytes,
      commit: 'c0ffee'.padEnd(40, '0'),
      header: { architecture: 'llama', name: 'Quartet test model', layers: 2, trainContextTokens: 8192 },
    })
    expect(stage.settings()).toEqual({
      risk: { maxOpenPositions: 3 },
      inference: { gpu: 'off', modelFiles: { phi3: stage.modelPath } },
    })
    const { installed } = found(await library.list())
    expect(installed.map(({ id, state, usedBy }) => [id, state, usedBy])).toEqual([[entryId, 'same', ['phi3']]])
    const asked = stage.hub.requests.length
    expect(codeOf(await pull(library))).toBe('ok')
    expect(stage.hub.requests.length).toBe(asked)
  })

  test('records the hash of a first download, and holds the next one to it', async () => {
    stage.offer(content, { sha256: null })
    const library = stage.open()
    expect(found(await pull(library)).sha256).toBe(content.sha256)
    rmSync(stage.modelPath)
    const other = contentOf(tinyGguf({ seed: 2 }))
    stage.offer(other, { sha256: null })
    const outcome = await pull(library)
    expect(codeOf(outcome)).toBe('hash_mismatch')
    expect([existsSync(stage.modelPath), messageOf(outcome).includes(other.sha256)]).toEqual([false, true])
    expect(found(await pull(library, { acceptSha256: other.sha256 })).sha256).toBe(other.sha256)
    rmSync(stage.modelPath)
    expect(codeOf(await pull(library))).toBe('ok')
  })

  test('of a wrong file installs nothing', async () => {
    stage.offer(content, { sha256: 'a'.repeat(64) })
    const library = stage.open()
    expect(codeOf(await pull(library))).toBe('hash_mismatch')
    expect(found(await library.list()).installed).toEqual([])
    expect(existsSync(join(stage.dataDir, 'settings.json'))).toBe(false)
  })

  test('pauses, is seen as begun by the next library, goes on there, and can be thrown away', async () => {
    stage.hub.plan({ kind: 'stall', afterBytes: 30_000 })
    const seen: TransferProgress[] = []
    const stop = new AbortController()
    const onProgress = (progress: TransferProgress): void => {
      seen.push(progress)
      if (progress.phase === 'receiving') stop.abort()
    }
    const first = stage.open()
    expect(codeOf(await pull(first, { signal: stop.signal, onProgress }))).toBe('cancelled')
    await first.close()
    const next = stage.open()
    const { state, partialBytes } = (await entryState(next)) ?? {}
    expect(state).toBe('partial')
    expect(partialBytes).toBeGreaterThan(0)
    expect(found(next.discard(entryId))).toBeNull()
    expect((await entryState(next))?.state).toBe('absent')
    expect(existsSync(`${stage.modelPath}.partial.json`)).toBe(false)
  })

  test('of a gated file says what to do, and never shows the token', async () => {
    stage.hub.publish({ repository: 'desk/tiny-GGUF', path: 'tiny-Q8_0.gguf', content, token: 'hf_secret_right' })
    expect(codeOf(await pull(stage.open()))).toBe('token_needed')
    const denied = await pull(stage.open({ HF_TOKEN: 'hf_secret_wrong' }))
    expect(codeOf(denied)).toBe('access_denied')
    expect(JSON.stringify(denied)).not.toContain('hf_secret')
    expect(codeOf(await pull(stage.open({ HF_TOKEN: 'hf_secret_right' })))).toBe('ok')
    expect(readFileSync(join(stage.dataDir, 'models.json'), 'utf8')).not.toContain('hf_secret')
  })

  test('goes to no hub over plain http, and none with a password in its address', async () => {
    for (const HF_ENDPOINT of ['http://hub.example', 'https://me:secret@hub.example', 'file:///etc']) {
      const outcome = await pull(stage.open({ HF_ENDPOINT }))
      expect([codeOf(outcome), messageOf(outcome).includes('secret')]).toEqual(['hub_unusable', false])
    }
  })

  test('of something that is no model, under a right hash, installs nothing', async () => {
    const page = contentOf(Buffer.from('<html>Please sign in</html>'))
    stage.offer(page)
    const library = stage.open()
    expect(codeOf(await pull(library))).toBe('not_a_gguf')
    expect(found(await library.list()).installed).toEqual([])
  })
})

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
    expect(found(await library.importFile(path, 'qwen')).id).toBe('quartet-test-model')
    const other = writeTinyGguf(join(stage.dataDir, 'Quartet test model.gguf'), { seed: 4 })
    expect(found(await library.importFile(other, 'qwen')).id).toBe('quartet-test-model-2')
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

describe('a check', () => {
  test('judges a model before it is fetched, by its header on the hub, and again when it is there', async () => {
    const library = stage.open()
    const before = found(await library.check(entryId))
    expect(before.checks).toMatchObject([
      {
        model: entryId,
        installed: false,
        header: { layers: 2, sizeBytes: content.sizeBytes },
        fit: { fits: true, sequences: 4 },
      },
    ])
    expect(before.checks[0]?.disk).toMatchObject({ enough: true, neededBytes: content.sizeBytes + 2e9 })
    found(await pull(library))
    const after = found(await library.check(null))
    expect(after.checks).toMatchObject([{ model: entryId, installed: true, disk: { neededBytes: 0 } }])
    expect(after.plan.warm).toEqual([entryId])
    expect(after.checks[0]?.fit).toEqual(before.checks[0]?.fit)
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
