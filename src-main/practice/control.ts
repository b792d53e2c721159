import { timingSafeEqual } from 'node:crypto'
import { timeMsSchema } from '@shared/contract/candle'
import type { Outcome } from '@shared/contract/outcome'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import type { FaultProblemCode } from './exchange-changes'
import { type Fault, faultSchema } from './fault'
import type { MarketClock } from './market-clock'

export interface ControlOptions {
  /** Asked for as `Authorization: Bearer <token>`. */
  readonly token: string
  readonly clock: MarketClock
  readonly inject: (fault: Fault) => Outcome<null, FaultProblemCode>
  readonly status: () => unknown
}

const clockRequestSchema = z.strictObject({
  /** Market seconds per real second; 0 stops the clock. */
  speed: z.number().nonnegative().max(1_000_000).optional(),
  jumpToMs: timeMsSchema.optional(),
})

/** What Binance does not have: the hand on the clock, and faults on demand. */
export function serveControl(server: FastifyInstance, { token, clock, inject, status }: ControlOptions): void {
  const wanted = Buffer.from(`Bearer ${token}`)

  server.register(async (control) => {
    control.addHook('onRequest', async (request, reply) => {
      const given = Buffer.from(request.headers.authorization ?? '')
      if (given.length === wanted.length && timingSafeEqual(given, wanted)) return
      return reply.code(401).send({ code: 'not_allowed', message: 'Send the token that the exchange printed.' })
    })
    control.get('/practice/status', (_request, reply) => reply.send(status()))
    control.post('/practice/faults', (request, reply) => {
      const fault = faultSchema.safeParse(request.body)
      if (!fault.success) return wrong(reply, z.prettifyError(fault.error))
      const injected = inject(fault.data)
      return injected.ok ? reply.send(status()) : reply.code(400).send(injected.problem)
    })
    control.post('/practice/clock', (request, reply) => {
      const asked = clockRequestSchema.safeParse(request.body)
      if (!asked.success) return wrong(reply, z.prettifyError(asked.error))
      const { speed, jumpToMs } = asked.data
      if (jumpToMs !== undefined && !clock.jumpTo(jumpToMs)) return wrong(reply, 'The clock never runs backwards.')
      if (speed !== undefined) clock.setSpeed(speed)
      return reply.send(status())
    })
  })
}

function wrong(reply: FastifyReply, message: string): FastifyReply {
  return reply.code(400).send({ code: 'wrong_request', message })
}
