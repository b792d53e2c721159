import type { AddressInfo } from 'node:net'
import fastifyStatic from '@fastify/static'
import fastifyWebsocket from '@fastify/websocket'
import type { DeskCallName, DeskCalls, DeskPush, DeskPushes } from '@shared/contract/desk-calls'
import type { DeskState } from '@shared/contract/journal'
import type { NewsView, ScreenNews } from '@shared/contract/news'
import type { OrderTicket, TicketAnswer } from '@shared/contract/order'
import { type BirpcReturn, createBirpc } from 'birpc'
import fastify from 'fastify'
import type { WebSocket } from 'ws'
import { type Story, tellStory } from './scripted-story'

/** As strict as the product's own: what the screen needs beyond it would fail here. */
export const screenPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** A loopback server that serves the built screen and plays the engine's part of the contract from a script. */
export interface ScriptedDesk {
  readonly url: string
  readonly socketUrl: string
  readonly story: Story
  /** Names of the calls that came in, in order. */
  readonly calls: readonly DeskCallName[]
  /** Orders that came in by hand, and the ids of those that were to be taken back. */
  readonly tickets: readonly OrderTicket[]
  readonly cancelled: readonly string[]
  /** Tells every connected screen. */
  push(push: DeskPush): void
  /** Answers `pause`, `resume` and `kill` with this error instead of doing them; null does them again. */
  refuseCommands(message: string | null): void
  /** What the desk knows of the news from now on; none, while this is not said. */
  tellNews(view: NewsView, setting?: ScreenNews['setting']): void
  /** Cuts every line without a goodbye and refuses new ones until `accept`. */
  drop(): void
  accept(): void
  screens(): number
  close(): Promise<void>
}

export async function startScriptedDesk(folder: string | null, story: Story = tellStory()): Promise<ScriptedDesk> {
  const lines = new Map<WebSocket, BirpcReturn<DeskPushes, DeskCalls>>()
  const calls: DeskCallName[] = []
  let accepting = true
  let refusal: string | null = null
  const tickets: OrderTicket[] = []
  const cancelled: string[] = []
  let news: ScreenNews = { enabled: false, feeds: [], headlines: [], setting: { enabled: false, feeds: 0 } }

  const push = (told: DeskPush): void => {
    for (const [socket, line] of lines) {
      if (socket.readyState === socket.OPEN) void line.deskChanged.asEvent(told)
    }
  }
  const command = (name: 'pause' | 'resume' | 'kill', state: DeskState, reason: string) => async () => {
    calls.push(name)
    if (refusal !== null) throw { message: refusal }
    push(story.become(state, reason))
    return story.snapshot()
  }
  const desk: DeskCalls = {
    async snapshot() {
      calls.push('snapshot')
      return story.snapshot()
    },
    async candles({ symbol, limit }) {
      calls.push('candles')
      return { symbol, timeframe: '1h', candles: story.candlesSoFar(symbol, limit) }
    },
    async decisions({ limit }) {
      calls.push('decisions')
      return story.decisions().slice(0, limit)
    },
    async activity({ limit }) {
      calls.push('activity')
      return story.activity().slice(0, limit)
    },
    async news() {
      calls.push('news')
      return news
    },
    async switchNews({ enabled }) {
      calls.push('switchNews')
      news = { ...news, setting: { enabled, feeds: news.setting?.feeds ?? 0 } }
      return news.setting
    },
    async reopenModels() {
      calls.push('reopenModels')
      return story.snapshot()
    },
    async placeOrder(ticket) {
      calls.push('placeOrder')
      tickets.push(ticket)
      if (refusal !== null) throw { message: refusal }
      return exchangeWord(ticket)
    },
    async cancelOrder({ orderId }) {
      calls.push('cancelOrder')
      cancelled.push(orderId)
      return { kind: 'cancelled', orderId }
    },
    pause: command('pause', 'reduce_only', 'Paused by the user.'),
    resume: command('resume', 'active', 'Trading the recorded market.'),
    kill: command('kill', 'halted', 'Kill switch used by the user.'),
  }

  const server = fastify()
  await server.register(fastifyWebsocket)
  server.addHook('onSend', async (_request, reply) => {
    reply.header('content-security-policy', screenPolicy)
  })
  server.get('/desk', { websocket: true }, (socket) => {
    if (!accepting) return socket.terminate()
    const line = createBirpc<DeskPushes, DeskCalls>(desk, {
      post: (text: string) => socket.send(text),
      on: (listener) => socket.on('message', (data) => listener(data.toString())),
      serialize: JSON.stringify,
      deserialize: JSON.parse,
    })
    lines.set(socket, line)
    socket.on('close', () => lines.delete(socket))
  })
  if (folder !== null) await server.register(fastifyStatic, { root: folder })
  await server.listen({ host: '127.0.0.1', port: 0 })
  const { port } = addressOf(server.server.address())

  return {
    url: `http://127.0.0.1:${port}/`,
    socketUrl: `ws://127.0.0.1:${port}/desk`,
    story,
    calls,
    tickets,
    cancelled,
    push,
    tellNews(view, setting = { enabled: view.enabled, feeds: view.feeds.length }) {
      news = { ...view, setting }
    },
    refuseCommands(message) {
      refusal = message
    },
    drop() {
      accepting = false
      for (const socket of lines.keys()) socket.terminate()
    },
    accept() {
      accepting = true
    },
    screens: () => lines.size,
    async close() {
      for (const socket of lines.keys()) socket.terminate()
      await server.close()
    },
  }
}

/** An exchange that takes everything but a quantity of 13. */
function exchangeWord({ symbol, side, qtyBase, type, clientOrderId, ...terms }: OrderTicket): TicketAnswer {
  const common = { runId: 'story', decisionId: null, symbol, side }
  if (qtyBase === '13') {
    const word = { by: 'exchange', code: '-1013 Filter failure: LOT_SIZE', message: 'Not a whole lot.' } as const
    return { kind: 'refused', refusal: { ...common, ...word, refusalId: clientOrderId, atMs: 1 } }
  }
  const { stop: _stop, ...known } = terms
  const order = { ...common, ...known, orderId: clientOrderId, qtyBase, type, reason: 'manual' } as const
  return { kind: 'accepted', orders: [{ ...order, stopLoss: null, takeProfit: null, placedAtMs: 1 }] }
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('The scripted desk listens on no port')
  return address
}
