import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type {
  FetchedFile,
  HubPlace,
  ModelFilesProblemCode,
  TransferProgress,
  TransferRequest,
} from '@shared/contract/model-files'
import { failure, type Outcome, type Problem, success } from '@shared/contract/outcome'
import { type Hub, type HubOutcome, type Located, locate } from './hub'
import { lockPartial, type PartialFile, partialFile } from './partial-file'
import { receive, writeProblem } from './receive'
import { transferSpeed } from './transfer-speed'

export interface TransferSurroundings {
  readonly hub: Hub
  readonly signal: AbortSignal
  onProgress(progress: TransferProgress): void
  /** Bytes free for this user on the disk of a folder. */
  freeBytes(folder: string): Promise<number>
  /** A clock that never jumps back. */
  nowMs(): number
}

export async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

type Fetched = Outcome<FetchedFile, ModelFilesProblemCode>

/**
 * Brings one file from the hub to the disk: over any number of cuts, stalls, pauses and kills, in one stream that is
 * appended to a partial file, and under its own name only after its whole content was hashed and is the right one.
 *
 * This is no use of node-llama-cpp's downloader (ipull 3.9.5), because that one, tried against the server of the tests,
 * marks pieces as complete before they are written, starts every piece of 5 MB anew after a cut, waits out a stalled
 * connection, resolves as if it were done when it is aborted, and leaves a full disk as an unhandled rejection.
 */
export async function transfer(request: TransferRequest, surroundings: TransferSurroundings): Promise<Fetched> {
  const { path } = request
  const partial = partialFile(path)
  let release: (() => void) | null = null
  try {
    await mkdir(dirname(path), { recursive: true })
    release = lockPartial(path)
    if (release === null) {
      return failure('transfer_running', `Another process is fetching ${request.place.file} already. Wait for it.`)
    }
    return (
      (await presentBefore(request)) ??
      (await acceptedBefore(request)) ??
      (await fetchWhole(request, partial, surroundings))
    )
  } catch (error) {
    if (surroundings.signal.aborted) return cancelled(request, await partial.length())
    const problem = writeProblem(error, partial)
    if (problem === null) throw error
    return { ok: false, problem: problem.problem }
  } finally {
    release?.()
  }
}

async function fetchWhole(
  request: TransferRequest,
  partial: PartialFile,
  surroundings: TransferSurroundings,
): Promise<Fetched> {
  const { signal } = surroundings
  const progress = progressOf(request, surroundings)
  let place: HubPlace = request.place
  let attempts = 0
  let fruitless = 0
  let commit = ''
  let promised: string | null = null

  for (;;) {
    attempts += 1
    const before = await partial.length()
    progress.tell('asking', before)
    const { problem, waitMs } = await attempt()
    if (problem === null) break
    if (waitMs === 'never') return { ok: false, problem }
    const hasProgress = (await partial.length()) - before >= leastProgressBytes
    fruitless = hasProgress ? 0 : fruitless + 1
    if (fruitless >= request.fruitlessAttempts) return { ok: false, problem: givenUp(problem, fruitless) }
    const pauseMs = waitMs ?? Math.min(request.backoffMs * 2 ** Math.max(0, fruitless - 1), longestBackoffMs)
    progress.tell('waiting', await partial.length(), problem.message)
    await wait(pauseMs, undefined, { signal })
  }
  return checkWhole(request, partial, { promised, commit, attempts }, () =>
    progress.tell('hashing', progress.received()),
  )

  /** One attempt; no problem means that every byte is there. */
  async function attempt(): Promise<{
    problem: Problem<ModelFilesProblemCode> | null
    waitMs: number | null | 'never'
  }> {
    const stall = AbortSignal.timeout(request.stallMs)
    const found = await locate(surroundings.hub, place, AbortSignal.any([signal, stall])).catch(
      (error: unknown): HubOutcome<never> => {
        signal.throwIfAborted()
        if (!stall.aborted) throw error
        return failure('stalled', `The hub has not answered for ${request.stallMs / 1000} s.`)
      },
    )
    if (!found.ok) {
      const { problem, waitMs = null } = found
      return { problem, waitMs: passing.has(problem.code) ? waitMs : 'never' }
    }
    const located = found.value
    const foreign = await otherFile(request, located)
    if (foreign !== null) return { problem: foreign, waitMs: 'never' }
    // The branch may move while the transfer waits: what was begun at a commit is finished at that commit.
    if (located.commit !== '') place = { ...place, revision: located.commit }
    commit = located.commit
    promised = located.sha256
    const sizeBytes = request.bytes ?? located.sizeBytes
    await partial.belongTo({ sha256: located.sha256, sizeBytes, etag: located.etag })
    const lack = await diskProblem(request, sizeBytes, await partial.length(), surroundings)
    if (lack !== null) return { problem: lack, waitMs: 'never' }
    progress.expect(sizeBytes)
    const stopTicking = progress.tick()
    const received = await receive({
      hub: surroundings.hub,
      place,
      located,
      partial,
      sizeBytes,
      stallMs: request.stallMs,
      signal,
      onBytes: progress.add,
    }).finally(stopTicking)
    if (received.end === 'whole') return { problem: null, waitMs: null }
    return { problem: received.problem, waitMs: received.end === 'failed' ? 'never' : received.waitMs }
  }
}

