import { hash } from 'node:crypto'

/** Quartet's own namespace for name-based ids (RFC 9562, version 5). */
const namespace = Buffer.from('6f1c7a523a0b4b5e9d0e2f6f2b1d8c11', 'hex')

/**
 * An id that follows from what it names: the same run over the same data gives the same ids, and the ledger's unique
 * keys refuse to take anything twice. A version 5 UUID, hashed here rather than by the package uuid because a backtest
 * names hundreds of thousands of orders and fills; a test holds the two equal.
 */
export function contentId(
  kind: 'run' | 'decision' | 'order' | 'refusal' | 'fill',
  ...parts: (string | number)[]
): string {
  const name = `${kind}\n${parts.join('\n')}`
  const digest = hash('sha1', Buffer.concat([namespace, Buffer.from(name)]), 'hex')
  // Version and variant take the place of six bits of the hash.
  const variant = ((Number.parseInt(digest.charAt(16), 16) & 0x3) | 0x8).toString(16)
  return (
    `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}-` +
    `${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`
  )
}
