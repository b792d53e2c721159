import { checkDecideRequest } from '@shared/contract/decide-request'
import { type SlotHealth, slotSchema } from '@shared/contract/model'
import type { FastifyInstance } from 'fastify'
import { errorBody } from './api-error'
import type { Metrics } from './metrics'
import type { ServedDesk } from './served-desk'

/** The slot that answers when no rule asks for another. */
const defaultSlot = 'deepseek'
const decisionsPerMinute = 6000

/**
 * The HTTP API: `POST /decide`, `GET /status`, `GET /health`, `GET /health/{slot}`, `GET /metrics`,
 * and the trader's commands `POST /kill`, `POST /pause`, `POST /resume`.
 */
export function serveApi(server: FastifyInstance, desk: ServedDesk, metrics: Metrics): void {
  server.post('/decide', { config: { rateLimit: { max: decisionsPerMinute } } }, async (request, reply) => {
    const checked = checkDecideRequest(request.body)
    if (!checked.ok) {
      metrics.countError(checked.problem.code)
      return reply.code(400).send(errorBody(checked.problem.code, checked.problem.message, checked.faults))
    }
    const answer = await desk.decide(checked.value)
    if (!answer.ok) {
      metrics.countError(answer.problem.code)
      return reply.code(503).send(errorBody(answer.problem.code, answer.problem.message))
    }
    metrics.countAnswer(answer.value)
    return answer.value
  })

  server.get('/status', async () => {
    const { slots, account, ...snapshot } = await desk.calls.snapshot()
    const { quoteAsset, equityStart, equity, cash, realized, unrealized, feesPaid } = account
    return {
      ...snapshot,
      account: { quoteAsset, equityStart, equity, cash, realized, unrealized, feesPaid },
      default_model: defaultSlot,
      models: Object.fromEntries(slots.map(({ slot, healthy, ...rest }) => [slot, { available: healthy, ...rest }])),
    }
  })

  for (const name of ['kill', 'pause', 'resume'] as const) {
    server.post(`/${name}`, async (_request, reply) => {
      if ((await desk.calls.snapshot()).run === null) {
        return reply.code(409).send(errorBody('nothing_runs', 'Nothing runs yet, so there is no desk to tell.'))
      }
      const { state, stateReason, risk } = await desk.calls[name]()
      return { state, stateReason, risk }
    })
  }

  server.get('/health', async (_request, reply) => {
    const slots = desk.health()
    // One slot that answers is enough: the others fall back to it.
    const isHealthy = slots.some((slot) => slot.healthy)
    return reply.code(isHealthy ? 200 : 503).send({
      status: isHealthy ? 'healthy' : 'unhealthy',
      models: Object.fromEntries(slots.map((slot) => [slot.slot, modelHealth(slot)])),
    })
  })

  server.get<{ Params: { slot: string } }>('/health/:slot', async (request, reply) => {
    const slot = desk.health().find((candidate) => candidate.slot === request.params.slot)
    if (slot === undefined) {
      const known = slotSchema.options.join(', ')
      return reply.code(404).send(errorBody('unknown_model', `There is no such model. Known: ${known}.`))
    }
    return reply.code(slot.healthy ? 200 : 503).send({ model: slot.slot, ...modelHealth(slot) })
  })

  server.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()))
}

function modelHealth({ healthy, servedBy, installed, reason, requests, errors, latencyP50Ms }: SlotHealth) {
  return { status: healthy ? 'healthy' : 'unhealthy', servedBy, installed, reason, requests, errors, latencyP50Ms }
}
