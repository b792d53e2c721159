import { existsSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { TransferProgress } from '@shared/contract/model-files'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type BuiltProgram, buildProgram } from '../../helpers/built-program'
import { contentOf } from '../../helpers/loopback-hub'
import { tinyGguf } from '../../helpers/tiny-gguf'
import {
  codeOf,
  entryId,
  entryState,
  found,
  type LibraryStage,
  libraryStage,
  licenceHash,
  licenceText,
  messageOf,
  pull,
  repository,
} from './stage'

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
      header: { architecture: 'llama', name: 'Quartet test model (llama)', layers: 2, trainContextTokens: 8192 },
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

  test('that was killed between the whole file and the note of it fetches nothing again', async () => {
    found(await pull(stage.open()))
    rmSync(join(stage.dataDir, 'models.json'))
    const asked = stage.hub.requests.length
    expect(found(await pull(stage.open())).sha256).toBe(content.sha256)
    expect(stage.hub.requests.length).toBe(asked)
  })

  test('brings the adapter of a model along, held to its own hash', async () => {
    const adapter = contentOf(Buffer.from('weights of an adapter'))
    const file = 'adapter_model.bin'
    const conversion = 'Convert it.'
    const part = { repository, file, revision: 'main', bytes: null, sha256: adapter.sha256, conversion }
    stage.offer(content, { adapter: part })
    stage.hub.publish({ repository, path: file, content: adapter })
    const { adapterPath } = found(await pull(stage.open()))
    expect(readFileSync(adapterPath ?? '', 'utf8')).toBe('weights of an adapter')
    found(stage.open().remove(entryId))
    expect(existsSync(adapterPath ?? '')).toBe(false)
    stage.offer(content, { adapter: { ...part, sha256: 'e'.repeat(64) } })
    rmSync(join(stage.dataDir, 'models.json'))
    expect(codeOf(await pull(stage.open()))).toBe('hash_mismatch')
  })

  test('goes through the proxy that the environment names', async () => {
    const seen: string[] = []
    const proxy = createServer()
    proxy.on('connect', (request, client: Duplex) => {
      seen.push(request.url ?? '')
      const [host, port] = (request.url ?? '').split(':')
      const server = connect(Number(port), host, () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n')
        server.pipe(client).pipe(server)
      })
      server.on('error', () => client.destroy())
      client.on('error', () => server.destroy())
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    try {
      const address = proxy.address()
      const port = address !== null && typeof address !== 'string' ? address.port : 0
      expect(codeOf(await pull(stage.open({ HTTP_PROXY: `http://127.0.0.1:${port}` })))).toBe('ok')
      expect(seen).toContain(new URL(stage.hub.url).host)
    } finally {
      proxy.closeAllConnections()
      proxy.close()
    }
  })

  test('of a gated file says what to do, and never shows the token', async () => {
    stage.hub.publish({ repository, path: 'tiny-Q8_0.gguf', content, token: 'hf_secret_right' })
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
