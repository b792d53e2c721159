/**
 * The practice exchange: an HTTP and WebSocket server on the loopback interface that speaks Binance spot's public
 * formats over recorded candles, at any speed. It stands for an exchange somewhere else: clients know nothing of it but
 * its address. Only candles are recorded, so trades and order books are made from them (`candle-path.ts`,
 * `made-book.ts`), the same ones at every start; docs/practice-exchange.md says how.
 */
import type { Server } from 'node:http'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import createFastify from 'fastify'
import { WebSocketServer } from 'ws'
import { createExchangeState, type ListedPair } from './exchange-state'
import { assumedListing, readListings } from './listing'
import { createMarketClock, type MarketClock } from './market-clock'
import { createPairMarket } from './pair-market'
import { type RecordingProblemCode, readRecording } from './recording'
import { tooMuchWeight } from './refusal'
import { type Query, restEndpoints } from './rest-endpoints'
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
}

export type PracticeProblemCode =
  | RecordingProblemCode
  | 'exchange_info_broken'
  | 'start_outside_recording'
  | 'port_in_use'

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
  /** Ends every connection and frees the port. */
  close(): Promise<void>
}

const host = '127.0.0.1'
const usualBeatMs = 20
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
  const seed = options.seed ?? 0
  const clock = createMarketClock(startMs, options.speed, options.steadyMs ?? (() => performance.now()))
  const state = createExchangeState(pairs, seed)
  const sockets = createStreamSockets(options.pingEveryMs ?? usualPingMs)
  const feed = createStreamFeed(state, sockets.wanted, sockets.send)
  const meter = createWeightMeter(
    options.weightLimit ?? usualWeightLimit,
    options.steadyMs ?? (() => performance.now()),
  )
  const server = createFastify({ forceCloseConnections: true, exposeHeadRoutes: false })

  const endpoints = restEndpoints(state, (nowMs) => nowMs)
  for (const [path, endpoint] of Object.entries(endpoints)) {
    server.get<{ Querystring: Query }>(path, (request, reply) => {
      const used = meter.use(endpoint.weight(request.query))
      reply.headers({ 'x-mbx-used-weight': String(used.weight), 'x-mbx-used-weight-1m': String(used.weight) })
      if (used.retryAfterS !== null) {
        const { status, body, headers } = tooMuchWeight(meter.limit, used.retryAfterS)
        return reply
          .code(status)
          .headers(headers ?? {})
          .send(body)
      }
      const nowMs = clock.nowMs()
      if (request.query.symbol !== undefined) feed.advancePair(request.query.symbol, nowMs)
      const answer = endpoint.answer(request.query, nowMs)
      if (answer.ok) return reply.send(answer.body)
      return reply.code(answer.refusal.status).send(answer.refusal.body)
    })
  }
  server.setNotFoundHandler((_request, reply) => reply.code(404).type('text/html').send('<html>404 Not found</html>'))

  const webSockets = acceptSockets(server.server, (socket, url) =>
    sockets.accept(socket, url.pathname, url.searchParams),
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
  const beat = setInterval(() => feed.advance(clock.nowMs()), options.beatMs ?? usualBeatMs)
  const address = server.server.address()
  const port = address === null || typeof address === 'string' ? options.port : address.port
  return success({
    url: `http://${host}:${port}`,
    streamUrl: `ws://${host}:${port}/ws`,
    port,
    clock,
    firstMs,
    endMs,
    pairs: [...pairs.keys()],
    async close() {
      clearInterval(beat)
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
function acceptSockets(server: Server, accept: (socket: StreamSocket, url: URL) => void): WebSocketServer {
  const webSockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, connection, head) => {
    const url = new URL(request.url ?? '/', `http://${host}`)
    if (!/^\/(ws|stream)(\/|$)/.test(url.pathname)) {
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
