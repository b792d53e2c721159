import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import createFastify from 'fastify'
import { WebSocketServer } from 'ws'
import { createAnswerFaults } from './answer-faults'
import { serveControl } from './control'
import { createExchangeChanges, type FaultProblemCode } from './exchange-changes'
import { createExchangeState, type ExchangeState, type ListedPair } from './exchange-state'
import { type Fault, type FaultPlan, isAnswerFault, isMessageFault } from './fault'
import { createMarketClock, type MarketClock } from './market-clock'
import { createMessageFaults } from './message-faults'
import { restEndpoints } from './rest-endpoints'
import { serveRest } from './rest-server'
import type { StreamFeed, Tell, WantedStreams } from './stream-feed'
import { createStreamSockets, type StreamSocket } from './stream-sockets'
import { createWeightMeter } from './weight-meter'

/** How an exchange is served, whatever market it shows. */
export interface ServingOptions {
  /** 0 takes any free port. */
  readonly port: number
  /** A real clock in milliseconds that never steps. */
  readonly steadyMs?: () => number
  /** Real time between two looks at the clock; what came up in between is told then. */
  readonly beatMs?: number
  readonly pingEveryMs?: number
  /** Request weight per real minute. */
  readonly weightLimit?: number
  readonly faults?: FaultPlan
  /** Secret of the control endpoints; drawn at the start unless given. */
  readonly controlToken?: string
}

/** What is served. */
export interface ServedMarket {
  readonly pairs: ReadonlyMap<string, ListedPair>
  readonly firstMs: number
  readonly endMs: number
  readonly startMs: number
  readonly speed: number
  readonly seed: number
  readonly createFeed: (state: ExchangeState, wanted: WantedStreams, tell: Tell) => StreamFeed
}

export type ServeProblemCode = 'port_in_use'

/** A fault that was let loose, and when, in market time. */
export interface StruckFault {
  readonly atMs: number
  readonly fault: Fault
}

export interface PracticeStatus {
  readonly marketTimeMs: number
  readonly speed: number
  readonly isOut: boolean
  /** Connected WebSockets. */
  readonly sockets: number
  /** Messages that went out to streams, each counted once however many listen. */
  readonly told: number
  readonly struck: readonly StruckFault[]
}

export interface PracticeExchange {
  /** Scheme, host and port: in place of https://api.binance.com. */
  readonly url: string
  /** In place of wss://stream.binance.com:9443/ws. */
  readonly streamUrl: string
  readonly port: number
  readonly clock: MarketClock
  /** The recorded time, [firstMs, endMs). */
  readonly firstMs: number
  readonly endMs: number
  readonly pairs: readonly string[]
  /** What `Authorization: Bearer` must carry at /practice. */
  readonly controlToken: string
  /** Lets a fault strike now. */
  inject(fault: Fault): Outcome<null, FaultProblemCode>
  status(): PracticeStatus
  /** Ends every connection and frees the port. */
  close(): Promise<void>
}

const host = '127.0.0.1'
const usualBeatMs = 20
const tokenBytes = 32
const usualPingMs = 20_000
const usualWeightLimit = 6000
/** A subscription to a thousand streams, the most that Binance allows a connection, is some ten kilobytes long. */
const longestMessageBytes = 256 * 1024

