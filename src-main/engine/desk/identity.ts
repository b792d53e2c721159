import { hash } from 'node:crypto'

/** Quartet's own namespace for name-based ids (RFC 9562, version 5). */
const namespace = Buffer.from('6f1c7a523a0b4b5e9d0e2f6f2b1d8c11', 'hex')

/** What is hashed: the namespace, and behind it one name after the other. Longer names have a place of their own. */
const hashed = Buffer.concat([namespace], 1024)
const longestName = Math.floor((hashed.length - namespace.length) / 3)
/** `hashed` up to each length, so that naming an order makes no new view of it. */
const beginnings: Buffer[] = []

/** Version and variant take the place of six bits of the hash: 10xx for each of its hexadecimal digits. */
const variants = '89ab89ab89ab89ab'

/**
 * An id that follows from what it names: the same run over the same data gives the same ids, and the ledger's unique
 * keys refuse to take anything twice. A version 5 UUID, hashed here rather than by the package uuid because a backtest
 * names hundreds of thousands of orders and fills; a test holds the two equal.
 */
export function contentId(
  kind: 'run' | 'decision' | 'order' | 'refusal' | 'fill',
  ...parts: (string | number)[]
): string {
  let name: string = kind
  for (const part of parts) name += `\n${part}`
  const digest = hash('sha1', namespaced(name), 'hex')
  const variant = variants.charAt(Number.parseInt(digest.charAt(16), 16))
  return (
    `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}-` +
    `${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`
  )
}

/** Gives a thing its id. What is journalled is named by `contentId`. */
export type NameOf = typeof contentId

/**
 * Ids that only tell things apart: for a backtest that keeps no journal, where nobody ever asks for an order again. Naming
 * by content is a tenth of the time of such a run. `from`: so many were given out before.
 */
export function countedIds(from: number): { readonly nameOf: NameOf; count(): number } {
  let given = from
  return { nameOf: (kind) => `${kind} ${++given}`, count: () => given }
}

function namespaced(name: string): Buffer {
  if (name.length > longestName) return Buffer.concat([namespace, Buffer.from(name)])
  const end = namespace.length + hashed.write(name, namespace.length)
  const beginning = beginnings[end] ?? hashed.subarray(0, end)
  beginnings[end] = beginning
  return beginning
}
