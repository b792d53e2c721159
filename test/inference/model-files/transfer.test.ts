import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ModelFilesProblemCode, TransferProgress, TransferRequest } from '@shared/contract/model-files'
import type { Outcome } from '@shared/contract/outcome'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lockPartial } from '../../../src-main/inference/model-files/partial-file'
import { transfer } from '../../../src-main/inference/model-files/transfer'
import { contentOf, generatedContent, type LoopbackHub, startLoopbackHub } from '../../helpers/loopback-hub'
import { temporaryFolder } from '../../helpers/temporary-folder'

const MB = 1e6
const place = { repository: 'desk/model-GGUF', revision: 'main', file: 'model-Q8_0.gguf' }
const plenty = 1e12

let hub: LoopbackHub
let folder: string
let progress: TransferProgress[]

beforeEach(async () => {
  hub = await startLoopbackHub()
  folder = temporaryFolder('transfer')
  progress = []
})
afterEach(async () => {
  await hub.close()
})

const path = (): string => join(folder, place.file)
const partial = (): string => `${path()}.partial`

interface Asked extends Partial<TransferRequest> {
  readonly token?: string
  readonly signal?: AbortSignal
  readonly freeBytes?: number
}

function fetchModel({ token, signal, freeBytes, ...changes }: Asked = {}) {
  return transfer(
    {
      transferId: 'one',
      place,
      path: path(),
      bytes: null,
      aboutBytes: MB,
      sha256: null,
      acceptSha256: null,
      stallMs: 300,
      fruitlessAttempts: 4,
      backoffMs: 1,
      reserveBytes: 0,
      ...changes,
    },
    {
      hub: { endpoint: new URL(`${hub.url}/`), token: token ?? null },
      signal: signal ?? new AbortController().signal,
      onProgress: (told) => progress.push(told),
      freeBytes: async () => freeBytes ?? plenty,
      nowMs: () => performance.now(),
    },
  )
}

const publish = (sizeBytes = MB) => {
  const content = generatedContent(sizeBytes)
  hub.publish({ ...place, path: place.file, content })
  return content
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk)
  return hash.digest('hex')
}

function codeOf(outcome: Outcome<unknown, ModelFilesProblemCode>): string {
  return outcome.ok ? 'ok' : outcome.problem.code
}

function messageOf(outcome: Outcome<unknown>): string {
  return outcome.ok ? '' : outcome.problem.message
}

