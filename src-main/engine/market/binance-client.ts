import { type Candle, candleSchema, type MarketSymbol, type Timeframe } from '@shared/contract/candle'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { BookLevel } from '@shared/contract/market-data'
import { type Failure, failure, type Outcome, success } from '@shared/contract/outcome'
import { z } from 'zod'
import { createRequestBudget, type RequestBudget } from './binance/request-budget'
import type { WallClock } from './clock'
import { readExchangeInfo } from './exchange-rules'

export type BinanceProblemCode =
  | 'exchange_unreachable'
  | 'exchange_rate_limited'
  /** The exchange understood and said no. */
  | 'exchange_refused'
  | 'exchange_answer_invalid'
  | 'unknown_symbol'

export interface BinanceClientOptions {
  /** Scheme and host; `/api/v3` is added. */
  readonly baseUrl: string
  readonly timeoutMs: number
  /** Attempts per call, the first included. */
  readonly attempts: number
  /** First pause between attempts; doubled each time, with full jitter. `Retry-After` goes before it. */
  readonly retryPauseMs: number
  /** In [0, 1). */
  readonly random: () => number
  readonly clock: WallClock
}

/** An order book as REST tells it, best levels first, with the number of the last change in it. */
export interface DepthSnapshot {
  readonly lastUpdateId: number
  readonly bids: readonly BookLevel[]
  readonly asks: readonly BookLevel[]
}

/** Binance spot's public market data over REST. Every call is bounded in time and retried only where that helps. */
export interface BinanceClient {
  /** What the exchange demands of orders in the symbols that were asked for (all of them where none was named). */
  readonly rules: ReadonlyMap<MarketSymbol, SymbolRules>
  /** Pairs that the exchange lists and that cannot be read. */
  readonly unreadable: readonly string[]
  readonly budget: Pick<RequestBudget, 'waitMs' | 'isBanned' | 'usedWeight'>
  serverTimeMs(): Promise<Outcome<number, BinanceProblemCode>>
  /**
   * At most `klinesPerPage` candles from `sinceMs` on, oldest first. The last one may still be open: only the caller
   * knows what time it was at the exchange.
   */
  candles(symbol: MarketSymbol, timeframe: Timeframe, sinceMs: number): Promise<Outcome<Candle[], BinanceProblemCode>>
  depth(symbol: MarketSymbol, levels: number): Promise<Outcome<DepthSnapshot, BinanceProblemCode>>
}

export const klinesPerPage = 1000
/** Longer demands to wait are answered as "rate limited": the caller decides whether to come back. */
const longestPauseMs = 60_000
/** So many pairs are named in one request: the address line stays short enough for every proxy. */
const symbolsPerRequest = 100

const figure = z.string().transform(Number)
/** Open time, open, high, low, close, volume; what follows is not used. */
const klinesSchema = z.array(z.tuple([z.int(), figure, figure, figure, figure, figure]).rest(z.unknown()))
const levelSchema = z.tuple([figure, figure])
const depthSchema = z.object({ lastUpdateId: z.int(), bids: z.array(levelSchema), asks: z.array(levelSchema) })
const rawInfoSchema = z.looseObject({ symbols: z.array(z.looseObject({ symbol: z.string() })) })
const headersSchema = z.record(z.string(), z.string())

type RawInfo = z.infer<typeof rawInfoSchema>

/**
 * Connects and learns the markets of `symbols`; of all that are listed where none is named. ccxt is loaded here and not
 * before: it is large, and replay needs none of it.
 */
