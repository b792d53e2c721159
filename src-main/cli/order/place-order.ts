import { type OrderTicket, type Side, type TimeInForce, ticketAnswerSchema } from '@shared/contract/order'
import { v7 as timedId } from 'uuid'
import { failWith } from '../exit'
import { print, table } from '../output'
import { askDesk } from './desk-request'

export interface OrderTicketOptions {
  readonly symbol: string
  readonly side: Side
  readonly qty: string
  readonly type: OrderTicket['type']
  readonly price?: string
  readonly stopPrice?: string
  readonly trail?: number
  readonly timeInForce?: TimeInForce
  readonly reduceOnly: boolean
  readonly ocoStop?: string
  readonly clientOrderId?: string
  readonly url: string
  readonly json: boolean
}

/** Places an order on the running desk and says what the paper exchange answered. */
export async function placeOrder(options: OrderTicketOptions): Promise<number> {
  const { url, json } = options
  const asked = await askDesk({
    url,
    path: '/orders',
    method: 'POST',
    body: ticketOf(options),
    answer: ticketAnswerSchema,
  })
  if (!asked.ok) return failWith(asked.problem)
  const answer = asked.value
  switch (answer.kind) {
    case 'accepted':
      return print(json, answer, () =>
        table(
          answer.orders.map((order) => [order.orderId, `${order.side} ${order.qtyBase} ${order.symbol}`, order.type]),
        ),
      )
    case 'repeated':
      return print(json, answer, () => ['This order was placed before; nothing has changed.'])
    case 'refused':
      if (json) print(json, answer, () => [])
      return failWith(answer.refusal)
    case 'failed':
      return failWith(answer)
  }
}

function ticketOf(options: OrderTicketOptions): OrderTicket {
  const { symbol, side, qty, type, price, stopPrice, trail, timeInForce, reduceOnly, ocoStop, clientOrderId } = options
  return {
    symbol,
    side,
    qtyBase: qty,
    type,
    ...(price === undefined ? {} : { priceQuote: price }),
    ...(stopPrice === undefined ? {} : { stopPriceQuote: stopPrice }),
    ...(trail === undefined ? {} : { trailingDeltaBps: trail }),
    ...(timeInForce === undefined ? {} : { timeInForce }),
    ...(reduceOnly ? { reduceOnly } : {}),
    ...(ocoStop === undefined ? {} : { stop: { type: 'stop_loss', stopPriceQuote: ocoStop } }),
    clientOrderId: clientOrderId ?? timedId(),
  }
}
