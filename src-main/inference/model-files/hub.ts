import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { HubPlace, ModelFilesProblemCode } from '@shared/contract/model-files'
import { type Failure, failure, type Success, success } from '@shared/contract/outcome'

/**
 * Where model files come from: Hugging Face, or the mirror that HF_ENDPOINT names. The token of a trader goes to that
 * one origin and nowhere else: not to the content network behind it, not into a message, not into a log.
 */
export interface Hub {
  /** Ends with a slash. */
  readonly endpoint: URL
  readonly token: string | null
}

/** A refusal may ask for a pause before the next request (Retry-After). */
export type HubOutcome<Value> = Success<Value> | (Failure<ModelFilesProblemCode> & { readonly waitMs?: number | null })

const usualEndpoint = 'https://huggingface.co/'

/** Reads HF_ENDPOINT and HF_TOKEN, or the token file that Hugging Face's own tools write (HF_TOKEN_PATH, HF_HOME). */
export async function hubFromEnvironment(env: NodeJS.ProcessEnv): Promise<HubOutcome<Hub>> {
  const named = env.HF_ENDPOINT || usualEndpoint
  const endpoint = URL.parse(named.endsWith('/') ? named : `${named}/`)
  if (endpoint === null || !isSafe(endpoint)) {
    return failure(
      'hub_unusable',
      'HF_ENDPOINT must be an https address (plain http only on this machine), without a name and password in it.',
    )
  }
  const token = env.HF_TOKEN || (await readToken(env))
  return success({ endpoint, token: token || null })
}

async function readToken(env: NodeJS.ProcessEnv): Promise<string> {
  const home = env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface')
  return readFile(env.HF_TOKEN_PATH || join(home, 'token'), 'utf8').then(
    (text) => text.trim(),
    () => '',
  )
}

const loopback = new Set(['127.0.0.1', '[::1]', 'localhost'])

function isSafe(url: URL): boolean {
  if (url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && loopback.has(url.hostname))
}

/** A file as the hub describes it before it is fetched. */
export interface Located {
  /** Where the bytes are; signed and short-lived where a content network serves them. Never shown. */
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** What the hub says the SHA-256 is; it knows that of large files. */
  readonly sha256: string | null
  readonly sizeBytes: number | null
  readonly etag: string
  readonly commit: string
}

const mostRedirects = 5

/** Asks the hub where a file is. Follows redirects within the hub (a renamed repository) and stops where they leave it. */
export async function locate(hub: Hub, place: HubPlace, signal: AbortSignal): Promise<HubOutcome<Located>> {
  const { repository, revision, file } = place
  let url = new URL(`${repository}/resolve/${encodeURIComponent(revision)}/${file}`, hub.endpoint)
  const headers = { ...plainBytes, ...(hub.token === null ? {} : { authorization: `Bearer ${hub.token}` }) }
  for (let hop = 0; hop <= mostRedirects; hop += 1) {
    const response = await ask(url, { method: 'HEAD', headers, redirect: 'manual', signal })
    if (!response.ok) return response
    const { status, headers: said } = response.value
    const isRedirect = status >= 300 && status < 400
    // A server that knows no HEAD still answers the request for the file itself.
    if (status !== 200 && status !== 405 && !isRedirect) return refused(place, hub, response.value)
    const next = isRedirect ? URL.parse(said.get('location') ?? '', url) : url
    if (next === null || !isSafe(next)) {
      return failure('hub_unusable', `${url.host} answered with a redirect that leads nowhere safe. Try again later.`)
    }
    const staysHere = next.origin === hub.endpoint.origin
    if (isRedirect && staysHere && said.get('x-linked-size') === null) {
      url = next
      continue
    }
    return success({
      url: next,
      headers: staysHere ? headers : plainBytes,
      sha256: hashIn(said.get('x-linked-etag')),
      sizeBytes: sizeIn(said.get('x-linked-size') ?? (isRedirect ? null : said.get('content-length'))),
      etag: said.get('x-linked-etag') ?? said.get('etag') ?? '',
      commit: said.get('x-repo-commit') ?? '',
    })
  }
  return failure('hub_unusable', `${hub.endpoint.host} sends ${repository} round in circles. Try again later.`)
}

