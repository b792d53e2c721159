import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

/**
 * Two loopback servers that behave as Hugging Face does: the hub answers `/REPOSITORY/resolve/REVISION/FILE` with a
 * redirect that carries X-Linked-Etag (the SHA-256 of the file), X-Linked-Size and X-Repo-Commit, and the content
 * network behind it serves ranges with an ETag under a signed address. Faults are made on purpose, in the order in
 * which the requests for content come.
 */
export interface LoopbackHub {
  readonly url: string
  publish(file: HubFile): void
  /** The next requests for the content of a model file meet these, one each; afterwards all goes well. */
  plan(...faults: readonly HubFault[]): void
  /** The next requests to the hub itself are answered with these statuses. */
  planHub(...answers: readonly HubAnswer[]): void
  readonly requests: readonly HubRequest[]
  close(): Promise<void>
}

export interface HubFile {
  readonly repository: string
  readonly path: string
  readonly content: HubContent
  readonly commit?: string
  /** Who asks without this token is turned away with 401, with another one 403. */
  readonly token?: string
  /** What the hub claims the hash is, where that is not the truth. */
  readonly claimedSha256?: string
  /** The content network ignores ranges. */
  readonly withoutRanges?: boolean
}

export interface HubContent {
  readonly sizeBytes: number
  readonly sha256: string
  read(offset: number, length: number): Buffer
}

export type HubFault =
  | { readonly kind: 'none' }
  /** The connection is cut after so many bytes of this answer. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** The connection stays open after so many bytes, and nothing comes any more. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  | ({ readonly kind: 'answer' } & HubAnswer)
  /** Served at this speed. */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }

export interface HubAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
}

export interface HubRequest {
  readonly server: 'hub' | 'content'
  readonly method: string
  readonly path: string
  readonly range: string | null
  readonly authorization: string | null
}

const chunkBytes = 1 << 18

export async function startLoopbackHub(): Promise<LoopbackHub> {
  const files = new Map<string, HubFile>()
  const faults: HubFault[] = []
  const hubAnswers: HubAnswer[] = []
  const requests: HubRequest[] = []
  const content = createServer((request, response) => void serveContent(request, response))
  const hub = createServer((request, response) => serveHub(request, response))
  const contentUrl = await listen(content)
  const url = await listen(hub)

  function note(server: HubRequest['server'], { method, url: path, headers }: IncomingMessage): void {
    requests.push({
      server,
      method: method ?? '',
      path: path ?? '',
      range: headers.range ?? null,
      authorization: headers.authorization ?? null,
    })
  }

  function serveHub(request: IncomingMessage, response: ServerResponse): void {
    note('hub', request)
    const planned = hubAnswers.shift()
    if (planned !== undefined) {
      response.writeHead(planned.status, { ...planned.headers }).end('not now')
      return
    }
    const [, repository, path] = /^\/([^/]+\/[^/]+)\/resolve\/[^/]+\/([^?]+)/.exec(request.url ?? '') ?? []
    const file = files.get(`${repository}/${path}`)
    if (file === undefined) {
      response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end('Entry not found')
      return
    }
    if (file.token !== undefined && request.headers.authorization !== `Bearer ${file.token}`) {
      const status = request.headers.authorization === undefined ? 401 : 403
      response.writeHead(status, { 'x-error-code': 'GatedRepo' }).end('Access to this model is restricted')
      return
    }
    response
      .writeHead(302, {
        location: `${contentUrl}/blobs/${file.repository}/${file.path}?X-Signature=${requests.length}`,
        'x-linked-etag': `"${file.claimedSha256 ?? file.content.sha256}"`,
        'x-linked-size': String(file.content.sizeBytes),
        'x-repo-commit': file.commit ?? 'c0ffee'.padEnd(40, '0'),
        'accept-ranges': 'bytes',
      })
      .end()
  }

  async function serveContent(request: IncomingMessage, response: ServerResponse): Promise<void> {
    note('content', request)
    const [, key] = /^\/blobs\/(.+?)\?/.exec(request.url ?? '') ?? []
    const file = files.get(key ?? '')
    if (file === undefined) {
      response.writeHead(404).end()
      return
    }
    const fault = (file.path.endsWith('.gguf') ? faults.shift() : null) ?? { kind: 'none' }
    if (fault.kind === 'answer') {
      response.writeHead(fault.status, { ...fault.headers }).end('not now')
      return
    }
    const { sizeBytes, sha256 } = file.content
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
    const isRange = from !== undefined && file.withoutRanges !== true
    const start = isRange ? Number(from) : 0
    const end = isRange && to ? Math.min(Number(to) + 1, sizeBytes) : sizeBytes
    if (start >= end) {
      response.writeHead(416, { 'content-range': `bytes */${sizeBytes}` }).end()
      return
    }
    response.writeHead(isRange ? 206 : 200, {
      etag: `"${sha256}"`,
      'content-length': end - start,
      ...(file.withoutRanges === true ? {} : { 'accept-ranges': 'bytes' }),
      ...(isRange ? { 'content-range': `bytes ${start}-${end - 1}/${sizeBytes}` } : {}),
    })
    response.flushHeaders()
    const stopsAt = fault.kind === 'cut' || fault.kind === 'stall' ? Math.min(start + fault.afterBytes, end) : end
    const stepBytes = fault.kind === 'slow' ? Math.max(1, Math.round(fault.bytesPerSecond / 50)) : chunkBytes
    for (let at = start; at < stopsAt && !response.destroyed; ) {
      const length = Math.min(stepBytes, stopsAt - at)
      const isRoom = response.write(file.content.read(at, length))
      at += length
      if (!isRoom) await drained(response)
      if (fault.kind === 'slow') await pause(20)
    }
    if (fault.kind === 'stall') return
    if (stopsAt < end) {
      // What was written goes out first: the cut comes after exactly these bytes.
      await pause(20)
      response.destroy()
      return
    }
    response.end()
  }

  return {
    url,
    publish: (file) => files.set(`${file.repository}/${file.path}`, file),
    plan: (...more) => {
      faults.push(...more)
    },
    planHub: (...more) => {
      hubAnswers.push(...more)
    },
    requests,
    async close() {
      for (const server of [hub, content]) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
    },
  }
}

const blockBytes = 1 << 20

/** Content of any size that is never held in memory: one random block, each copy stamped with its number. */
export function generatedContent(sizeBytes: number): HubContent {
  const block = Buffer.alloc(blockBytes)
  let state = 1
  for (let at = 0; at < blockBytes; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    block.writeUInt32LE(state, at)
  }
  const read = (offset: number, length: number): Buffer => {
    const bytes = Buffer.alloc(length)
    for (let done = 0; done < length; ) {
      const number = Math.floor((offset + done) / blockBytes)
      block.writeUInt32LE(number, 0)
      const inBlock = (offset + done) % blockBytes
      done += block.copy(bytes, done, inBlock, Math.min(blockBytes, inBlock + length - done))
    }
    return bytes
  }
  const hash = createHash('sha256')
  for (let at = 0; at < sizeBytes; at += blockBytes) hash.update(read(at, Math.min(blockBytes, sizeBytes - at)))
  return { sizeBytes, sha256: hash.digest('hex'), read }
}

export function contentOf(bytes: Buffer): HubContent {
  return {
    sizeBytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    read: (offset, length) => bytes.subarray(offset, offset + length),
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port')
  return `http://127.0.0.1:${address.port}`
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
}
