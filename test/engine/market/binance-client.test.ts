import { createServer, type Server } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { type BinanceClient, connectBinance } from '../../../src-main/engine/market/binance-client'
import { type HandClock, handClock } from '../../helpers/hand-clock'

const never = new AbortController().signal
const info = {
  rateLimits: [{ rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 1000 }],
  symbols: [{ symbol: 'BTCUSDT', status: 'TRADING', baseAsset: 'BTC', quoteAsset: 'USDT', filters: [] }],
}

let server: Server | undefined
afterEach(async () => {
  server?.closeAllConnections()
  await new Promise((resolve) => server?.close(resolve))
})

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/** An exchange that gives these answers to /time, the last one for good; tells when it was asked, by the hand clock. */
async function exchange(
  answers: readonly Answer[],
): Promise<{ client: BinanceClient; clock: HandClock; askedAtMs: number[] }> {
  const clock = handClock(0)
  const askedAtMs: number[] = []
  const created = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.url?.startsWith('/api/v3/exchangeInfo')) return response.end(JSON.stringify(info))
    const answer = answers[Math.min(askedAtMs.length, answers.length - 1)]
    askedAtMs.push(clock.steadyMs())
    response.writeHead(answer?.status ?? 500, answer?.headers ?? {})
    return response.end(answer?.status === 200 ? '{"serverTime":1}' : '{"code":-1003,"msg":"Too much request weight."}')
  })
  server = created
  await new Promise<void>((resolve) => created.listen(0, '127.0.0.1', resolve))
  const address = created.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const connected = await connectBinance(['BTC/USDT'], {
    ...{ baseUrl: `http://127.0.0.1:${port}`, timeoutMs: 2000, attempts: 4, retryPauseMs: 10 },
    ...{ random: () => 0, clock },
  })
  if (!connected.ok) throw new Error(connected.problem.message)
  return { client: connected.value, clock, askedAtMs }
}

const sound = { status: 200, headers: {} }

test('after a 429 nothing is asked before its Retry-After is over', async () => {
  const { client, askedAtMs } = await exchange([{ status: 429, headers: { 'Retry-After': '7' } }, sound])
  expect(await client.serverTimeMs()).toEqual({ ok: true, value: 1 })
  expect(askedAtMs).toEqual([0, 7000])
})

test('a long ban is told at once; until its end every question is answered here, and none is sent', async () => {
  const { client, clock, askedAtMs } = await exchange([{ status: 418, headers: { 'Retry-After': '180' } }, sound])
  for (let question = 0; question < 5; question++) {
    expect(await client.serverTimeMs()).toMatchObject({ ok: false, problem: { code: 'exchange_rate_limited' } })
  }
  expect(client.budget.isBanned()).toBe(true)
  expect(askedAtMs).toEqual([0])
  await clock.sleepMs(180_000, never)
  expect(await client.serverTimeMs()).toEqual({ ok: true, value: 1 })
  expect(askedAtMs).toEqual([0, 180_000])
})

test('waits for the next minute when four fifths of the weight that exchangeInfo allows are used', async () => {
  const { client, askedAtMs } = await exchange([{ status: 200, headers: { 'X-MBX-USED-WEIGHT-1M': '800' } }, sound])
  await client.serverTimeMs()
  await client.serverTimeMs()
  expect(askedAtMs).toEqual([0, 60_000])
})
