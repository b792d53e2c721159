import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { AnswerFaults } from './answer-faults'
import type { AnswerFault } from './fault'
import { banned, type Refusal, tooMuchWeight } from './refusal'
import type { Endpoint, Query, RestAnswer } from './rest-endpoints'
import type { WeightMeter } from './weight-meter'

export interface RestServerOptions {
  readonly endpoints: Readonly<Record<string, Endpoint>>
  readonly meter: WeightMeter
  readonly faults: AnswerFaults
  readonly nowMs: () => number
  readonly isOut: (nowMs: number) => boolean
  /** Called before anything about a pair is answered, so that its streams are not behind the answer. */
  readonly beforeAnswer: (pair: string, nowMs: number) => void
}

const notFoundPage = '<html><h2>404 Not found</h2></html>'

/** Answers the endpoints over HTTP, with Binance's headers, and strikes answers with the faults that wait for them. */
export function serveRest(server: FastifyInstance, options: RestServerOptions): void {
  const { endpoints, meter, faults, nowMs, isOut, beforeAnswer } = options
  for (const [path, endpoint] of Object.entries(endpoints)) {
    server.get<{ Querystring: Query }>(path, async (request, reply) => {
      if (isOut(nowMs())) return cutOff(reply)
      const used = meter.use(endpoint.weight(request.query))
      reply.headers({ 'x-mbx-used-weight': String(used.weight), 'x-mbx-used-weight-1m': String(used.weight) })
      if (used.retryAfterS !== null) return refuse(reply, tooMuchWeight(meter.limit, used.retryAfterS))
      const fault = faults.take(path)
      const answer = (): RestAnswer => {
        const now = nowMs()
        if (request.query.symbol !== undefined) beforeAnswer(request.query.symbol, now)
        return endpoint.answer(request.query, now)
      }
      return fault === null ? send(reply, answer()) : strike(reply, fault, answer, meter.limit)
    })
  }
  server.setNotFoundHandler((_request, reply) => reply.code(404).type('text/html').send(notFoundPage))
}

async function strike(
  reply: FastifyReply,
  fault: AnswerFault,
  answer: () => RestAnswer,
  weightLimit: number,
): Promise<FastifyReply> {
  switch (fault.kind) {
    case 'rate_limited':
      return refuse(reply, tooMuchWeight(weightLimit, fault.retryAfterS))
    case 'banned':
      return refuse(reply, banned(fault.retryAfterS, Date.now() + fault.retryAfterS * 1000))
    case 'server_error':
      return reply.code(fault.status).type('text/html').send(`<html><h1>${fault.status}</h1></html>`)
    case 'slow':
      await sleep(fault.delayMs)
      return send(reply, answer())
    case 'cut': {
      const made = answer()
      const body = JSON.stringify(made.ok ? made.body : made.refusal.body)
      reply.hijack()
      reply.raw.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
      reply.raw.write(body.slice(0, body.length / 2), () => reply.raw.destroy())
      return reply
    }
  }
}

/** Ends the connection without a word. */
function cutOff(reply: FastifyReply): FastifyReply {
  reply.hijack()
  reply.raw.destroy()
  return reply
}

function send(reply: FastifyReply, answer: RestAnswer): FastifyReply {
  return answer.ok ? reply.send(answer.body) : refuse(reply, answer.refusal)
}

function refuse(reply: FastifyReply, { status, body, headers }: Refusal): FastifyReply {
  return reply
    .code(status)
    .headers(headers ?? {})
    .send(body)
}
