/**
 * The practice exchange: an HTTP and WebSocket server on the loopback interface that speaks Binance spot's public
 * formats over recorded candles, at any speed. It stands for an exchange somewhere else: clients know nothing of it but
 * its address. Only candles are recorded, so trades and order books are made from them (`candle-path.ts`,
 * `made-book.ts`), the same ones at every start; docs/practice-exchange.md says how.
 */
import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import createFastify from 'fastify'
import { WebSocketServer } from 'ws'
import { createAnswerFaults } from './answer-faults'
import { serveControl } from './control'
import { createExchangeChanges, type FaultProblemCode } from './exchange-changes'
import { createExchangeState, type ListedPair } from './exchange-state'
import { type Fault, type FaultPlan, isAnswerFault, isMessageFault } from './fault'
import { assumedListing, readListings } from './listing'
import { createMarketClock, type MarketClock } from './market-clock'
import { createMessageFaults } from './message-faults'
import { createPairMarket } from './pair-market'
import { type RecordingProblemCode, readRecording } from './recording'
import { restEndpoints } from './rest-endpoints'
import { serveRest } from './rest-server'
import { createStreamFeed } from './stream-feed'
import { createStreamSockets, type StreamSocket } from './stream-sockets'
import { createWeightMeter } from './weight-meter'

export interface PracticeExchangeOptions {
  /** Folder of candle files. */
  readonly candlesDir: string
  /** An `exchangeInfo` answer, or an excerpt; pairs that it lacks are listed with assumed filters. */
  readonly exchangeInfoPath: string
  /** Only these pairs ("BTCUSDT"); null lists all that are recorded. */
  readonly pairs: readonly string[] | null
  /** Market time at the start, UTC milliseconds. Null begins a day before the last recorded candle closes. */
  readonly startMs: number | null
  /** Market seconds per real second; 0 lets the clock stand. */
  readonly speed: number
  /** 0 takes any free port. */
  readonly port: number
  /** Another seed makes other trades and books from the same candles. */
  readonly seed?: number
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

export type PracticeProblemCode =
  | RecordingProblemCode
  | 'exchange_info_broken'
  | 'start_outside_recording'
  | 'port_in_use'

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
const dayMs = 86_400_000

export async function startPracticeExchange(
  options: PracticeExchangeOptions,
): Promise<Outcome<PracticeExchange, PracticeProblemCode>> {
  const opened = await openPairs(options)
  if (!opened.ok) return opened
  const { pairs, firstMs, endMs } = opened.value
  const startMs = options.startMs ?? Math.max(firstMs, endMs - dayMs)
  if (startMs < firstMs || startMs >= endMs) {
    const days = `${new Date(firstMs).toISOString()} to ${new Date(endMs).toISOString()}`
    return failure('start_outside_recording', `Candles are recorded from ${days}. Start inside.`)
  }
  const steadyMs = options.steadyMs ?? (() => performance.now())
  const clock = createMarketClock(startMs, options.speed, steadyMs)
  const state = createExchangeState(pairs, options.seed ?? 0)
  const sockets = createStreamSockets(options.pingEveryMs ?? usualPingMs)
  const messageFaults = createMessageFaults(sockets.send, clock.nowMs)
  const answerFaults = createAnswerFaults()
  const feed = createStreamFeed(state, sockets.wanted, messageFaults.tell)
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

async function openPairs({ candlesDir, exchangeInfoPath, pairs: asked, seed }: PracticeExchangeOptions) {
  const listings = await readListings(exchangeInfoPath)
  if (!listings.ok) return listings
  const recording = await readRecording(candlesDir, asked)
  if (!recording.ok) return recording
  const pairs = new Map<string, ListedPair>()
  for (const { pair } of recording.value) {
    if (pairs.has(pair)) continue
    const ofPair = recording.value.filter((series) => series.pair === pair)
    const market = createPairMarket(pair, ofPair, seed ?? 0)
    pairs.set(pair, { market, listed: listings.value.get(pair) ?? assumedListing(pair, market.priceDecimals) })
  }
  const markets = [...pairs.values()].map(({ market }) => market)
  return success({
    pairs,
    firstMs: Math.min(...markets.map((market) => market.firstMs)),
    endMs: Math.max(...markets.map((market) => market.endMs)),
  })
}

/** Hands over every WebSocket that connects under /ws or /stream. */
function acceptSockets(
  server: Server,
  isOpen: () => boolean,
  accept: (socket: StreamSocket, url: URL) => void,
): WebSocketServer {
  const webSockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, connection, head) => {
    const url = new URL(request.url ?? '/', `http://${host}`)
    if (!isOpen() || !/^\/(ws|stream)(\/|$)/.test(url.pathname)) {
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