describe('a transfer', () => {
  test('of 200 MB that is cut ten times and stalls twice ends with the right hash, every attempt further on', async () => {
    const content = generatedContent(200 * MB)
    hub.publish({ ...place, path: place.file, content })
    const cut = { kind: 'cut', afterBytes: 15 * MB } as const
    const stall = { kind: 'stall', afterBytes: 10 * MB } as const
    hub.plan(cut, cut, cut, stall, cut, cut, cut, cut, stall, cut, cut, cut)
    const fetched = await fetchModel({ bytes: content.sizeBytes, sha256: content.sha256, stallMs: 1500 })
    expect(fetched).toMatchObject({ ok: true, value: { sha256: content.sha256, sizeBytes: 200 * MB } })
    expect(await hashOf(path())).toBe(content.sha256)
    expect(existsSync(partial())).toBe(false)
    const starts = hub.requests
      .filter(({ server }) => server === 'content')
      .map(({ range }) => Number(range?.replace(/\D/g, '') ?? 0))
    expect(starts).toHaveLength(13)
    expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b))
    // The last kilobytes before a cut may be lost on the way; what arrived is not asked for again.
    expect(starts[12]).toBeGreaterThan(0.98 * (10 * 15 * MB + 2 * 10 * MB))
    expect(progress.some(({ phase, note }) => phase === 'waiting' && note.includes('nothing for 1.5 s'))).toBe(true)
    expect(progress.at(-1)?.phase).toBe('hashing')
  })

  test('tells how far it is, how fast, and how long the rest takes', async () => {
    publish(2 * MB)
    hub.plan({ kind: 'slow', bytesPerSecond: 3 * MB })
    await fetchModel()
    const receiving = progress.filter(({ phase }) => phase === 'receiving')
    const sizes = receiving.map(({ receivedBytes }) => receivedBytes)
    expect(receiving.length).toBeGreaterThan(1)
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b))
    expect(receiving.every(({ totalBytes }) => totalBytes === 2 * MB)).toBe(true)
    const last = receiving.at(-1)
    expect(last?.bytesPerSecond).toBeGreaterThan(0)
    expect(last?.secondsLeft).toBeCloseTo((2 * MB - (last?.receivedBytes ?? 0)) / (last?.bytesPerSecond ?? 1), 0)
  })

  test('goes on where it was paused', async () => {
    const content = publish()
    const pause = new AbortController()
    hub.plan({ kind: 'stall', afterBytes: 400_000 })
    const first = fetchModel({ stallMs: 60_000, signal: pause.signal })
    while (!existsSync(partial()) || statSync(partial()).size < 400_000) await new Promise((go) => setTimeout(go, 5))
    pause.abort()
    expect(codeOf(await first)).toBe('cancelled')
    expect(existsSync(path())).toBe(false)
    expect(await fetchModel()).toMatchObject({ ok: true, value: { sha256: content.sha256 } })
    expect(hub.requests.at(-1)?.range).toBe('bytes=400000-')
  })

  test('begins anew when the file on the hub was replaced meanwhile', async () => {
    publish()
    hub.plan(
      { kind: 'cut', afterBytes: 300_000 },
      ...Array.from({ length: 9 }, () => ({ kind: 'answer', status: 500 }) as const),
    )
    expect(codeOf(await fetchModel())).toBe('network_failed')
    const other = contentOf(Buffer.alloc(MB, 'other'))
    hub.publish({ ...place, path: place.file, content: other })
    hub.plan()
    const again = await fetchModel({ fruitlessAttempts: 20 })
    expect(again).toMatchObject({ ok: true, value: { sha256: other.sha256 } })
  })

  test('begins anew from a server that knows no ranges', async () => {
    const content = generatedContent(MB)
    hub.publish({ ...place, path: place.file, content, withoutRanges: true })
    hub.plan({ kind: 'cut', afterBytes: 300_000 })
    expect(await fetchModel()).toMatchObject({ ok: true, value: { sha256: content.sha256 } })
  })

  test('finishes at the commit at which it began', async () => {
    publish()
    hub.plan({ kind: 'cut', afterBytes: 300_000 })
    expect(codeOf(await fetchModel())).toBe('ok')
    const asked = hub.requests.filter(({ server }) => server === 'hub').map(({ path: asked }) => asked.split('/')[4])
    expect(asked).toEqual(['main', 'c0ffee'.padEnd(40, '0')])
  })

  test('is fetched by one process at a time', async () => {
    publish()
    const release = lockPartial(path())
    expect(codeOf(await fetchModel())).toBe('transfer_running')
    release?.()
    expect(codeOf(await fetchModel())).toBe('ok')
    expect(readdirSync(folder)).toEqual([place.file])
  })
})

describe('what the hub says against it', () => {
  test.each(['the hub', 'its content network'])('a pause that %s asks for is kept', async (who) => {
    publish()
    const busy = { status: 429, headers: { 'retry-after': '1' } }
    if (who === 'the hub') hub.planHub(busy)
    else hub.plan({ kind: 'answer', ...busy })
    const startedAt = performance.now()
    expect(codeOf(await fetchModel())).toBe('ok')
    expect(performance.now() - startedAt).toBeGreaterThan(900)
    expect(progress.some(({ phase, note }) => phase === 'waiting' && note.includes('429'))).toBe(true)
  })

  test('a hub that is busy for ever is given up, and said so', async () => {
    publish()
    hub.planHub(...Array.from({ length: 4 }, () => ({ status: 429 })))
    const outcome = await fetchModel()
    expect(codeOf(outcome)).toBe('rate_limited')
    expect(messageOf(outcome)).toContain('4 attempts')
  })

  test('a file that is not there', async () => {
    const outcome = await fetchModel()
    expect(codeOf(outcome)).toBe('not_found')
    expect(messageOf(outcome)).toContain('model-Q8_0.gguf in desk/model-GGUF at main')
  })

  test('a gated file asks for a token, takes the right one, and shows it to nobody', async () => {
    const content = generatedContent(MB)
    hub.publish({ ...place, path: place.file, content, token: 'hf_right' })
    const without = await fetchModel()
    expect([codeOf(without), messageOf(without)]).toEqual(['token_needed', expect.stringContaining('HF_TOKEN')])
    const wrong = await fetchModel({ token: 'hf_wrong-secret' })
    expect(codeOf(wrong)).toBe('access_denied')
    expect(messageOf(wrong)).not.toContain('hf_wrong-secret')
    hub.plan({ kind: 'cut', afterBytes: 1000 })
    expect(codeOf(await fetchModel({ token: 'hf_right' }))).toBe('ok')
    expect(JSON.stringify(progress)).not.toContain('hf_')
    const sentOn = hub.requests.filter(({ server, authorization }) => server === 'content' && authorization !== null)
    expect(sentOn).toEqual([])
  })

  test('a signed address that has expired is asked for anew', async () => {
    publish()
    hub.plan({ kind: 'cut', afterBytes: 300_000 }, { kind: 'answer', status: 403 })
    expect(codeOf(await fetchModel())).toBe('ok')
  })

  test('a connection that is refused, and one that breaks without a byte, end after a few attempts', async () => {
    publish()
    hub.plan(...Array.from({ length: 4 }, () => ({ kind: 'cut', afterBytes: 0 }) as const))
    expect(codeOf(await fetchModel())).toBe('network_failed')
    await hub.close()
    const gone = await fetchModel()
    expect([codeOf(gone), messageOf(gone)]).toEqual(['network_failed', expect.stringContaining('ECONNREFUSED')])
    hub = await startLoopbackHub()
  })

  test('a stall that never ends is given up and keeps what came', async () => {
    publish()
    hub.plan(...Array.from({ length: 6 }, () => ({ kind: 'stall', afterBytes: 0 }) as const))
    expect(codeOf(await fetchModel({ stallMs: 50 }))).toBe('stalled')
  })
})

