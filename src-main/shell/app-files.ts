import { readFile, realpath } from 'node:fs/promises'
import { extname, resolve, sep } from 'node:path'
import { isAppUrl } from './app-origin'
import { SECURITY_HEADERS } from './content-policy'

/** By file ending; an ending that is not here is not part of the app and is refused. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

/**
 * Answers one request of the page from the folder `root`: 200 with the file, 400 for an address that is not clean,
 * 403 for one that leaves the folder, 404 and 405 as in HTTP. Every answer carries the security headers.
 */
export async function answerFromFolder(root: string, request: { url: string; method: string }): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return refusal(405, 'Only GET and HEAD are answered.')
  if (!isAppUrl(request.url)) return refusal(403, 'This address is not part of the app.')

  const path = decodedPath(new URL(request.url).pathname)
  if (path === null) return refusal(400, 'This path is not a clean one.')
  const wanted = resolve(root, `.${path === '/' ? '/index.html' : path}`)
  if (!isInside(resolve(root), wanted)) return refusal(403, 'This path leads out of the app.')

  const contentType = CONTENT_TYPES[extname(wanted).toLowerCase()]
  if (contentType === undefined) return refusal(404, 'There is no such file.')
  const body = await contentOf(root, wanted)
  if (body === null) return refusal(404, 'There is no such file.')
  return new Response(request.method === 'HEAD' ? null : body, {
    headers: { ...SECURITY_HEADERS, 'Content-Type': contentType },
  })
}

/** Null when the path hides something: bad percent-encoding, a NUL, a backslash, a colon or a second encoding. */
function decodedPath(pathname: string): string | null {
  try {
    const path = decodeURIComponent(pathname)
    return /[\0\\:%]/.test(path) ? null : path
  } catch {
    return null
  }
}

function isInside(root: string, path: string): boolean {
  return path.startsWith(root.endsWith(sep) ? root : root + sep)
}

/** Null when the file is missing, is no file, or is a link that leads out of the folder. */
async function contentOf(root: string, wanted: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const real = await realpath(wanted)
    if (!isInside(await realpath(root), real)) return null
    return Uint8Array.from(await readFile(real))
  } catch {
    return null
  }
}

function refusal(status: number, sentence: string): Response {
  return new Response(sentence, {
    status,
    headers: { ...SECURITY_HEADERS, 'Content-Type': 'text/plain; charset=utf-8' },
  })
}
