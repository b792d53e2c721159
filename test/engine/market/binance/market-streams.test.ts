import { once } from 'node:events'
import type { MarketSymbol } from '@shared/contract/candle'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { type MarketStreams, openMarketStreams } from '../../../../src-main/engine/market/binance/market-streams'
import type { StreamMessage } from '../../../../src-main/engine/market/binance/stream-message'
import { systemClock } from '../../../../src-main/engine/market/clock'

/** Binance's limits: https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams#websocket-limits */
const mostStreamsPerConnection = 1024
const mostMessagesPerSecond = 5

const subscribeSchema = z.object({ method: z.literal('SUBSCRIBE'), params: z.array(z.string()), id: z.int() })

interface Connection {
  readonly socket: WebSocket
  readonly streams: string[]
  readonly askedAtMs: number[]
}

let server: WebSocketServer
let url: string
let connections: Connection[]
let streams: MarketStreams | null
beforeEach(async () => {
  connections = []
  streams = null
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const address = server.address()
  url = `ws://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  server.on('connection', (socket) => {
    const connection: Connection = { socket, streams: [], askedAtMs: [] }
    connections.push(connection)
    socket.on('message', (text) => {
      const request = subscribeSchema.parse(JSON.parse(String(text)))
      connection.askedAtMs.push(performance.now())
      connection.streams.push(...request.params)
      socket.send(JSON.stringify({ result: null, id: request.id }))
    })
  })
})
afterEach(async () => {
  streams?.close()
  for (const client of server.clients) client.terminate()
  await new Promise((resolve) => server.close(resolve))
})

function symbolsNamed(count: number): MarketSymbol[] {
  return Array.from({ length: count }, (_, index) => `L${index}/USDT`)
}

/** Opens the streams and waits until all are subscribed. */
async function opened(symbols: readonly MarketSymbol[], withTicks = true) {
  const heard: [MarketSymbol, StreamMessage][] = []
  const lost: MarketSymbol[] = []
  const linked: MarketSymbol[] = []
  const watch = { link: (): void => {} }
  async function allLinked(count: number): Promise<void> {
    while (linked.length < count) await new Promise<void>((resolve) => (watch.link = resolve))
  }
  streams = await openMarketStreams({
    ...{ streamUrl: url, symbols, timeframe: '1m', withTicks, random: () => 0, clock: systemClock },
    hear: (symbol, message) => heard.push([symbol, message]),
    linked(group) {
      linked.push(...group)
      watch.link()
    },
    lost: (group) => lost.push(...group),
  })
  await allLinked(symbols.length)
  return { streams, heard, lost, linked, allLinked }
}

describe('a watchlist of 250 symbols', () => {
  test("is subscribed whole, within Binance's limits", async () => {
    await opened(symbolsNamed(250))
    const all = connections.flatMap((connection) => connection.streams)
    expect(new Set(all).size).toBe(750)
    expect(all).toContain('l249usdt@kline_1m')
    expect(all).toContain('l249usdt@trade')
    expect(all).toContain('l249usdt@depth@100ms')
    for (const { streams: own, askedAtMs } of connections) {
      expect(own.length).toBeLessThanOrEqual(mostStreamsPerConnection)
      for (const [index, atMs] of askedAtMs.entries()) {
        const before = askedAtMs[index - mostMessagesPerSecond]
        if (before !== undefined) expect(atMs - before).toBeGreaterThanOrEqual(1000)
      }
    }
  })

  test('keeps all streams of a symbol on one connection, so that it is heard whole or not at all', async () => {
    await opened(symbolsNamed(250))
    for (const { streams: own } of connections) {
      const counts = new Map<string, number>()
      for (const name of own) counts.set(name.split('@')[0] ?? '', (counts.get(name.split('@')[0] ?? '') ?? 0) + 1)
      expect(new Set(counts.values())).toEqual(new Set([3]))
    }
  })
})

test('a connection that is cut comes back by itself, subscribed to the same, and the others never notice', async () => {
  const symbols = symbolsNamed(150)
  const { lost, allLinked } = await opened(symbols)
  const [first] = connections
  first?.socket.terminate()
  await allLinked(150 + 100)
  expect(lost).toEqual(symbols.slice(0, 100))
  expect(connections.at(-1)?.streams).toEqual(first?.streams)
})

test('messages reach the symbol they are about; foreign ones and garbage reach nobody, stdout least', async () => {
  const printed = vi.spyOn(console, 'log')
  const { heard } = await opened(['BTC/USDT'], false)
  const [connection] = connections
  expect(connection?.streams).toEqual(['btcusdt@kline_1m'])
  const trade = { e: 'trade', E: 5, s: 'BTCUSDT', t: 1, p: '10', q: '1', T: 5, m: true, M: true }
  connection?.socket.send('garbage')
  connection?.socket.send('{"e":')
  connection?.socket.send(JSON.stringify({ ...trade, s: 'ETHUSDT' }))
  connection?.socket.send(JSON.stringify({ stream: 'btcusdt@trade', data: trade }))
  while (heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(heard).toMatchObject([['BTC/USDT', { kind: 'trade', tradeId: 1, price: 10 }]])
  expect(printed).not.toHaveBeenCalled()
})

test('a refused subscription is a lost connection, not a silent one', async () => {
  server.removeAllListeners('connection')
  server.on('connection', (socket) => {
    socket.on('message', () => socket.send('{"error":{"code":2,"msg":"Invalid request"},"id":1}'))
  })
  const reason = await new Promise<string>((resolve) => {
    void openMarketStreams({
      ...{
        streamUrl: url,
        symbols: ['BTC/USDT'],
        timeframe: '1m',
        withTicks: true,
        random: () => 0,
        clock: systemClock,
      },
      hear: () => {},
      linked: () => resolve('linked'),
      lost: (_group, why) => resolve(why),
    }).then((open) => {
      streams = open
    })
  })
  expect(reason).toContain('Invalid request')
})