export async function connectBinance(
  symbols: readonly MarketSymbol[],
  options: BinanceClientOptions,
): Promise<Outcome<BinanceClient, BinanceProblemCode>> {
  const { default: ccxt } = await import('ccxt')
  const { clock } = options
  const exchange = new ccxt.binance({
    // What the exchange itself counts is what holds: see the budget.
    enableRateLimit: false,
    timeout: options.timeoutMs,
    options: { defaultType: 'spot', fetchMarkets: { types: ['spot'] }, fetchCurrencies: false },
  })
  exchange.urls = { ...exchange.urls, api: { ...exchange.urls.api, public: `${options.baseUrl}/api/v3` } }
  // Blocked by the firewall (403) or for legal reasons (451): asking again changes nothing.
  const { PermissionDenied } = ccxt
  exchange.httpExceptions = { ...exchange.httpExceptions, '403': PermissionDenied, '451': PermissionDenied }
  const budget = createRequestBudget(clock)
  const onRestResponse = exchange.onRestResponse.bind(exchange)
  exchange.onRestResponse = (
    status: unknown,
    text: unknown,
    url: unknown,
    method: unknown,
    headers: unknown,
    ...rest
  ) => {
    const told = headersSchema.safeParse(headers)
    if (told.success && typeof status === 'number') budget.answered(status, lowerCased(told.data))
    return onRestResponse(status, text, url, method, headers, ...rest)
  }
  const never = new AbortController().signal

  async function call<Value>(
    request: () => Promise<Value>,
    named: readonly MarketSymbol[],
  ): Promise<Outcome<Value, BinanceProblemCode>> {
    for (let attempt = 1; ; attempt++) {
      const waitMs = budget.waitMs()
      if (waitMs > longestPauseMs) return rateLimited(waitMs)
      if (waitMs > 0) await clock.sleepMs(waitMs, never)
      try {
        return success(await request())
      } catch (thrown) {
        // ccxt lets through what breaks the connection in the middle of an answer.
        const error = isBrokenConnection(thrown) ? new ccxt.NetworkError(thrown.message) : thrown
        if (!(error instanceof ccxt.BaseError)) throw error
        const isRateLimit = error instanceof ccxt.RateLimitExceeded || error instanceof ccxt.DDoSProtection
        if (error instanceof ccxt.BadSymbol) return unknownSymbol(named)
        if (!(error instanceof ccxt.NetworkError)) return refused(error.name)
        const demandedMs = budget.waitMs()
        if (attempt >= options.attempts || demandedMs > longestPauseMs) {
          return isRateLimit ? rateLimited(demandedMs) : unreachable(options.baseUrl, error.name)
        }
        if (demandedMs === 0) await clock.sleepMs(backoffMs(attempt), never)
      }
    }
  }

  function backoffMs(attempt: number): number {
    return options.retryPauseMs * 2 ** (attempt - 1) * (0.5 + options.random() / 2)
  }

  /** One refused pair refuses the whole request, without its name: halves find it. */
  async function exchangeInfo(
    named: readonly MarketSymbol[],
    missing: MarketSymbol[],
  ): Promise<Outcome<RawInfo[], BinanceProblemCode>> {
    const params = named.length === 0 ? {} : { symbols: JSON.stringify(named.map(binanceId)) }
    const answer = await call<unknown>(() => exchange.publicGetExchangeInfo(params), named)
    if (answer.ok) {
      const info = rawInfoSchema.safeParse(answer.value)
      return info.success ? success([info.data]) : invalidAnswer('exchangeInfo')
    }
    if (answer.problem.code !== 'unknown_symbol') return answer
    if (named.length <= 1) {
      missing.push(...named)
      return success([])
    }
    const middle = Math.ceil(named.length / 2)
    const first = await exchangeInfo(named.slice(0, middle), missing)
    if (!first.ok) return first
    const second = await exchangeInfo(named.slice(middle), missing)
    return second.ok ? success([...first.value, ...second.value]) : second
  }

  const chunks: RawInfo[] = []
  const refusedSymbols: MarketSymbol[] = []
  for (const named of symbols.length === 0 ? [[]] : chunked(symbols)) {
    const info = await exchangeInfo(named, refusedSymbols)
    if (!info.ok) return info
    chunks.push(...info.value)
  }
  if (refusedSymbols.length > 0) return unknownSymbol(refusedSymbols)
  const raw = chunks.flatMap((info) => info.symbols)
  const info = readExchangeInfo({ ...chunks[0], symbols: raw })
  if (info === null) return invalidAnswer('exchangeInfo')
  if (info.weightPerMinute !== null) budget.setLimit(info.weightPerMinute)
  const rules = new Map(info.rules.map((rule) => [rule.symbol, rule]))
  const missing = symbols.filter((symbol) => !rules.has(symbol))
  if (missing.length > 0) return unknownSymbol(missing)

  return success({
    rules,
    unreadable: info.unreadable,
    budget,
    async serverTimeMs() {
      const answer = await call(() => exchange.fetchTime(), symbols)
      if (!answer.ok) return answer
      return answer.value === undefined ? invalidAnswer('time') : success(answer.value)
    },
    async candles(symbol, timeframe, sinceMs) {
      const params = { symbol: binanceId(symbol), interval: timeframe, startTime: sinceMs, limit: klinesPerPage }
      const answer = await call<unknown>(() => exchange.publicGetKlines(params), [symbol])
      if (!answer.ok) return answer
      const candles = readKlines(answer.value)
      return candles === null ? invalidAnswer('klines') : success(candles)
    },
    async depth(symbol, levels) {
      const params = { symbol: binanceId(symbol), limit: levels }
      const answer = await call<unknown>(() => exchange.publicGetDepth(params), [symbol])
      if (!answer.ok) return answer
      const depth = depthSchema.safeParse(answer.value)
      return depth.success ? success(depth.data) : invalidAnswer('depth')
    },
  })
}

