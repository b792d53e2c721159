import { hash } from 'node:crypto'

/** The hash before the first event. */
export const emptyHead = '0'.repeat(64)

export interface ChainLink {
  readonly prevHash: string
  /** 1 for the first event, then without a hole. */
  readonly seq: number
  readonly atMs: number
  readonly type: string
  /** The event's payload as canonical JSON. */
  readonly payload: string
}

/**
 * Hash of one event: SHA-256 in hex over the UTF-8 bytes of
 *
 *     prevHash \n seq \n atMs \n type \n payload
 *
 * The first four fields are hexadecimal digits, decimal digits and a dotted word; none can hold a line feed, so the
 * first four line feeds end them and all that follows is the payload: two different events never give the same bytes.
 * Anyone can check it with a shell: `printf '%s\n%s\n%s\n%s\n%s' ... | sha256sum`.
 *
 * What the chain proves: no event before a head that the reader knows was changed, removed, inserted or moved. What it
 * cannot prove alone: that the newest events were not cut off, because a shorter chain is a whole chain too. The table
 * `chain` therefore keeps the count and the head, and `verify` compares. Whoever rewrites that row and every hash as
 * well is found only by a head that was noted elsewhere (a run's summary prints it).
 */
export function eventHash({ prevHash, seq, atMs, type, payload }: ChainLink): string {
  return hash('sha256', `${prevHash}\n${seq}\n${atMs}\n${type}\n${payload}`, 'hex')
}
