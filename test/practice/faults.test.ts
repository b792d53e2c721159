import ccxt from 'ccxt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { faultPlanSchema, faultSchema } from '../../src-main/practice/fault'
import { namedFaultPlans } from '../../src-main/practice/fault-plans'
import type { PracticeExchange } from '../../src-main/practice/practice-exchange'
import { openPracticeExchange, restClient } from '../helpers/practice-client'
import { openPracticeSocket, type StreamMessage } from '../helpers/practice-socket'

const symbol = 'BTC/USDT'
const minuteMs = 60_000

let exchange: PracticeExchange
let rest: ReturnType<typeof restClient>

/** Lets a fault loose, written as the control endpoint takes it. */
function strike(fault: object): void {
  const injected = exchange.inject(faultSchema.parse(fault))
  expect(injected.ok).toBe(true)
}

beforeEach(async () => {
  exchange = await openPracticeExchange()
  rest = restClient(exchange)
})

afterEach(() => exchange.close())

describe('A fault of one REST answer, as ccxt meets it', () => {
  it('429 names the seconds to wait, and is over after as many answers as asked for', async () => {
    strike({ kind: 'rate_limited', times: 2, retryAfterS: 7 })
    for (let answer = 0; answer < 2; answer++) {
      await expect(rest.fetchTime()).rejects.toThrow(ccxt.DDoSProtection)
      expect(rest.last_response_headers).toMatchObject({ 'Retry-After': '7' })
    }
    expect(await rest.fetchTime()).toBeGreaterThan(0)
  })

  it('418 says until when the address is banned', async () => {
    strike({ kind: 'banned', retryAfterS: 120 })
    await expect(rest.fetchTime()).rejects.toThrow(/418.*IP banned until \d{13}/)
  })

  it('a server error is an exchange that is not available', async () => {
    strike({ kind: 'server_error', status: 502 })
    await expect(rest.fetchTime()).rejects.toThrow(ccxt.ExchangeNotAvailable)
  })

  // ccxt wraps what fails before the headers, and lets through what fails in the body.
  it('a cut answer is an error of the socket, not one of ccxt', async () => {
    await rest.loadMarkets()
    strike({ kind: 'cut', path: '/klines' })
    expect(await rest.fetchTime()).toBeGreaterThan(0)
    await expect(rest.fetchOHLCV(symbol, '1m')).rejects.toThrow(/closed|terminated|aborted/)
    expect(await rest.fetchOHLCV(symbol, '1m')).not.toHaveLength(0)
  })

  it('a slow answer outlasts a client that waits less long', async () => {
    strike({ kind: 'slow', delayMs: 2000 })
    rest.timeout = 200
    await expect(rest.fetchTime()).rejects.toThrow(ccxt.RequestTimeout)
  })

  it('more weight than is allowed is refused until the minute is over', async () => {
    const strict = await openPracticeExchange({ weightLimit: 25, steadyMs: () => 0 })
    const client = restClient(strict)
    await client.loadMarkets()
    expect(client.last_response_headers).toMatchObject({ 'X-Mbx-Used-Weight-1m': '20' })
    for (let answer = 0; answer < 5; answer++) await client.fetchTime()
    await expect(client.fetchTime()).rejects.toThrow(ccxt.DDoSProtection)
    expect(client.last_response_headers).toMatchObject({ 'Retry-After': '60' })
    await strict.close()
  })
})