/** The candles of a `klines` answer; null where it is not what Binance documents. */
export function readKlines(answer: unknown): Candle[] | null {
  const rows = klinesSchema.safeParse(answer)
  if (!rows.success) return null
  const candles: Candle[] = []
  for (const [openTimeMs, open, high, low, close, volume] of rows.data) {
    const candle = candleSchema.safeParse({ openTimeMs, open, high, low, close, volume })
    if (!candle.success) return null
    candles.push(candle.data)
  }
  return candles
}

/** A pair as Binance writes it: without the slash. */
export function binanceId(symbol: MarketSymbol): string {
  return symbol.replace('/', '')
}

function chunked(symbols: readonly MarketSymbol[]): readonly MarketSymbol[][] {
  const count = Math.ceil(symbols.length / symbolsPerRequest)
  return Array.from({ length: count }, (_, at) => symbols.slice(at * symbolsPerRequest, (at + 1) * symbolsPerRequest))
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

/** Errors of Node's sockets and of undici, recognised by their code. */
function isBrokenConnection(thrown: unknown): thrown is Error {
  return thrown instanceof Error && 'code' in thrown && /^(UND_ERR_\w+|E[A-Z]+)$/.test(String(thrown.code))
}

function unknownSymbol(symbols: readonly MarketSymbol[]): Failure<BinanceProblemCode> {
  const said = `The exchange does not list ${symbols.join(' or ')}.`
  return failure('unknown_symbol', `${said} Check the pair's spelling; \`market symbols\` shows all that it lists.`)
}

function refused(reason: string): Failure<BinanceProblemCode> {
  return failure('exchange_refused', `Binance refused the request (${reason}). It may not serve this region.`)
}

function rateLimited(waitMs: number): Failure<BinanceProblemCode> {
  const advice = waitMs > 0 ? `for ${Math.ceil(waitMs / 1000)} s` : 'for a few minutes'
  return failure('exchange_rate_limited', `Binance asks for fewer requests. Nothing is asked of it ${advice}.`)
}

function unreachable(baseUrl: string, reason: string): Failure<BinanceProblemCode> {
  return failure('exchange_unreachable', `${baseUrl} does not answer (${reason}). Check the network connection.`)
}

function invalidAnswer(endpoint: string): Failure<BinanceProblemCode> {
  return failure('exchange_answer_invalid', `Binance's answer to /api/v3/${endpoint} is not what it documents.`)
}
