import type { FileHandle } from 'node:fs/promises'
import type { HubPlace, ModelFilesProblemCode } from '@shared/contract/model-files'
import type { Problem } from '@shared/contract/outcome'
import { ask, type Hub, type Located, networkReason, refused } from './hub'
import type { PartialFile } from './partial-file'

/** How one attempt to receive the rest of a file ended. */
export type Received =
  | { readonly end: 'whole' }
  /** Worth another attempt, after `waitMs` where the server asked for a pause. */
  | { readonly end: 'again'; readonly problem: Problem<ModelFilesProblemCode>; readonly waitMs: number | null }
  | { readonly end: 'failed'; readonly problem: Problem<ModelFilesProblemCode> }

export interface ReceiveOptions {
  readonly hub: Hub
  readonly place: HubPlace
  readonly located: Located
  readonly partial: PartialFile
  /** The size to expect; null takes what the server says. */
  readonly sizeBytes: number | null
  readonly stallMs: number
  readonly signal: AbortSignal
  onBytes(bytes: number): void
}

/**
 * Asks for everything behind what is already there and appends it, chunk by chunk, until the file is whole, the
 * connection ends or nothing comes for `stallMs`. Every byte that arrived stays. Throws when `signal` is aborted.
 */
export async function receive(options: ReceiveOptions): Promise<Received> {
  const { partial, stallMs, signal, located } = options
  const offset = await partial.length()
  if (options.sizeBytes !== null && offset === options.sizeBytes) return { end: 'whole' }
  const stall = new AbortController()
  const stallTimer = setTimeout(() => stall.abort(), stallMs)
  const stopped = AbortSignal.any([signal, stall.signal])
  const stalled = (): Received =>
    again('stalled', `${located.url.host} has sent nothing for ${stallMs / 1000} s.`, null)
  try {
    const headers = { ...located.headers, ...(offset > 0 ? { range: `bytes=${offset}-` } : {}) }
    const asked = await ask(located.url, { headers, signal: stopped })
    if (!asked.ok) return { end: 'again', problem: asked.problem, waitMs: null }
    const response = asked.value
    const beginning = await begin(options, response, offset)
    if (beginning !== null) return beginning
    const file = await partial.append()
    try {
      return await append(file, response, options, () => stallTimer.refresh())
    } finally {
      await file.close()
    }
  } catch (error) {
    signal.throwIfAborted()
    if (stall.signal.aborted) return stalled()
    return (
      writeProblem(error, partial) ?? again('network_failed', `The connection broke (${networkReason(error)}).`, null)
    )
  } finally {
    clearTimeout(stallTimer)
  }
}

/** Looks at the answer before its body: null when what comes is the rest of the file. */
async function begin(options: ReceiveOptions, response: Response, offset: number): Promise<Received | null> {
  const { hub, place, partial, located } = options
  const { status, headers } = response
  if (status === 206 || status === 200) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '')
    // A server that knows no ranges sends the whole file again.
    if (status === 200 && offset > 0) await truncate(partial)
    const startsAt = status === 200 ? 0 : Number(range?.[1])
    const total = status === 200 ? headers.get('content-length') : (range?.[2] ?? null)
    if (status === 206 && startsAt !== offset) {
      await response.body?.cancel()
      return again('network_failed', `${located.url.host} sent another part of the file than was asked for.`, null)
    }
    const wrong = options.sizeBytes !== null && /^\d+$/.test(total ?? '') && Number(total) !== options.sizeBytes
    if (!wrong) return null
    await response.body?.cancel()
    return sizeMismatch(options, Number(total))
  }
  if (status === 416) {
    await response.body?.cancel()
    await truncate(partial)
    return again('network_failed', 'The part that was there is longer than the file; it is fetched anew.', null)
  }
  const { problem, waitMs } = refused(place, hub, response)
  // An address of the content network is signed for a while only: a new one is asked for.
  const isExpired = (status === 401 || status === 403) && located.url.origin !== hub.endpoint.origin
  const isPassing = status === 408 || status === 429 || status >= 500
  if (!isExpired && !isPassing) return { end: 'failed', problem }
  return { end: 'again', problem, waitMs }
}

async function append(
  file: FileHandle,
  response: Response,
  options: ReceiveOptions,
  onLife: () => void,
): Promise<Received> {
  for await (const bytes of response.body ?? []) {
    onLife()
    await file.appendFile(bytes)
    options.onBytes(bytes.length)
    onLife()
  }
  const length = (await file.stat()).size
  if (options.sizeBytes === null || length === options.sizeBytes) return { end: 'whole' }
  if (length > options.sizeBytes) return sizeMismatch(options, length)
  return again('network_failed', `The connection ended after ${length} of ${options.sizeBytes} bytes.`, null)
}

function sizeMismatch({ place, sizeBytes }: ReceiveOptions, found: number): Received {
  const message = `${place.file} has ${found} bytes there, but should have ${sizeBytes}: it is another file under the same name.`
  return { end: 'failed', problem: { code: 'size_mismatch', message } }
}

function again(code: ModelFilesProblemCode, message: string, waitMs: number | null): Received {
  return { end: 'again', problem: { code, message }, waitMs }
}

async function truncate(partial: PartialFile): Promise<void> {
  const file = await partial.append()
  await file.truncate(0).finally(() => file.close())
}

const full = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL'])
const unwritable = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'EIO',
  'EFBIG',
  'EISDIR',
  'ENOENT',
  'ENOTDIR',
  'EMFILE',
  'SQLITE_CANTOPEN',
  'SQLITE_READONLY',
])

/** Null when the error came from somewhere else than the disk. */
export function writeProblem(
  error: unknown,
  { path }: Pick<PartialFile, 'path'>,
): (Received & { end: 'failed' }) | null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (full.has(code)) {
    const message = `The disk is full (${code}); what has arrived stays in ${path}. Make room and pull again.`
    return { end: 'failed', problem: { code: 'disk_full', message } }
  }
  if (unwritable.has(code)) {
    return { end: 'failed', problem: { code: 'file_unwritable', message: `${path} cannot be written (${code}).` } }
  }
  return null
}
