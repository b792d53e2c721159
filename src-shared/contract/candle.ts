import { z } from 'zod'

/** Candle lengths that Binance spot offers, shortest first, with their length in milliseconds. */
export const timeframeMs = {
  '1m': 60_000,
  '3m': 180_000,
  '5m': 300_000,
  '15m': 900_000,
  '30m': 1_800_000,
  '1h': 3_600_000,
  '2h': 7_200_000,
  '4h': 14_400_000,
  '6h': 21_600_000,
  '8h': 28_800_000,
  '12h': 43_200_000,
  '1d': 86_400_000,
} as const

export const timeframeSchema = z.enum(['1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '8h', '12h', '1d'])

export type Timeframe = z.infer<typeof timeframeSchema>

/** A trading pair as ccxt writes it: base, a slash, quote ("BTC/USDT"). */
export const symbolSchema = z.string().regex(/^[A-Z0-9]{1,20}\/[A-Z0-9]{1,20}$/, 'must look like BTC/USDT')

export type MarketSymbol = z.infer<typeof symbolSchema>

/** UTC milliseconds since 1970-01-01. */
export const timeMsSchema = z.int().nonnegative()

/**
 * One closed candle. Times are UTC milliseconds; prices are in the quote asset, volume in the base asset.
 *
 * The figures are floats because indicators eat them by the million. A float holds every price and volume of up to
 * 15 significant digits, and `new Decimal(candle.open)` gives back exactly the digits that were recorded.
 */
export const candleSchema = z.object({
  openTimeMs: timeMsSchema,
  open: z.number().positive(),
  high: z.number().positive(),
  low: z.number().positive(),
  close: z.number().positive(),
  volume: z.number().nonnegative(),
})

export type Candle = Readonly<z.infer<typeof candleSchema>>

/** A candle is known at its close: its open time plus its timeframe. */
export function closeTimeMs(candle: Candle, timeframe: Timeframe): number {
  return candle.openTimeMs + timeframeMs[timeframe]
}

export interface SymbolParts {
  readonly base: string
  readonly quote: string
}

export function symbolParts(symbol: MarketSymbol): SymbolParts {
  const slash = symbol.indexOf('/')
  return { base: symbol.slice(0, slash), quote: symbol.slice(slash + 1) }
}

/** Something about the recorded or live market that a reader of the journal must know. Never silently skipped. */
export const marketAnomalySchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('gap'),
    /** Open time of the first missing candle. */
    fromMs: timeMsSchema,
    /** Open time of the candle that ended the gap (exclusive). */
    toMs: timeMsSchema,
    missingCandles: z.int().positive(),
  }),
  z.object({ kind: z.literal('zero_volume'), openTimeMs: timeMsSchema }),
  z.object({
    kind: z.literal('bad_row'),
    /** 1-based line in the candle file. */
    line: z.int().positive(),
    reason: z.string(),
  }),
  z.object({
    /** The exchange changed a candle after it had closed. A decision that was made on it stands. */
    kind: z.literal('correction'),
    was: candleSchema,
    became: candleSchema,
  }),
  /** The exchange said twice that the candle closed, with the same figures; the second word was ignored. */
  z.object({ kind: z.literal('duplicate'), openTimeMs: timeMsSchema }),
  /** The candle came after later ones had been decided on; it was left out. */
  z.object({ kind: z.literal('late'), openTimeMs: timeMsSchema }),
  /** The exchange could not be heard from `fromMs` to `toMs`; candles in between were asked for afterwards. */
  z.object({ kind: z.literal('outage'), fromMs: timeMsSchema, toMs: timeMsSchema, reason: z.string() }),
  /** The exchange was heard, but told nothing of this symbol. */
  z.object({ kind: z.literal('stale_feed'), fromMs: timeMsSchema, toMs: timeMsSchema }),
  /** The machine's clock was set, or the machine slept; closed candles are judged by the exchange's clock. */
  z.object({ kind: z.literal('clock_jump'), atMs: timeMsSchema, byMs: z.int() }),
])

export type MarketAnomaly = Readonly<z.infer<typeof marketAnomalySchema>>
