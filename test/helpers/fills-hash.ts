import { createHash } from 'node:crypto'
import type { Fill } from '@shared/contract/order'

/**
 * One hash over all that fills say. Ids differ with who gave them, so each stands as its place among those that came
 * before: two runs have one hash exactly where the same orders filled, with the same figures, in the same sequence.
 */
export function fillsHash(fills: Iterable<Fill>): string {
  const hash = createHash('sha256')
  const orders = new Map<string, number>()
  const fillIds = new Set<string>()
  for (const fill of fills) {
    const { fillId, orderId, runId: _run, ...said } = fill
    if (fillIds.has(fillId)) throw new Error(`Fill ${fillId} came a second time`)
    fillIds.add(fillId)
    if (!orders.has(orderId)) orders.set(orderId, orders.size)
    hash.update(JSON.stringify([orders.get(orderId), said]))
  }
  return hash.digest('hex')
}