describe('a wrong file', () => {
  test('that the hub itself announces is not fetched at all', async () => {
    const content = publish()
    const outcome = await fetchModel({ sha256: 'a'.repeat(64) })
    expect(codeOf(outcome)).toBe('hash_mismatch')
    expect(messageOf(outcome)).toContain(`--accept-sha256 ${content.sha256}`)
    expect(hub.requests.filter(({ server }) => server === 'content')).toEqual([])
  })

  test('behind a right announcement is set aside and never gets the name, until its hash is accepted knowingly', async () => {
    const content = generatedContent(MB)
    const claimed = 'b'.repeat(64)
    hub.publish({ ...place, path: place.file, content, claimedSha256: claimed })
    const outcome = await fetchModel({ sha256: claimed })
    expect(codeOf(outcome)).toBe('hash_mismatch')
    expect([existsSync(path()), existsSync(partial()), existsSync(`${path()}.refused`)]).toEqual([false, false, true])
    expect(codeOf(await fetchModel({ sha256: claimed, acceptSha256: 'c'.repeat(64) }))).toBe('hash_mismatch')
    const asked = hub.requests.length
    const accepted = await fetchModel({ sha256: claimed, acceptSha256: content.sha256 })
    expect(accepted).toMatchObject({ ok: true, value: { sha256: content.sha256 } })
    expect(hub.requests.length).toBe(asked)
    expect(await hashOf(path())).toBe(content.sha256)
  })

  test('of another size than the catalogue says is refused before its content comes', async () => {
    publish()
    const outcome = await fetchModel({ bytes: MB + 1 })
    expect(codeOf(outcome)).toBe('size_mismatch')
    expect(existsSync(path())).toBe(false)
  })
})

describe('the disk', () => {
  test('is looked at before anything is fetched, with what must stay free', async () => {
    publish()
    const outcome = await fetchModel({ freeBytes: 1.5 * MB, reserveBytes: 0.6 * MB })
    expect([codeOf(outcome), messageOf(outcome)]).toEqual(['disk_full', expect.stringContaining('models.folder')])
    expect(hub.requests.filter(({ server }) => server === 'content')).toEqual([])
    expect(codeOf(await fetchModel({ freeBytes: 1.5 * MB, reserveBytes: 0.4 * MB }))).toBe('ok')
  })

  test('that fills up on the way ends the transfer in words', async () => {
    publish()
    symlinkSync('/dev/full', partial())
    writeFileSync(`${partial()}.json`, 'the first attempt removes what it does not know')
    hub.plan({ kind: 'cut', afterBytes: 0 })
    const filled = fetchModel({ backoffMs: 300 })
    while (!existsSync(partial()) || progress.at(-1)?.phase !== 'waiting') await new Promise((go) => setTimeout(go, 2))
    rmSync(partial())
    symlinkSync('/dev/full', partial())
    const outcome = await filled
    expect([codeOf(outcome), messageOf(outcome)]).toEqual(['disk_full', expect.stringContaining('ENOSPC')])
  })
})
