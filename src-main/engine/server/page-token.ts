import { createHash, timingSafeEqual } from 'node:crypto'

/**
 * The token of the page: whoever opens the address that Quartet printed gets it as a cookie, and only with the cookie
 * are page and WebSocket served. It keeps other users and programs of the machine out, which can reach the loopback
 * interface too.
 */
export interface PageToken {
  /** Whether `candidate` is the token; takes the same time whatever it is. */
  matches(candidate: string | undefined): boolean
  /** Whether a `Cookie` header carries the token. */
  isIn(cookieHeader: string | undefined): boolean
  /** `Set-Cookie` value: out of reach of scripts and of other sites, gone with the browser session. */
  cookie(): string
}

/** Cookies do not know ports: its number in the name keeps two desks of one machine apart. */
export function createPageToken(token: string, port: number): PageToken {
  const name = `quartet_${port}`
  const expected = digest(token)
  function matches(candidate: string | undefined): boolean {
    return candidate !== undefined && timingSafeEqual(digest(candidate), expected)
  }
  return {
    matches,
    isIn: (header) => matches(cookieValue(header ?? '', name)),
    cookie: () => `${name}=${encodeURIComponent(token)}; Path=/; HttpOnly; SameSite=Strict`,
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function cookieValue(header: string, name: string): string | undefined {
  for (const pair of header.split(';')) {
    const [key, value] = pair.trim().split('=', 2)
    if (key === name && value !== undefined) return decoded(value)
  }
  return undefined
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value)
  } catch {
    return undefined
  }
}
