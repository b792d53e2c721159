/**
 * The server room: what the desk shows to the outside of its process, on the loopback interface only. The HTTP API for
 * programs, the built page for a browser, and a WebSocket that carries the same calls the Electron window makes. The
 * room decides nothing about trading; it checks, passes on, and answers.
 */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import websocket from '@fastify/websocket'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { pageContentPolicy } from '@shared/contract/page-policy'
import createFastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { serveApi } from './api'
import { answerError, answerNotFound } from './api-error'
import { longestFrameBytes, serveDeskSocket } from './desk-socket'
import { guardLoopback } from './loopback-guard'
import { createMetrics } from './metrics'
import { serveOrders } from './orders-api'
import { servePage } from './page'
import { createPageToken, type PageToken } from './page-token'
import type { ServedDesk } from './served-desk'

export interface ServerOptions {
  /** 0 takes any free port. */
  readonly port: number
  /** Never anything but the loopback interface. */
  readonly host?: '127.0.0.1' | '::1'
  /** Secret of the page; at least 128 random bits, fresh at every start. */
  readonly token: string
  readonly desk: ServedDesk
  /** Folder of the built page, with its `index.html`. */
  readonly rendererDir: string
  readonly log: FastifyBaseLogger
}

export type ServerProblemCode = 'port_in_use' | 'port_not_allowed' | 'page_missing'

export interface RunningServer {
  readonly port: number
  /** Scheme, host and port, without a slash at the end. */
  readonly url: string
  /** The address to open in a browser; it holds the token. */
  readonly pageUrl: string
  /** Ends every connection and frees the port. */
  close(): Promise<void>
}

const bodyLimitBytes = 64 * 1024
const requestTimeoutMs = 10_000
/** For answers to addresses so broken that no hook ever sees them. */
const bareHeaders = { 'content-security-policy': "default-src 'none'", 'x-content-type-options': 'nosniff' }

export async function createServer(options: ServerOptions): Promise<Outcome<RunningServer, ServerProblemCode>> {
  const { desk, rendererDir, token, host = '127.0.0.1' } = options
  const hasPage = await access(join(rendererDir, 'index.html')).then(
    () => true,
    () => false,
  )
  if (!hasPage) return failure('page_missing', `${rendererDir} holds no built page. Run "npm start", which builds it.`)

  const server = createFastify({
    loggerInstance: options.log,
    // Addresses may hold the token, so requests are counted and not logged.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    forceCloseConnections: true,
    frameworkErrors(error, request, reply) {
      // No hook closes what was to become a WebSocket, and it would keep the server from closing.
      reply.raw.once('finish', () => request.raw.socket.destroySoon())
      return answerError(error, request, reply.headers(bareHeaders))
    },
  })
  // Known once the port is.
  let pageToken: PageToken = createPageToken(token, options.port)
  await furnish(server, desk, rendererDir, () => pageToken)

  const refusal = await listen(server, options.port, host)
  if (refusal !== null) {
    await server.close()
    return refusal
  }
  const address = server.server.address()
  const port = address === null || typeof address === 'string' ? options.port : address.port
  pageToken = createPageToken(token, port)
  const url = `http://${host === '::1' ? '[::1]' : host}:${port}`
  const pageUrl = `${url}/?token=${encodeURIComponent(token)}`
  return success({ port, url, pageUrl, close: async () => server.close() })
}

async function furnish(
  server: FastifyInstance,
  desk: ServedDesk,
  rendererDir: string,
  token: () => PageToken,
): Promise<void> {
  const metrics = createMetrics(desk)
  server.addHook('onClose', async () => metrics.close())
  // First, so that refusals carry the headers too.
  await server.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: pageContentPolicy },
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  })
  server.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
  })
  // Before the guard: it closes the sockets of upgrades that are refused, which nothing else does.
  await server.register(websocket, { options: { maxPayload: longestFrameBytes } })
  guardLoopback(server)
  await server.register(rateLimit, { global: false, timeWindow: '1 minute' })
  server.addHook('onResponse', async (request, reply) => {
    metrics.countRequest(request.routeOptions.url ?? 'unknown', request.method, reply.statusCode)
  })
  // A page of another site can send text/plain without being asked first; nothing here reads it.
  server.removeContentTypeParser('text/plain')
  server.setErrorHandler(answerError)
  server.setNotFoundHandler(answerNotFound)
  serveApi(server, desk, metrics)
  serveOrders(server, desk)
  serveDeskSocket(server, desk, token)
  await servePage(server, rendererDir, token)
}

async function listen(server: FastifyInstance, port: number, host: string) {
  try {
    await server.listen({ port, host })
    return null
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE') {
      return failure('port_in_use', `Port ${port} is in use by another program. Choose another one with --port.`)
    }
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL') {
      return failure('port_not_allowed', `Port ${port} on ${host} cannot be opened. Choose another one with --port.`)
    }
    throw error
  }
}
