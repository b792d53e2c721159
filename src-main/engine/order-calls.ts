import type { CancelAnswer, OrderTicket, TicketAnswer } from '@shared/contract/order'
import type { Desk } from './desk/desk'

const nothingRuns = {
  kind: 'failed',
  code: 'nothing_runs',
  message: 'Nothing runs yet, so there is no market to trade on. Start a run first.',
} as const

/** Places what a trader wrote down on the desk that is shown; null where none runs. */
export async function placeOrder(desk: Desk | null, ticket: OrderTicket): Promise<TicketAnswer> {
  if (desk === null) return nothingRuns
  const placed = await desk.place(ticket)
  if (!placed.ok) return { kind: 'failed', ...placed.problem }
  const orders = placed.value.flatMap((event) => (event.type === 'order.accepted' ? [event.payload] : []))
  const refused = placed.value.find((event) => event.type === 'order.refused')
  if (refused !== undefined) return { kind: 'refused', refusal: refused.payload }
  return orders.length === 0 ? { kind: 'repeated' } : { kind: 'accepted', orders }
}

/** Takes an order off the books of the desk that is shown. */
export async function cancelOrder(desk: Desk | null, orderId: string): Promise<CancelAnswer> {
  if (desk === null) return nothingRuns
  const cancelled = await desk.cancel(orderId)
  if (!cancelled.ok) return { kind: 'failed', ...cancelled.problem }
  return { kind: cancelled.value.length === 0 ? 'not_open' : 'cancelled', orderId }
}
