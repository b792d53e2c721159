import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { PracticeExchange } from '../../src-main/practice/practice-exchange'
import { openPracticeExchange } from '../helpers/practice-client'
import { openPracticeSocket, type StreamMessage } from '../helpers/practice-socket'
import { recordedMinutes } from '../helpers/recorded-candles'
import { rootDir } from '../helpers/repository'

const recordings = join(rootDir, '../shared/data/binance')
const isHere = existsSync(recordings)
if (!isHere) console.log(`Skipped: ${recordings} is not here, so no shape is compared with a recorded one.`)

const minuteMs = 60_000
const startMs = Date.UTC(2023, 3, 26, 19, 0, 30)

let exchange: PracticeExchange

beforeAll(async () => {
  exchange = await openPracticeExchange({ startMs })
})
afterAll(() => exchange.close())

async function get(path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${exchange.url}/api/v3/${path}`)
  return { status: response.status, body: await response.json() }
}

/** Kinds of a value all the way down; of a list, the kinds of its first item. Decimal text is a kind of its own. */
function shape(value: unknown): unknown {
  if (Array.isArray(value))
    return value.length === 0
      ? []
      : value.every((item) => typeof item !== 'object')
        ? value.map(shape)
        : [shape(value[0])]
  if (typeof value === 'string') return /^-?\d+\.\d{8}$/.test(value) ? 'decimal' : 'text'
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
}

function recorded(path: string): unknown {
  return JSON.parse(readFileSync(join(recordings, path), 'utf8'))
}

describe.skipIf(!isHere)('REST answers have the shape of the recorded ones', () => {
  it.each([
    ['time', 'time.json'],
    ['klines?symbol=BTCUSDT&interval=1m&limit=10', 'klines.json'],
    ['depth?symbol=BTCUSDT&limit=10', 'depth.json'],
    ['trades?symbol=BTCUSDT&limit=10', 'trades.json'],
    ['aggTrades?symbol=BTCUSDT&limit=10', 'agg_trades.json'],
    ['ticker/price?symbol=BTCUSDT', 'ticker_price.json'],
    ['ticker/bookTicker?symbol=BTCUSDT', 'book_ticker.json'],
    ['ping', 'ping.json'],
  ])('%s', async (path, file) => {
    const answer = await get(path)
    expect(shape(answer.body)).toEqual(shape(recorded(`rest/http_spot_market_${file}`)))
  })

  it('avgPrice has what was recorded, and the closeTime that Binance added since', async () => {
    const { body } = await get('avgPrice?symbol=BTCUSDT')
    expect(shape(body)).toEqual({
      ...Object(shape(recorded('rest/http_spot_market_avg_price.json'))),
      closeTime: 'number',
    })
  })

  it('exchangeInfo has every field of a symbol that was recorded', async () => {
    const infoSchema = z.looseObject({ symbols: z.array(z.looseObject({})) })
    const made = infoSchema.parse((await get('exchangeInfo?symbol=BTCUSDT')).body)
    const was = infoSchema.parse(recorded('rest/http_spot_market_exchange_info.json'))
    const missing = Object.keys(was.symbols[0] ?? {}).filter((key) => !(key in (made.symbols[0] ?? {})))
    expect(missing).toEqual([])
    expect(Object.keys(made)).toEqual(expect.arrayContaining(Object.keys(was)))
  })
})

describe("REST errors are Binance's", () => {
  it.each([
    ['klines?symbol=NOPE&interval=1m', 400, -1121, 'Invalid symbol.'],
    ['klines?symbol=BTCUSDT&interval=2m', 400, -1120, 'Invalid interval.'],
    ['klines?interval=1m', 400, -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."],
    [
      'depth?symbol=btc/usdt',
      400,
      -1100,
      "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.",
    ],
    [
      'klines?symbol=BTCUSDT&interval=1m&limit=ten',
      400,
      -1100,
      "Illegal characters found in parameter 'limit'; legal range is '^[0-9]{1,20}$'.",
    ],
    ['exchangeInfo?symbols=["BTCUSDT","NOPE"]', 400, -1121, 'Invalid symbol.'],
  ])('%s', async (path, status, code, msg) => {
    expect(await get(path)).toEqual({ status, body: { code, msg } })
  })

  it('an unknown path is 404', async () => {
    expect((await fetch(`${exchange.url}/api/v3/uiKlines`)).status).toBe(404)
  })
})

describe('Candles by page', () => {
  const rows = async (query: string): Promise<readonly number[]> => {
    const { body } = await get(`klines?symbol=BTCUSDT&interval=1m&${query}`)
    return z
      .array(z.tuple([z.number()]).rest(z.unknown()))
      .parse(body)
      .map(([openMs]) => openMs)
  }
  const from = Date.UTC(2023, 3, 26, 12)

  it('a start gives the first from there, an end the last up to there, neither the latest', async () => {
    expect(await rows(`startTime=${from}&limit=3`)).toEqual([from, from + minuteMs, from + 2 * minuteMs])
    expect(await rows(`endTime=${from}&limit=2`)).toEqual([from - minuteMs, from])
    const [latest] = await rows('limit=1')
    expect(Number(latest)).toBeLessThanOrEqual(exchange.clock.nowMs())
    expect(Number(latest)).toBeGreaterThan(exchange.clock.nowMs() - 2 * minuteMs)
    expect(await rows(`startTime=${from}&endTime=${from + minuteMs - 1}`)).toEqual([from])
  })

  it('nothing is shown of after the market time', async () => {
    expect(await rows(`startTime=${exchange.clock.nowMs() + 10 * minuteMs}`)).toEqual([])
  })

  it('a gap of the recording is a gap: minutes of 24 March 2023, 12:40 to 13:59, are missing', async () => {
    const gap = await rows(`startTime=${Date.UTC(2023, 2, 24, 12, 38)}&limit=4`)
    expect(gap.map((openMs) => new Date(openMs).toISOString().slice(11, 16))).toEqual([
      '12:38',
      '12:39',
      '14:00',
      '14:01',
    ])
  })
})

describe('Streams', () => {
  it('list, take and drop subscriptions, and answer with the id', async () => {
    const socket = await openPracticeSocket(exchange.streamUrl)
    const result = (id: unknown) =>
      socket
        .until((all) => all.some((message) => message.id === id))
        .then((all) => all.find((message) => message.id === id))
    socket.ask({ method: 'SUBSCRIBE', params: ['btcusdt@trade', 'btcusdt@nonsense'], id: 1 })
    expect(await result(1)).toEqual({ result: null, id: 1 })
    socket.ask({ method: 'LIST_SUBSCRIPTIONS', id: 'mine' })
    expect(await result('mine')).toEqual({ result: ['btcusdt@trade', 'btcusdt@nonsense'], id: 'mine' })
    socket.ask({ method: 'UNSUBSCRIBE', params: ['btcusdt@trade'], id: 3 })
    expect(await result(3)).toEqual({ result: null, id: 3 })
    socket.ask({ method: 'DANCE', id: 4 })
    expect(await result(4)).toMatchObject({ error: { code: 2 }, id: 4 })
    socket.close()
  })

  it('wrap their messages on /stream, and not on /ws', async () => {
    const combined = await openPracticeSocket(
      `${exchange.url.replace('http', 'ws')}/stream?streams=btcusdt@trade/ethusdt@trade`,
    )
    const [wrapped] = await combined.until((all) => all.length > 0)
    expect(wrapped).toMatchObject({ stream: expect.stringMatching(/usdt@trade$/), data: { e: 'trade' } })
    combined.close()
    const bare = await openPracticeSocket(`${exchange.streamUrl}/btcusdt@trade`)
    expect((await bare.until((all) => all.length > 0))[0]).toMatchObject({ e: 'trade', s: 'BTCUSDT' })
    bare.close()
  })

  it.skipIf(!isHere)('have the fields of the recorded messages', async () => {
    const recordedKeys = (file: string) => {
      const message = z.looseObject({ data: z.looseObject({}).optional() }).parse(recorded(`ws/ws_spot_${file}.json`))
      return Object.keys(message.data ?? message).sort()
    }
    const keysOf = async (stream: string) => {
      const socket = await openPracticeSocket(`${exchange.streamUrl}/btcusdt@${stream}`)
      const [message] = await socket.until((all) => all.length > 0)
      socket.close()
      return Object.keys(message ?? {}).sort()
    }
    // Order ids of both sides (b, a), futures' times (T, E) and a later field (st) are not for a made market to know.
    const unmade = (keys: readonly string[], left: readonly string[]) => keys.filter((key) => !left.includes(key))
    expect(await keysOf('trade')).toEqual(unmade(recordedKeys('trade'), ['b', 'a']))
    expect(await keysOf('aggTrade')).toEqual(unmade(recordedKeys('agg_trade'), ['st']))
    expect(await keysOf('bookTicker')).toEqual(unmade(recordedKeys('ticker_book'), ['T', 'E']))
    expect(await keysOf('ticker')).toEqual(recordedKeys('ticker_24hr'))
    expect(await keysOf('miniTicker')).toEqual(['E', 'c', 'e', 'h', 'l', 'o', 'q', 's', 'v'])
    expect(await keysOf('depth5')).toEqual(['asks', 'bids', 'lastUpdateId'])
  })

  it('tell a candle as it is made, and closed exactly as it is recorded', async () => {
    const socket = await openPracticeSocket(`${exchange.streamUrl}/btcusdt@kline_1m`)
    const messages = await socket.until((all) => all.filter(({ k }) => k?.x === true).length >= 2)
    socket.close()
    const closed = messages.flatMap(({ k }) => (k?.x === true ? [k] : []))
    const firstOpenMs = Number(closed[0]?.t)
    expect(closed.map(({ t, o, h, l, c, v }) => [t, ...[o, h, l, c, v].map(Number)])).toEqual(
      recordedMinutes('BTCUSDT', firstOpenMs, closed.length).map((candle) => Object.values(candle)),
    )
    const last = messages.filter(({ k }) => k?.t === firstOpenMs).at(-1)
    expect(last?.k?.x, 'nothing of a candle comes after its close').toBe(true)
    expect(Number(last?.E)).toBeGreaterThanOrEqual(firstOpenMs + minuteMs)
  })

  it('tell the trades that REST lists, each once, with ids that follow each other', async () => {
    const socket = await openPracticeSocket(`${exchange.streamUrl}/ethusdt@trade`)
    const told = await socket.until((all) => all.length >= 30)
    socket.close()
    const ids = told.map(({ t }) => Number(t))
    expect(ids).toEqual(ids.map((_id, index) => Number(ids[0]) + index))
    const { body } = await get(`aggTrades?symbol=ETHUSDT&fromId=${ids[0]}&limit=${ids.length}`)
    const listed = z.array(z.looseObject({ a: z.number(), p: z.string(), T: z.number() })).parse(body)
    expect(listed.map(({ a, p, T }) => [a, p, T])).toEqual(told.map(({ t, p, T }) => [t, p, T]))
  })

  it('number the changes of a book without a hole, around the number of any snapshot', async () => {
    const socket = await openPracticeSocket(`${exchange.streamUrl}/btcusdt@depth@100ms`)
    await socket.until((all) => all.length >= 2)
    const { lastUpdateId } = z.object({ lastUpdateId: z.number() }).parse((await get('depth?symbol=BTCUSDT')).body)
    const told = await socket.until((all: readonly StreamMessage[]) => Number(all.at(-1)?.u) > lastUpdateId)
    socket.close()
    for (const [index, message] of told.entries()) {
      if (index > 0) expect(message.U).toBe(Number(told[index - 1]?.u) + 1)
    }
    const connecting = told.filter(({ U, u }) => Number(U) <= lastUpdateId + 1 && Number(u) >= lastUpdateId + 1)
    expect(connecting).toHaveLength(1)
  })

  it('cut a client that does not answer pings', async () => {
    const strict = await openPracticeExchange({ pingEveryMs: 50 })
    const { connect } = await import('node:net')
    const raw = connect(strict.port, '127.0.0.1')
    raw.write(
      `GET /ws/btcusdt@trade HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    )
    raw.resume()
    await new Promise<void>((resolve) => raw.once('close', () => resolve()))
    const polite = await openPracticeSocket(`${strict.streamUrl}/btcusdt@trade`)
    await polite.until((all) => all.length >= 20)
    expect(strict.status().sockets).toBe(1)
    polite.close()
    await strict.close()
  })
})