describe('A fault of stream messages', () => {
  const ids = (messages: readonly StreamMessage[]): number[] => messages.map(({ t }) => Number(t))

  it('duplicates come twice, once each as often as asked for', async () => {
    const socket = await openPracticeSocket(`${exchange.streamUrl}/btcusdt@trade`)
    strike({ kind: 'duplicate', times: 3, stream: '@trade' })
    const came = ids(await socket.until((messages) => messages.length >= 20))
    expect(came.length - new Set(came).size).toBe(3)
    socket.close()
  })

  it('out of order, a message comes after the one that followed it', async () => {
    const socket = await openPracticeSocket(`${exchange.streamUrl}/btcusdt@trade`)
    strike({ kind: 'out_of_order', stream: 'btcusdt@trade' })
    const came = ids(await socket.until((messages) => messages.length >= 6))
    expect(came[0]).toBe(Number(came[1]) + 1)
    expect(came.slice(2)).toEqual([...came.slice(2)].sort((a, b) => a - b))
    socket.close()
  })

  it('late, a message comes after others that are younger by the time asked for', async () => {
    const socket = await openPracticeSocket(`${exchange.streamUrl}/btcusdt@trade`)
    strike({ kind: 'late', stream: '@trade', byMs: 20_000 })
    const placeOf = (messages: readonly StreamMessage[]): number =>
      ids(messages).findIndex((id, place, all) => id < (all[place - 1] ?? id))
    const came = await socket.until((messages) => placeOf(messages) > 0)
    const place = placeOf(came)
    expect(Number(came[place - 1]?.T) - Number(came[place]?.T)).toBeGreaterThan(10_000)
    socket.close()
  })

  it('a lost change of the book leaves a hole between u and the next U', async () => {
    const socket = await openPracticeSocket(`${exchange.streamUrl}/btcusdt@depth@100ms`)
    await socket.until((messages) => messages.length >= 3)
    strike({ kind: 'lost' })
    const count = socket.messages.length
    await socket.until((messages) => messages.length >= count + 5)
    const holes = socket.messages.filter((message, index) => {
      const previous = socket.messages[index - 1]
      return previous !== undefined && message.U !== Number(previous.u) + 1
    })
    expect(holes).toHaveLength(1)
    socket.close()
  })

  it('cut sockets end; a new connection is taken', async () => {
    const socket = await openPracticeSocket(`${exchange.streamUrl}/btcusdt@trade`)
    strike({ kind: 'sockets_cut' })
    await socket.ended
    const next = await openPracticeSocket(`${exchange.streamUrl}/btcusdt@trade`)
    await next.until((messages) => messages.length > 0)
    next.close()
  })
})

