import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type Candle, type Timeframe, timeframeMs, timeframeSchema } from '@shared/contract/candle'
import { z } from 'zod'

/** What goes wrong with one request, taken from the front of `faults`. */
export type Fault = 'rate_limited' | 'unavailable' | 'cut' | 'garbage' | 'forbidden'

export interface LoopbackBinance {
  readonly url: string
  /** Paths with their query, in the order in which they came. */
  readonly requests: string[]
  readonly faults: Fault[]
  /** Applied to every request until emptied. */
  permanentFault: Fault | null
  /** Candles per Binance id ("BTCUSDT"); the last may still be open. */
  readonly candles: Map<string, Candle[]>
  close(): Promise<void>
}

const exchangeInfoSchema = z.object({ symbols: z.array(z.looseObject({ symbol: z.string() })) })

/** Fields of a symbol that the bundled excerpt leaves out and Binance sends. */
const spotFields = {
  baseAssetPrecision: 8,
  quotePrecision: 8,
  quoteAssetPrecision: 8,
  orderTypes: ['LIMIT', 'MARKET'],
  icebergAllowed: true,
  ocoAllowed: true,
  isSpotTradingAllowed: true,
  isMarginTradingAllowed: false,
  permissions: ['SPOT'],
}

/**
 * A Binance on the loopback interface, in the wire formats of its spot REST API: klines as rows of twelve with prices as
 * text, errors as `{code, msg}`. Its clock is `nowMs`; candles that open later do not exist yet.
 */
export async function startLoopbackBinance(nowMs: () => number): Promise<LoopbackBinance> {
  const rules = exchangeInfoSchema.parse(
    JSON.parse(await readFile(new URL('../../resources/exchange-info.json', import.meta.url), 'utf8')),
  )
  const requests: string[] = []
  const faults: Fault[] = []
  const candles = new Map<string, Candle[]>()

  function answer(path: string, query: URLSearchParams): { status: number; body: unknown } {
    if (path === '/api/v3/time') return { status: 200, body: { serverTime: nowMs() } }
    if (path === '/api/v3/exchangeInfo') {
      const asked = z.array(z.string()).parse(JSON.parse(query.get('symbols') ?? '[]'))
      const symbols = rules.symbols.filter((rule) => asked.includes(rule.symbol))
      if (symbols.length < asked.length) return invalidSymbol
      const body = { timezone: 'UTC', serverTime: nowMs(), rateLimits: [], exchangeFilters: [] }
      return { status: 200, body: { ...body, symbols: symbols.map((symbol) => ({ ...symbol, ...spotFields })) } }
    }
    if (path === '/api/v3/klines') {
      const known = candles.get(query.get('symbol') ?? '')
      if (known === undefined) return invalidSymbol
      const timeframe = timeframeSchema.parse(query.get('interval'))
      const sinceMs = Number(query.get('startTime') ?? 0)
      const visible = known.filter((candle) => candle.openTimeMs >= sinceMs && candle.openTimeMs <= nowMs())
      return { status: 200, body: visible.slice(0, Number(query.get('limit') ?? 500)).map((c) => kline(c, timeframe)) }
    }
    return { status: 404, body: { code: -1100, msg: 'Not found.' } }
  }

  const server = createServer((request, response) => {
    const target = new URL(request.url ?? '/', 'http://loopback')
    requests.push(target.pathname + target.search)
    const fault = faults.shift() ?? binance.permanentFault
    response.setHeader('content-type', 'application/json')
    if (fault === 'cut') return request.socket.destroy()
    if (fault === 'rate_limited') {
      response.writeHead(429, { 'Retry-After': '0' })
      return response.end('{"code":-1003,"msg":"Too much request weight used."}')
    }
    if (fault === 'unavailable') return response.writeHead(503).end('<html>Service Unavailable</html>')
    if (fault === 'forbidden') return response.writeHead(451).end('{"code":0,"msg":"Service unavailable here."}')
    if (fault === 'garbage') return response.writeHead(200).end('[["soon"]]')
    const { status, body } = answer(target.pathname, target.searchParams)
    response.writeHead(status).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The loopback server has no port.')
  const binance: LoopbackBinance = {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    faults,
    permanentFault: null,
    candles,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return binance
}

const invalidSymbol = { status: 400, body: { code: -1121, msg: 'Invalid symbol.' } }

function kline(candle: Candle, timeframe: Timeframe): unknown[] {
  const { openTimeMs, open, high, low, close, volume } = candle
  const prices = [open, high, low, close, volume].map((figure) => figure.toFixed(8))
  return [openTimeMs, ...prices, openTimeMs + timeframeMs[timeframe] - 1, '0', 1, '0', '0', '0']
}
