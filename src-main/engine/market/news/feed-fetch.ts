import type { LookupAddress } from 'node:dns'
import { lookup as systemLookup } from 'node:dns'
import { type IncomingMessage, request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { pipeline, type Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { isPublicAddress } from './public-address'

export type FeedFetchProblemCode =
  | 'feed_address_refused'
  | 'feed_unreachable'
  | 'feed_timeout'
  | 'feed_too_large'
  | 'feed_http_error'
  | 'feed_redirects'

/** What the last answer said about itself, to be asked "anything new since?" with. */
export interface FeedValidators {
  readonly etag: string | null
  readonly lastModified: string | null
}

export interface FetchedFeed extends FeedValidators {
  readonly bytes: Uint8Array
  readonly contentType: string | null
  /** Where the bytes really came from, after redirects. */
  readonly url: string
}

export interface FeedFetchOptions {
  readonly allowPrivateAddresses: boolean
  readonly signal: AbortSignal
  readonly timeoutMs?: number
  readonly mostBytes?: number
}

const usualTimeoutMs = 20_000
/** Decompressed. The largest news feeds have some hundred kilobytes. */
const usualMostBytes = 2 * 1024 * 1024
const mostRedirects = 5
const longestValidator = 1_000
const redirectStatus: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * Fetches a feed, or null when it has not changed (RFC 9110, conditional requests). Bounded in time, size and redirects;
 * http and https only. Every address is judged where the socket is opened, so that a name that resolves to this machine,
 * or to another address the second time it is asked, gains nothing.
 */
export async function fetchFeed(
  url: string,
  known: FeedValidators,
  options: FeedFetchOptions,
): Promise<Outcome<FetchedFeed | null, FeedFetchProblemCode>> {
  const { timeoutMs = usualTimeoutMs } = options
  const deadline = AbortSignal.timeout(timeoutMs)
  const signal = AbortSignal.any([options.signal, deadline])
  let address = url
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const target = judgedUrl(address, options.allowPrivateAddresses)
    if (!target.ok) return target
    const answered = await ask(target.value, known, signal, options.allowPrivateAddresses)
    if (!answered.ok) return deadline.aborted ? timedOut(url, timeoutMs) : answered
    const response = answered.value
    const { statusCode = 0, headers } = response
    if (redirectStatus.has(statusCode) && headers.location !== undefined) {
      response.destroy()
      const next = URL.parse(headers.location, address)
      if (next === null) return failure('feed_redirects', `${url} redirects to something that is no address.`)
      if (target.value.protocol === 'https:' && next.protocol === 'http:') {
        return failure('feed_redirects', `${url} redirects from https to http, which anybody on the way could change.`)
      }
      address = next.href
      continue
    }
    if (statusCode === 304) {
      response.destroy()
      return success(null)
    }
    if (statusCode !== 200) {
      response.destroy()
      return failure('feed_http_error', `${url} answered with HTTP status ${statusCode}.`)
    }
    const body = await readBody(url, response, options.mostBytes ?? usualMostBytes)
    if (!body.ok) return deadline.aborted ? timedOut(url, timeoutMs) : body
    return success({
      bytes: body.value,
      contentType: headers['content-type'] ?? null,
      etag: validator(headers.etag),
      lastModified: validator(headers['last-modified']),
      url: address,
    })
  }
  return failure('feed_redirects', `${url} redirects more than ${mostRedirects} times.`)
}

function timedOut(url: string, timeoutMs: number) {
  return failure('feed_timeout', `${url} did not answer in full within ${Math.ceil(timeoutMs / 1000)} seconds.`)
}

function judgedUrl(address: string, allowPrivateAddresses: boolean): Outcome<URL, 'feed_address_refused'> {
  const url = URL.parse(address)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return failure('feed_address_refused', `${address} is no http or https address.`)
  }
  if (url.username !== '' || url.password !== '') {
    return failure('feed_address_refused', `The address on ${url.host} holds a name or password. Leave them out.`)
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return allowPrivateAddresses || isIP(host) === 0 || isPublicAddress(host) ? success(url) : refusedAddress(url.host)
}

function refusedAddress(host: string) {
  const advice = 'Set news.allowPrivateAddresses to read feeds from there.'
  return failure('feed_address_refused', `${host} is an address of this machine or its network. ${advice}`)
}

class AddressRefused extends Error {}

/** Resolves a name as the system does, and gives the socket nothing but public addresses. */
const publicLookup: LookupFunction = (host, options, done) => {
  systemLookup(host, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error !== null) return done(error, '')
    const open = addresses.filter(({ address }) => isPublicAddress(address))
    const [first] = open
    if (first === undefined) return done(new AddressRefused(host), '')
    if (options.all === true) done(null, open)
    else done(null, first.address, first.family)
  })
}

function ask(
  url: URL,
  { etag, lastModified }: FeedValidators,
  signal: AbortSignal,
  allowPrivateAddresses: boolean,
): Promise<Outcome<IncomingMessage, FeedFetchProblemCode>> {
  const headers = {
    accept: 'application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5',
    'accept-encoding': 'gzip, deflate, br',
    'user-agent': 'Quartet (feed reader)',
    ...(etag === null ? {} : { 'if-none-match': etag }),
    ...(lastModified === null ? {} : { 'if-modified-since': lastModified }),
  }
  const request = url.protocol === 'https:' ? secureRequest : plainRequest
  return new Promise((resolve) => {
    const sent = request(url, {
      headers,
      signal,
      agent: false,
      ...(allowPrivateAddresses ? {} : { lookup: publicLookup }),
    })
    sent.once('response', (response) => resolve(success(response)))
    sent.on('error', (error) =>
      resolve(error instanceof AddressRefused ? refusedAddress(url.host) : unreachable(url, error)),
    )
    sent.end()
  })
}

function unreachable(url: URL, error: unknown) {
  const why = error instanceof Error && 'code' in error ? String(error.code) : 'the connection broke'
  return failure('feed_unreachable', `${url.host} could not be reached (${why}).`)
}

function readBody(
  url: string,
  response: IncomingMessage,
  mostBytes: number,
): Promise<Outcome<Uint8Array, FeedFetchProblemCode>> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const body = unpacked(response)
    body.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      chunks.push(chunk)
      if (bytes <= mostBytes) return
      resolve(failure('feed_too_large', `${url} answered with more than ${mostBytes} bytes.`))
      response.destroy()
      body.destroy()
    })
    body.once('end', () => resolve(success(Buffer.concat(chunks))))
    const broken = () =>
      resolve(failure('feed_unreachable', `The answer of ${url} broke off or could not be unpacked.`))
    body.once('error', broken)
    body.once('close', broken)
  })
}

/** The stream's own size is bounded by its reader, so that a small answer cannot unpack into a large one. */
function unpacked(response: IncomingMessage): Readable {
  const unpack = unpackers.get(response.headers['content-encoding']?.trim().toLowerCase() ?? '')
  return unpack === undefined ? response : pipeline(response, unpack(), () => undefined)
}

const unpackers: ReadonlyMap<string, () => ReturnType<typeof createGunzip>> = new Map([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
])

/** A validator goes back to its server letter by letter; one of absurd length is not worth keeping. */
function validator(value: string | undefined): string | null {
  return value === undefined || value.length > longestValidator ? null : value
}
