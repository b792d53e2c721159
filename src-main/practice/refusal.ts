/**
 * Binance's error answers: an HTTP status and `{code, msg}`
 * (https://developers.binance.com/docs/binance-spot-api-docs/errors).
 */
export interface Refusal {
  readonly status: number
  readonly body: { readonly code: number; readonly msg: string }
  readonly headers?: Readonly<Record<string, string>>
}

export function refusal(status: number, code: number, msg: string, headers?: Record<string, string>): Refusal {
  return headers === undefined ? { status, body: { code, msg } } : { status, body: { code, msg }, headers }
}

export const invalidSymbol = refusal(400, -1121, 'Invalid symbol.')
export const invalidInterval = refusal(400, -1120, 'Invalid interval.')
export const internalError = refusal(500, -1000, 'An unknown error occurred while processing the request.')

export function missingParameter(name: string): Refusal {
  return refusal(400, -1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`)
}

export function illegalCharacters(name: string, legal: string): Refusal {
  return refusal(400, -1100, `Illegal characters found in parameter '${name}'; legal range is '${legal}'.`)
}

export function tooMuchWeight(limit: number, retryAfterS: number): Refusal {
  const msg = `Too much request weight used; current limit is ${limit} request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.`
  return refusal(429, -1003, msg, { 'Retry-After': String(retryAfterS) })
}

/** `untilMs` is a real time, as Binance states it. */
export function banned(retryAfterS: number, untilMs: number): Refusal {
  const msg = `Way too much request weight used; IP banned until ${untilMs}. Please use WebSocket Streams for live updates to avoid bans.`
  return refusal(418, -1003, msg, { 'Retry-After': String(retryAfterS) })
}
