import { afterAll, beforeAll, expect, it } from 'vitest'
import { startLoadExchange } from '../../src-main/practice/load-exchange'
import type { PracticeExchange } from '../../src-main/practice/practice-exchange'
import { restClient, streamClient } from '../helpers/practice-client'
import { openPracticeSocket } from '../helpers/practice-socket'

let exchange: PracticeExchange

beforeAll(async () => {
  const started = await startLoadExchange({ symbols: 3, messagesPerSecond: 100, port: 0, wallMs: Date.now })
  if (!started.ok) throw new Error(started.problem.message)
  exchange = started.value
})

afterAll(() => exchange.close())

it('numbers trades and book changes without a hole, and stamps each with the real time of sending', async () => {
  const before = Date.now()
  const streams = ['l0000usdt@trade', 'l0001usdt@trade', 'l0002usdt@depth@100ms']
  const socket = await openPracticeSocket(`${exchange.url.replace('http', 'ws')}/stream?streams=${streams.join('/')}`)
  const came = await socket.until((messages) => messages.length >= 150)
  socket.close()
  const data = came.map((message) => ({ stream: message.stream, ...Object(message.data) }))
  for (const stream of streams.slice(0, 2)) {
    const ids = data.filter((message) => message.stream === stream).map((message) => Number(message.t))
    expect(ids.length).toBeGreaterThan(10)
    expect(ids).toEqual(ids.map((_id, index) => Number(ids[0]) + index))
  }
  const changes = data.filter((message) => message.stream === streams[2])
  expect(changes.slice(1).map(({ U }) => U)).toEqual(changes.slice(0, -1).map(({ u }) => u + 1))
  expect(data.every(({ E }) => E >= before && E <= Date.now())).toBe(true)
})

it('is an exchange that ccxt reads candles, books and trades of', async () => {
  const rest = restClient(exchange)
  expect(await rest.fetchOHLCV('L0001/USDT', '1m', undefined, 700)).toHaveLength(700)
  const stream = await streamClient(exchange)
  const books = new Set<string>()
  const symbols = ['L0000/USDT', 'L0001/USDT', 'L0002/USDT']
  while (books.size < 3) books.add(String((await stream.watchOrderBookForSymbols(symbols)).symbol))
  expect((await stream.watchTradesForSymbols(symbols)).length).toBeGreaterThan(0)
  await stream.close()
})
