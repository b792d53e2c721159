import { pageContentPolicy } from '@shared/contract/page-policy'

/** Sent as a header with every answer of `app://`: the same policy that the page has in a browser. */
export const CONTENT_SECURITY_POLICY = Object.entries(pageContentPolicy)
  .map(([directive, sources]) => `${directive} ${sources.join(' ')}`)
  .join('; ')

/** The headers of every answer, the refusals included. */
export const SECURITY_HEADERS = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-cache',
} as const
