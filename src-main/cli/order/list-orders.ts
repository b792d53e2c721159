import { orderSchema } from '@shared/contract/order'
import { z } from 'zod'
import { failWith } from '../exit'
import { print, table, utc } from '../output'
import { askDesk } from './desk-request'

/** Orders that wait on the running desk. */
export async function listOrders({ url, json }: { url: string; json: boolean }): Promise<number> {
  const answer = z.object({ orders: z.array(orderSchema) })
  const asked = await askDesk({ url, path: '/orders', method: 'GET', answer })
  if (!asked.ok) return failWith(asked.problem)
  const { orders } = asked.value
  return print(json, asked.value, () =>
    orders.length === 0
      ? ['No order is open.']
      : table([
          ['order', 'placed', 'symbol', 'side', 'type', 'quantity', 'limit', 'trigger', 'because of'],
          ...orders.map((order) => [
            order.orderId,
            utc(order.placedAtMs),
            order.symbol,
            order.side,
            order.type,
            order.qtyBase,
            order.priceQuote ?? '',
            order.stopPriceQuote ?? (order.trailingDeltaBps ? `${order.trailingDeltaBps} bps` : ''),
            order.reason,
          ]),
        ]),
  )
}