/** Bytes as they are stored: a compressed answer has another length, and its ranges mean something else. */
const plainBytes = { 'accept-encoding': 'identity', 'user-agent': 'quartet' }

const mostTextBytes = 200_000

/** A short text, such as a licence. */
export async function readText(hub: Hub, place: HubPlace, signal: AbortSignal): Promise<HubOutcome<{ text: string }>> {
  const located = await locate(hub, place, signal)
  if (!located.ok) return located
  const response = await ask(located.value.url, { headers: located.value.headers, signal })
  if (!response.ok) return response
  if (response.value.status !== 200) return refused(place, hub, response.value)
  const decoder = new TextDecoder()
  let text = ''
  for await (const bytes of response.value.body ?? []) {
    text += decoder.decode(bytes, { stream: true })
    if (text.length > mostTextBytes) return failure('hub_unusable', `${named(place)} is too long for a text to read.`)
  }
  return success({ text: text + decoder.decode() })
}

/** One request. What the network does is an outcome; an abort of ours is thrown on, as fetch does it. */
export async function ask(url: URL, init: RequestInit & { signal: AbortSignal }): Promise<HubOutcome<Response>> {
  try {
    return success(await fetch(url, init))
  } catch (error) {
    if (init.signal.aborted) throw error
    return failure('network_failed', `${url.host} cannot be reached (${networkReason(error)}). Check the connection.`)
  }
}

/** The system's own code, without addresses: fetch hides it in the cause. */
export function networkReason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(cause instanceof Error)) return 'unknown'
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name
}

/** What an answer other than success means, and what to do about it. */
export function refused(
  place: HubPlace,
  hub: Hub,
  response: Response,
): Failure<ModelFilesProblemCode> & { readonly waitMs: number | null } {
  void response.body?.cancel()
  return { ...refusal(place, hub, response), waitMs: retryAfterMs(response.headers) }
}

function refusal(place: HubPlace, hub: Hub, { status, headers }: Response): Failure<ModelFilesProblemCode> {
  const page = `${hub.endpoint.origin}/${place.repository}`
  const isGated = headers.get('x-error-code') === 'GatedRepo'
  if (status === 401 || status === 403) {
    if (hub.token === null) {
      return failure(
        'token_needed',
        isGated
          ? `${place.repository} is gated. Accept its terms at ${page}, then set HF_TOKEN to a token of your account.`
          : `${place.repository} does not exist or is not public (${status}). Check its name, or set HF_TOKEN.`,
      )
    }
    return failure(
      'access_denied',
      `Your token may not read ${place.repository} (${status}). Accept its terms at ${page} with the same account, or check HF_TOKEN.`,
    )
  }
  if (status === 404 || status === 410) {
    return failure('not_found', `${named(place)} is not there (${status}). Check repository, revision and file name.`)
  }
  if (status === 429) return failure('rate_limited', `${hub.endpoint.host} asks for a pause (429). Try again later.`)
  return failure('network_failed', `${hub.endpoint.host} answered with ${status}. Try again later.`)
}

const longestPauseMs = 300_000

/** Retry-After in seconds or as a date; null when the server says nothing. */
function retryAfterMs(headers: Headers): number | null {
  const text = headers.get('retry-after')
  if (text === null) return null
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 0), longestPauseMs) : null
}

function named({ repository, file, revision }: HubPlace): string {
  return `${file} in ${repository} at ${revision}`
}

function hashIn(etag: string | null): string | null {
  return /^(?:W\/)?"?([0-9a-f]{64})"?$/.exec(etag ?? '')?.[1] ?? null
}

function sizeIn(text: string | null): number | null {
  const size = Number(text)
  return text !== null && Number.isSafeInteger(size) && size > 0 ? size : null
}
