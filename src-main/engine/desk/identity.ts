import { v5 as nameBasedId } from 'uuid'

/** Quartet's own namespace for name-based ids (RFC 9562, version 5). */
const namespace = '6f1c7a52-3a0b-4b5e-9d0e-2f6f2b1d8c11'

/**
 * An id that follows from what it names: the same run over the same data gives the same ids, and the ledger's unique
 * keys refuse to take anything twice.
 */
export function contentId(
  kind: 'run' | 'decision' | 'order' | 'refusal' | 'fill',
  ...parts: (string | number)[]
): string {
  return nameBasedId([kind, ...parts].join('\n'), namespace)
}
