import type { Decision } from '@shared/contract/decision'
import type { JournalEvent } from '@shared/contract/journal'
import type { Fill, Order, Refusal } from '@shared/contract/order'

/** What became of a decision: a hold asks for nothing; a buy or sell is refused, or becomes an order and a fill. */
export type Fate =
  | { readonly kind: 'nothing_asked' }
  /** A buy or sell of which the journal has neither an order nor a refusal. */
  | { readonly kind: 'no_order' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'accepted'; readonly order: Order }
  | { readonly kind: 'filled'; readonly order: Order; readonly fills: readonly Fill[] }
  | { readonly kind: 'expired'; readonly order: Order; readonly reason: string }

const nothingAsked: Fate = { kind: 'nothing_asked' }
const noOrder: Fate = { kind: 'no_order' }

export function fateOf(decision: Decision): Fate {
  return decision.action === 'hold' ? nothingAsked : noOrder
}

/**
 * The fates after `events` (oldest first), keyed by decision id. The same map comes back when no event touches one.
 * An order's fill or expiry names only the order, so the order is looked up among the fates that hold one.
 */
export function fatesAfter(
  fates: ReadonlyMap<string, Fate>,
  events: readonly JournalEvent[],
): ReadonlyMap<string, Fate> {
  let after: Map<string, Fate> | null = null
  const orders = new Map<string, string>()
  for (const [decisionId, fate] of fates) {
    if ('order' in fate) orders.set(fate.order.orderId, decisionId)
  }
  const become = (decisionId: string, fate: Fate): void => {
    after ??= new Map(fates)
    after.set(decisionId, fate)
  }
  const current = (decisionId: string): Fate | undefined => (after ?? fates).get(decisionId)

  for (const event of events) {
    if (event.type === 'order.refused' && event.payload.decisionId !== null) {
      if (current(event.payload.decisionId)?.kind !== 'refused') {
        become(event.payload.decisionId, { kind: 'refused', refusal: event.payload })
      }
    }
    if (event.type === 'order.accepted' && event.payload.decisionId !== null) {
      const known = current(event.payload.decisionId)
      if (known !== undefined && 'order' in known) continue
      orders.set(event.payload.orderId, event.payload.decisionId)
      become(event.payload.decisionId, { kind: 'accepted', order: event.payload })
    }
    if (event.type === 'order.filled') {
      const decisionId = orders.get(event.payload.orderId)
      const known = decisionId === undefined ? undefined : current(decisionId)
      if (decisionId === undefined || known === undefined || !('order' in known)) continue
      const earlier = known.kind === 'filled' ? known.fills : []
      if (earlier.some((fill) => fill.fillId === event.payload.fillId)) continue
      become(decisionId, { kind: 'filled', order: known.order, fills: [...earlier, event.payload] })
    }
    if (event.type === 'order.expired') {
      const decisionId = orders.get(event.payload.orderId)
      const known = decisionId === undefined ? undefined : current(decisionId)
      if (decisionId === undefined || known?.kind !== 'accepted') continue
      become(decisionId, { kind: 'expired', order: known.order, reason: event.payload.reason })
    }
  }
  return after ?? fates
}
