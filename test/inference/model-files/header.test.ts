import { execFileSync } from 'node:child_process'
import { readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { checkGgufFile } from '../../../src-main/inference/gguf-file'
import { checkGgufBounds } from '../../../src-main/inference/model-files/gguf-bounds'
import { openHeader } from '../../../src-main/inference/model-files/header'
import { contentOf, type LoopbackHub, startLoopbackHub } from '../../helpers/loopback-hub'
import { temporaryFolder } from '../../helpers/temporary-folder'
import { tinyGguf } from '../../helpers/tiny-gguf'

const place = { repository: 'quartet/tiny', revision: 'main', file: 'model.gguf' }

test.runIf(process.platform !== 'win32')(
  'a pipe, a device and a folder are no model files, and keep nobody waiting',
  async () => {
    const folder = temporaryFolder('strange')
    execFileSync('mkfifo', [join(folder, 'pipe.gguf')])
    symlinkSync('/dev/zero', join(folder, 'zero.gguf'))
    for (const path of [join(folder, 'pipe.gguf'), join(folder, 'zero.gguf'), folder]) {
      const refused = { ok: false, problem: { code: 'not_a_gguf' } }
      expect(await checkGgufBounds(path)).toMatchObject(refused)
      expect(await checkGgufFile(path)).toMatchObject(refused)
    }
  },
)

describe('the header of a model on the hub', () => {
  let hub: LoopbackHub
  let temporary: string
  beforeEach(async () => {
    hub = await startLoopbackHub()
    hub.publish({ repository: place.repository, path: place.file, content: contentOf(tinyGguf()) })
    temporary = temporaryFolder('header')
    vi.stubEnv('TMPDIR', temporary)
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await hub.close()
  })

  const open = () =>
    openHeader(
      { kind: 'hub', place },
      async () => ({ ok: true, value: { endpoint: new URL(`${hub.url}/`), token: null } }),
      AbortSignal.timeout(10_000),
    )

  test('is read without the rest, and what was fetched goes when it is closed', async () => {
    const opened = await open()
    expect(opened).toMatchObject({ ok: true, value: { sizeBytes: contentOf(tinyGguf()).sizeBytes } })
    expect(readdirSync(temporary)).toHaveLength(1)
    if (opened.ok) await opened.value.close()
    expect(readdirSync(temporary)).toEqual([])
  })

  test('whose connection breaks leaves nothing behind', async () => {
    hub.plan({ kind: 'cut', afterBytes: 1000 })
    await expect(open()).rejects.toThrow()
    expect(readdirSync(temporary)).toEqual([])
  })
})
