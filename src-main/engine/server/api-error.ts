import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'

/** The form of every answer that is an error: a stable code for programs, a sentence for people. */
export interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string; readonly details: readonly unknown[] }
}

export function errorBody(code: string, message: string, details: readonly unknown[] = []): ErrorBody {
  return { error: { code, message, details } }
}

/** What the web server itself finds wrong with a request, by its HTTP status. */
const refusals: Readonly<Record<number, readonly [code: string, message: string]>> = {
  400: ['invalid_json', 'The body is not JSON. Send one JSON object.'],
  413: ['body_too_large', 'The body is larger than 64 KiB. Send the context of one symbol.'],
  414: ['address_too_long', 'The address is too long.'],
  415: ['unsupported_media_type', 'The body must be JSON, with the header "content-type: application/json".'],
  429: ['rate_limited', 'Too many requests. Wait as long as the header "retry-after" says.'],
}

/** Turns what was thrown into an answer; nothing of an unexpected error leaves the log. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = refusals[error.statusCode ?? 500]
  if (refusal !== undefined) return reply.code(error.statusCode ?? 500).send(errorBody(...refusal))
  request.log.error({ err: error, route: request.routeOptions.url }, 'A request failed unexpectedly.')
  return reply.code(500).send(errorBody('internal', 'Something went wrong inside Quartet. Its log has more.'))
}

export function answerNotFound(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply
    .code(404)
    .send(
      errorBody(
        'not_found',
        'There is nothing at this address and method. Known: POST /decide, GET /status, GET /health, GET /metrics, GET and POST /orders, DELETE /orders/{orderId}, POST /kill, POST /pause, POST /resume.',
      ),
    )
}