/** Listens on the loopback interface, and turns the passing of time into messages and faults. */
export async function serveExchange(
  { pairs, firstMs, endMs, startMs, speed, seed, createFeed }: ServedMarket,
  options: ServingOptions,
): Promise<Outcome<PracticeExchange, ServeProblemCode>> {
  const steadyMs = options.steadyMs ?? (() => performance.now())
  const clock = createMarketClock(startMs, speed, steadyMs)
  const state = createExchangeState(pairs, seed)
  const sockets = createStreamSockets(options.pingEveryMs ?? usualPingMs)
  let told = 0
  const messageFaults = createMessageFaults((stream, data) => {
    told++
    sockets.send(stream, data)
  }, clock.nowMs)
  const answerFaults = createAnswerFaults()
  const feed = createFeed(state, sockets.wanted, messageFaults.tell)
  const changes = createExchangeChanges(state, feed, sockets.cutAll)
  const plan = [...(options.faults ?? [])].sort((a, b) => a.afterMs - b.afterMs)
  const struck: StruckFault[] = []
  const meter = createWeightMeter(options.weightLimit ?? usualWeightLimit, steadyMs)
  const controlToken = options.controlToken ?? randomBytes(tokenBytes).toString('base64url')

  function inject(fault: Fault): Outcome<null, FaultProblemCode> {
    const atMs = clock.nowMs()
    if (isAnswerFault(fault)) answerFaults.add(fault)
    else if (isMessageFault(fault)) messageFaults.add(fault)
    else {
      const applied = changes.apply(fault, atMs)
      if (!applied.ok) return applied
    }
    struck.push({ atMs, fault })
    return success(null)
  }

  function beat(): void {
    const nowMs = clock.nowMs()
    for (let next = plan[0]; next !== undefined && startMs + next.afterMs <= nowMs; next = plan[0]) {
      plan.shift()
      inject(next.fault)
    }
    feed.advance(nowMs)
    messageFaults.advance(nowMs)
  }

  const server = createFastify({ forceCloseConnections: true, exposeHeadRoutes: false })
  serveRest(server, {
    endpoints: restEndpoints(state, changes.shownTimeMs),
    meter,
    faults: answerFaults,
    nowMs: clock.nowMs,
    isOut: changes.isOut,
    beforeAnswer: feed.advancePair,
  })
  const status = (): PracticeStatus => ({
    marketTimeMs: clock.nowMs(),
    speed: clock.speed(),
    isOut: changes.isOut(clock.nowMs()),
    sockets: sockets.count(),
    told,
    struck,
  })
  serveControl(server, { token: controlToken, clock, inject, status })
  const webSockets = acceptSockets(
    server.server,
    () => !changes.isOut(clock.nowMs()),
    (socket, url) => sockets.accept(socket, url.pathname, url.searchParams),
  )
  const listening = await server.listen({ port: options.port, host }).then(
    () => true,
    () => false,
  )
  if (!listening) {
    await server.close()
    sockets.close()
    return failure('port_in_use', `Port ${options.port} on ${host} cannot be had. Name another one, or 0 for any.`)
  }
  const beating = setInterval(beat, options.beatMs ?? usualBeatMs)
  const address = server.server.address()
  const port = address === null || typeof address === 'string' ? options.port : address.port
  return success({
    url: `http://${host}:${port}`,
    streamUrl: `ws://${host}:${port}/ws`,
    port,
    controlToken,
    clock,
    firstMs,
    endMs,
    pairs: [...pairs.keys()],
    inject,
    status,
    async close() {
      clearInterval(beating)
      sockets.close()
      webSockets.close()
      await server.close()
    },
  })
}

/** Hands over every WebSocket that connects under /ws or /stream. */
function acceptSockets(
  server: Server,
  isOpen: () => boolean,
  accept: (socket: StreamSocket, url: URL) => void,
): WebSocketServer {
  const webSockets = new WebSocketServer({ noServer: true, maxPayload: longestMessageBytes })
  server.on('upgrade', (request, connection, head) => {
    // Whatever a page in a browser writes there; an address that is none must not end the exchange.
    const url = URL.parse(request.url ?? '/', `http://${host}`)
    if (url === null || !isOpen() || !/^\/(ws|stream)(\/|$)/.test(url.pathname)) {
      connection.destroy()
      return
    }
    webSockets.handleUpgrade(request, connection, head, (socket) => {
      // A client that resets its connection is no fault of the exchange.
      socket.on('error', () => socket.terminate())
      accept(
        {
          send: (text) => socket.send(text),
          ping: () => socket.ping(),
          terminate: () => socket.terminate(),
          onMessage: (listener) => void socket.on('message', (data) => listener(String(data))),
          onPong: (listener) => void socket.on('pong', listener),
          onClose: (listener) => void socket.on('close', listener),
        },
        url,
      )
    })
  })
  return webSockets
}