describe('A fault of the exchange itself', () => {
  it('an outage refuses answers and connections and ends by itself', async () => {
    const socket = await openPracticeSocket(`${exchange.streamUrl}/btcusdt@trade`)
    strike({ kind: 'outage', forMs: 60 * minuteMs })
    await socket.ended
    await expect(rest.fetchTime()).rejects.toThrow(ccxt.NetworkError)
    await expect(openPracticeSocket(`${exchange.streamUrl}/btcusdt@trade`)).rejects.toThrow()
    exchange.clock.jumpTo(exchange.clock.nowMs() + 61 * minuteMs)
    expect(await rest.fetchTime()).toBeGreaterThan(0)
  })

  it('a skewed clock tells another time for a while, and nothing else changes', async () => {
    exchange.clock.setSpeed(0)
    strike({ kind: 'clock_skew', byMs: -90_000, forMs: 10 * minuteMs })
    const now = exchange.clock.nowMs()
    expect(await rest.fetchTime()).toBe(now - 90_000)
    exchange.clock.jumpTo(now + 11 * minuteMs)
    expect(await rest.fetchTime()).toBe(now + 11 * minuteMs)
  })

  it('a corrected candle is told again in its stream and shown changed from then on, in longer candles too', async () => {
    await rest.loadMarkets()
    const socket = await openPracticeSocket(`${exchange.streamUrl}/btcusdt@kline_1m`)
    await socket.until((messages) => messages.length > 0)
    exchange.clock.setSpeed(0)
    exchange.clock.jumpTo(Math.ceil(exchange.clock.nowMs() / minuteMs) * minuteMs + 30_000)
    const openMs = exchange.clock.nowMs() - 90_000
    await socket.until((messages) => messages.some(({ k }) => k?.t === openMs + minuteMs))
    const [before] = await rest.fetchOHLCV(symbol, '1m', openMs, 1)
    strike({ kind: 'candle_corrected', pair: 'BTCUSDT', closeBps: 100 })
    const [after] = await rest.fetchOHLCV(symbol, '1m', openMs, 1)
    expect(Number(after?.[4])).toBeCloseTo(Number(before?.[4]) * 1.01, 1)
    expect(Number(after?.[2])).toBeGreaterThanOrEqual(Number(after?.[4]))
    const told = await socket.until((messages) =>
      messages.some(({ k }) => k?.t === openMs && Number(k.c) === after?.[4]),
    )
    expect(told.at(-1)?.k?.x).toBe(true)
    socket.close()
  })

  it('a delisted symbol is not known any more, and its streams stop', async () => {
    await rest.loadMarkets()
    strike({ kind: 'delisted', pair: 'BTCUSDT' })
    await expect(rest.fetchOHLCV(symbol, '1m')).rejects.toThrow(ccxt.BadSymbol)
    await rest.loadMarkets(true)
    expect(rest.symbols).toEqual(['ETH/USDT'])
    const socket = await openPracticeSocket(`${exchange.streamUrl}/btcusdt@trade/ethusdt@trade`)
    const came = await socket.until((messages) => messages.length >= 5)
    expect(new Set(came.map(({ s }) => s))).toEqual(new Set(['ETHUSDT']))
    socket.close()
  })

  it('changed filters show in exchangeInfo', async () => {
    const filters = [{ filterType: 'LOT_SIZE', minQty: '0.10000000', maxQty: '90.00000000', stepSize: '0.10000000' }]
    strike({ kind: 'filters_changed', pair: 'BTCUSDT', filters })
    await rest.loadMarkets()
    expect(rest.market(symbol)).toMatchObject({
      precision: { amount: 0.1, price: 0.01 },
      limits: { amount: { min: 0.1 } },
    })
  })

  it('a pair that is not traded here is refused by name', () => {
    const answer = exchange.inject(faultSchema.parse({ kind: 'delisted', pair: 'DOGEUSDT' }))
    expect(answer).toMatchObject({ ok: false, problem: { code: 'unknown_pair' } })
  })
})

describe('Faults from outside', () => {
  const post = (path: string, body: unknown, token = exchange.controlToken): Promise<Response> =>
    fetch(`${exchange.url}/practice/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })

  it('strike through the control endpoint, with its token only', async () => {
    expect((await post('faults', { kind: 'rate_limited' }, 'guess')).status).toBe(401)
    expect(await rest.fetchTime()).toBeGreaterThan(0)
    expect((await post('faults', { kind: 'rate_limited' })).status).toBe(200)
    await expect(rest.fetchTime()).rejects.toThrow(ccxt.DDoSProtection)
    expect((await post('faults', { kind: 'meteor' })).status).toBe(400)
  })

  it('the clock is set through it, and never back', async () => {
    expect((await post('clock', { speed: 0, jumpToMs: exchange.clock.nowMs() + minuteMs })).status).toBe(200)
    expect(exchange.clock.speed()).toBe(0)
    expect((await post('clock', { jumpToMs: 0 })).status).toBe(400)
  })

  it('come by a plan, at their market time', async () => {
    const planned = await openPracticeExchange({
      speed: 0,
      faults: faultPlanSchema.parse([{ afterMs: minuteMs, fault: { kind: 'rate_limited' } }]),
    })
    expect(await restClient(planned).fetchTime()).toBeGreaterThan(0)
    expect(planned.status().struck).toEqual([])
    planned.clock.jumpTo(planned.clock.nowMs() + minuteMs)
    await expect.poll(() => planned.status().struck, { timeout: 30_000 }).toHaveLength(1)
    await expect(restClient(planned).fetchTime()).rejects.toThrow(ccxt.DDoSProtection)
    await planned.close()
  })

  it('every named plan is one that the schema takes', () => {
    for (const plan of Object.values(namedFaultPlans)) expect(faultPlanSchema.parse(plan)).toEqual(plan)
  })
})
