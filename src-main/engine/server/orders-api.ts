import { type CancelAnswer, orderTicketSchema, type TicketAnswer } from '@shared/contract/order'
import type { FastifyInstance } from 'fastify'
import { errorBody } from './api-error'
import type { ServedDesk } from './served-desk'

/** `GET /orders`, `POST /orders`, `DELETE /orders/{orderId}`: the trader's own orders on the paper exchange. */
export function serveOrders(server: FastifyInstance, desk: ServedDesk): void {
  server.get('/orders', async () => {
    const { account } = await desk.calls.snapshot()
    return { orders: account.openOrders }
  })

  server.post('/orders', async (request, reply) => {
    const ticket = orderTicketSchema.safeParse(request.body)
    if (!ticket.success) {
      const faults = ticket.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
      return reply.code(400).send(errorBody('invalid_request', 'The order ticket is not complete.', faults))
    }
    const answer = await desk.calls.placeOrder(ticket.data)
    return reply.code(ticketStatus[answer.kind]).send(answer)
  })

  server.delete<{ Params: { orderId: string } }>('/orders/:orderId', async (request, reply) => {
    const answer = await desk.calls.cancelOrder({ orderId: request.params.orderId })
    return reply.code(cancelStatus[answer.kind]).send(answer)
  })
}

const ticketStatus = { accepted: 201, repeated: 200, refused: 422, failed: 409 } as const satisfies Record<
  TicketAnswer['kind'],
  number
>

const cancelStatus = { cancelled: 200, not_open: 200, failed: 409 } as const satisfies Record<
  CancelAnswer['kind'],
  number
>