/** Less than this is no progress: a server that sends a byte and hangs up is not waited for for ever. */
const leastProgressBytes = 1024
const longestBackoffMs = 60_000
/** Problems of the hub that pass by themselves. */
const passing: ReadonlySet<ModelFilesProblemCode> = new Set(['network_failed', 'rate_limited', 'stalled'])

function givenUp({ code, message }: Problem<ModelFilesProblemCode>, attempts: number): Problem<ModelFilesProblemCode> {
  return { code, message: `${message} Gave up after ${attempts} attempts in a row; pull again to go on from here.` }
}

function cancelled({ place }: TransferRequest, received: number): Fetched {
  return failure('cancelled', `Stopped fetching ${place.file} after ${received} bytes; pull again to go on from there.`)
}

const acceptable = ({ sha256, acceptSha256 }: TransferRequest): readonly string[] =>
  [sha256, acceptSha256].filter((hash) => hash !== null)

/** The hub itself says that it holds another file: nothing of it is fetched. */
async function otherFile(
  request: TransferRequest,
  { sha256 }: Located,
): Promise<Problem<ModelFilesProblemCode> | null> {
  if (request.sha256 === null || sha256 === null || acceptable(request).includes(sha256)) return null
  return wrongHash(request, sha256, 'The hub now offers another file under this name; nothing was fetched.')
}

async function diskProblem(
  request: TransferRequest,
  sizeBytes: number | null,
  presentBytes: number,
  { freeBytes }: TransferSurroundings,
): Promise<Problem<ModelFilesProblemCode> | null> {
  const missing = Math.max(0, (sizeBytes ?? request.aboutBytes) - presentBytes)
  const folder = dirname(request.path)
  const free = await freeBytes(folder)
  if (missing + request.reserveBytes <= free) return null
  const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`
  const message =
    `${request.place.file} needs ${gb(missing)} more, and ${gb(request.reserveBytes)} must stay free, but ${folder} has ` +
    `${gb(free)}. Make room, or choose another folder with the setting models.folder.`
  return { code: 'disk_full', message }
}

async function checkWhole(
  request: TransferRequest,
  partial: PartialFile,
  { promised, commit, attempts }: { promised: string | null; commit: string; attempts: number },
  onHash: () => void,
): Promise<Fetched> {
  onHash()
  const sha256 = await sha256OfFile(partial.path)
  const wanted = request.sha256 === null && promised !== null ? [promised] : acceptable(request)
  if (wanted.length > 0 && !wanted.includes(sha256) && sha256 !== request.acceptSha256) {
    await partial.setAside()
    return { ok: false, problem: wrongHash(request, sha256, `It is kept as ${partial.refusedPath} and never used.`) }
  }
  const sizeBytes = await partial.length()
  await partial.finish()
  return success({ path: request.path, sizeBytes, sha256, commit, attempts })
}

/** A whole file with the right hash, of a transfer whose end nobody noted any more, is not fetched a second time. */
async function presentBefore(request: TransferRequest): Promise<Fetched | null> {
  if (acceptable(request).length === 0) return null
  const sha256 = await sha256OfFile(request.path).catch(() => null)
  if (sha256 === null || !acceptable(request).includes(sha256)) return null
  const { size } = await stat(request.path)
  return success({ path: request.path, sizeBytes: size, sha256, commit: '', attempts: 0 })
}

/** A file that was set aside for its hash, which the trader now accepts, is not fetched a second time. */
async function acceptedBefore(request: TransferRequest): Promise<Fetched | null> {
  if (request.acceptSha256 === null) return null
  const kept = partialFile(request.path)
  const sha256 = await sha256OfFile(kept.refusedPath).catch(() => null)
  if (sha256 !== request.acceptSha256) return null
  const sizeBytes = await kept.takeBack()
  return success({ path: request.path, sizeBytes, sha256, commit: '', attempts: 0 })
}

function wrongHash(request: TransferRequest, found: string, fate: string): Problem<ModelFilesProblemCode> {
  const message =
    `${request.place.file} has the SHA-256 ${found}, not ${request.sha256 ?? 'the one the hub names'}. ${fate} ` +
    `If you know that it is right: pull again and accept that hash (--accept-sha256 ${found} on the command line).`
  return { code: 'hash_mismatch', message }
}

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk)
  return hash.digest('hex')
}

const progressEveryMs = 200

function progressOf({ transferId }: TransferRequest, { nowMs, onProgress }: TransferSurroundings) {
  const speed = transferSpeed(nowMs)
  let receivedBytes = 0
  let totalBytes: number | null = null

  function tell(phase: TransferProgress['phase'], received: number, note = ''): void {
    receivedBytes = received
    const missing = totalBytes === null ? null : Math.max(0, totalBytes - receivedBytes)
    onProgress({
      transferId,
      phase,
      receivedBytes,
      totalBytes,
      bytesPerSecond: speed.bytesPerSecond(),
      secondsLeft: phase === 'receiving' ? speed.secondsLeft(missing) : null,
      note,
    })
  }

  return {
    tell,
    received: () => receivedBytes,
    expect(sizeBytes: number | null) {
      totalBytes = sizeBytes
    },
    add(bytes: number) {
      speed.received(bytes)
      receivedBytes += bytes
    },
    /** Tells at intervals, also while nothing comes: a speed that falls is news. Returns what ends it. */
    tick() {
      const ticking = setInterval(() => tell('receiving', receivedBytes), progressEveryMs)
      return () => clearInterval(ticking)
    },
  }
}
