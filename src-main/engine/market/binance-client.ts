import { setTimeout as sleep } from 'node:timers/promises'
import { type Candle, candleSchema, type MarketSymbol, type Timeframe } from '@shared/contract/candle'
import { type Failure, failure, type Outcome, success } from '@shared/contract/outcome'
import { z } from 'zod'

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
}

/** Binance spot's public market data over REST. Every call is bounded in time and retried only where that helps. */
export interface BinanceClient {
  serverTimeMs(): Promise<Outcome<number, BinanceProblemCode>>
  /**
   * At most `klinesPerPage` candles from `sinceMs` on, oldest first. The last one may still be open: only the caller
   * knows what time it was at the exchange.
   */
  candles(symbol: MarketSymbol, timeframe: Timeframe, sinceMs: number): Promise<Outcome<Candle[], BinanceProblemCode>>
}

export const klinesPerPage = 1000
/** Longer demands to wait are answered as "rate limited": the caller decides whether to come back. */
const longestRetryAfterMs = 60_000

const klineSchema = z.tuple([z.int(), z.number(), z.number(), z.number(), z.number(), z.number()])
const retryAfterSchema = z.looseObject({ 'retry-after': z.coerce.number().nonnegative() })

/** Connects and learns the markets of `symbols`. ccxt is loaded here and not before: it is large, and replay needs none of it. */
export async function connectBinance(
  symbols: readonly MarketSymbol[],
  options: BinanceClientOptions,
): Promise<Outcome<BinanceClient, BinanceProblemCode>> {
  const { default: ccxt } = await import('ccxt')
  const exchange = new ccxt.binance({
    enableRateLimit: true,
    timeout: options.timeoutMs,
    options: { defaultType: 'spot', fetchMarkets: { types: ['spot'] }, fetchCurrencies: false },
  })
  exchange.urls = { ...exchange.urls, api: { ...exchange.urls.api, public: `${options.baseUrl}/api/v3` } }
  // Blocked by the firewall (403) or for legal reasons (451): asking again changes nothing.
  const { PermissionDenied } = ccxt
  exchange.httpExceptions = { ...exchange.httpExceptions, '403': PermissionDenied, '451': PermissionDenied }

  async function call<Value>(request: () => Promise<Value>): Promise<Outcome<Value, BinanceProblemCode>> {
    for (let attempt = 1; ; attempt++) {
      try {
        return success(await request())
      } catch (error) {
        if (!(error instanceof ccxt.BaseError)) throw error
        const isRateLimit = error instanceof ccxt.RateLimitExceeded || error instanceof ccxt.DDoSProtection
        if (error instanceof ccxt.BadSymbol) return unknownSymbol(symbols)
        if (!(error instanceof ccxt.NetworkError)) return refused(error.name)
        const pauseMs = (isRateLimit ? retryAfterMs() : null) ?? backoffMs(attempt)
        if (attempt >= options.attempts || pauseMs > longestRetryAfterMs) {
          return isRateLimit ? rateLimited() : unreachable(options.baseUrl, error.name)
        }
        await sleep(pauseMs)
      }
    }
  }

  function backoffMs(attempt: number): number {
    return options.retryPauseMs * 2 ** (attempt - 1) * (0.5 + options.random() / 2)
  }

  /** What the last answer's `Retry-After` asked for (Binance sends whole seconds); null without one. */
  function retryAfterMs(): number | null {
    const headers: unknown = exchange.last_response_headers
    if (headers === null || typeof headers !== 'object') return null
    const lowerCase = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
    const parsed = retryAfterSchema.safeParse(lowerCase)
    return parsed.success ? parsed.data['retry-after'] * 1000 : null
  }

  const binanceIds = symbols.map((symbol) => symbol.replace('/', ''))
  // `true`: without it ccxt answers a second attempt with the failure of the first.
  const markets = await call(() => exchange.loadMarkets(true, { symbols: JSON.stringify(binanceIds) }))
  if (!markets.ok) return markets
  const missing = symbols.filter((symbol) => !Object.hasOwn(markets.value, symbol))
  if (missing.length > 0) return unknownSymbol(missing)

  return success({
    async serverTimeMs() {
      const answer = await call(() => exchange.fetchTime())
      if (!answer.ok) return answer
      return answer.value === undefined ? invalidAnswer('time') : success(answer.value)
    },
    async candles(symbol, timeframe, sinceMs) {
      const answer = await call(() => exchange.fetchOHLCV(symbol, timeframe, sinceMs, klinesPerPage))
      if (!answer.ok) return answer
      const candles: Candle[] = []
      for (const row of answer.value) {
        const kline = klineSchema.safeParse(row.slice(0, klineSchema.def.items.length))
        if (!kline.success) return invalidAnswer('klines')
        const [openTimeMs, open, high, low, close, volume] = kline.data
        const candle = candleSchema.safeParse({ openTimeMs, open, high, low, close, volume })
        if (!candle.success) return invalidAnswer('klines')
        candles.push(candle.data)
      }
      return success(candles)
    },
  })
}

function unknownSymbol(symbols: readonly MarketSymbol[]): Failure<BinanceProblemCode> {
  return failure('unknown_symbol', `Binance spot does not know ${symbols.join(' or ')}. Check the pair's spelling.`)
}

function refused(reason: string): Failure<BinanceProblemCode> {
  return failure('exchange_refused', `Binance refused the request (${reason}). It may not serve this region.`)
}

function rateLimited(): Failure<BinanceProblemCode> {
  return failure('exchange_rate_limited', 'Binance asks for fewer requests. Wait a few minutes before the next start.')
}

function unreachable(baseUrl: string, reason: string): Failure<BinanceProblemCode> {
  return failure('exchange_unreachable', `${baseUrl} does not answer (${reason}). Check the network connection.`)
}

function invalidAnswer(endpoint: string): Failure<BinanceProblemCode> {
  return failure('exchange_answer_invalid', `Binance's answer to /api/v3/${endpoint} is not what it documents.`)
}
