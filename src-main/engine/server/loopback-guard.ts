import type { FastifyInstance } from 'fastify'
import { errorBody } from './api-error'

/** Names under which a browser reaches this machine and no other. */
const loopbackNames = new Set(['127.0.0.1', 'localhost', '[::1]'])

/**
 * Whether the `Host` header names the loopback interface. A page on the internet can point its own name at 127.0.0.1
 * (DNS rebinding) and then counts as our origin; the name gives it away.
 */
export function isLoopbackHost(host: string | undefined): boolean {
  const [, name] = /^(\[[0-9a-f:]+\]|[^:@/\s]+)(?::\d{1,5})?$/i.exec(host ?? '') ?? []
  return name !== undefined && loopbackNames.has(name.toLowerCase())
}

/** A browser names the page that asks in `Origin`; programs such as curl send none. Only our own page may ask. */
export function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  return origin === undefined || (host !== undefined && origin.toLowerCase() === `http://${host.toLowerCase()}`)
}

/** Refuses every request that another site may have caused, before anything is read of it. */
export function guardLoopback(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, reply) => {
    const { host, origin } = request.headers
    if (!isLoopbackHost(host)) {
      return reply.code(403).send(errorBody('host_refused', 'Only requests to 127.0.0.1 or localhost are answered.'))
    }
    if (!isOwnOrigin(origin, host)) {
      return reply.code(403).send(errorBody('origin_refused', 'Pages of other sites may not ask this server.'))
    }
  })
}
