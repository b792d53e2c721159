import { cancelAnswerSchema } from '@shared/contract/order'
import { failWith } from '../exit'
import { print } from '../output'
import { askDesk } from './desk-request'

/** Takes an order off the running desk's books. */
export async function cancelOrder(orderId: string, { url, json }: { url: string; json: boolean }): Promise<number> {
  const path = `/orders/${encodeURIComponent(orderId)}`
  const asked = await askDesk({ url, path, method: 'DELETE', answer: cancelAnswerSchema })
  if (!asked.ok) return failWith(asked.problem)
  const answer = asked.value
  if (answer.kind === 'failed') return failWith(answer)
  return print(json, answer, () => [
    answer.kind === 'cancelled' ? `Cancelled ${orderId}.` : `${orderId} is not open: filled, ended, or never placed.`,
  ])
}
