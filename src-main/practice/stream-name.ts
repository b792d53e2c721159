import { type Timeframe, timeframeSchema } from '@shared/contract/candle'

/** What a stream of one pair carries. */
export type StreamKind =
  | { readonly kind: 'trade' }
  | { readonly kind: 'aggTrade' }
  | { readonly kind: 'kline'; readonly timeframe: Timeframe }
  /** Changes of the book, at most one message per `everyMs` of market time. */
  | { readonly kind: 'depth'; readonly everyMs: number }
  /** The best levels, whole. */
  | { readonly kind: 'partialDepth'; readonly levels: number; readonly everyMs: number }
  | { readonly kind: 'bookTicker' }
  | { readonly kind: 'miniTicker' }
  | { readonly kind: 'ticker' }

export interface Stream {
  /** As the client wrote it: "btcusdt@depth@100ms". */
  readonly name: string
  /** As the exchange writes it: "BTCUSDT". */
  readonly pair: string
  readonly what: StreamKind
}

const pattern = /^([a-z0-9]{2,40})@([a-zA-Z]+)(5|10|20)?(?:_([0-9]{1,2}[mhd]))?(?:@(100|1000)ms)?$/
const slowMs = 1000

/** Null for a stream that is not served: the client may subscribe to it, and nothing comes, as at Binance. */
export function parseStream(name: string): Stream | null {
  const [, pair, what, levels, interval, every] = pattern.exec(name) ?? []
  if (pair === undefined || what === undefined) return null
  const kind = streamKind(what, levels, interval, every)
  return kind === null ? null : { name, pair: pair.toUpperCase(), what: kind }
}

function streamKind(
  what: string,
  levels: string | undefined,
  interval: string | undefined,
  every: string | undefined,
): StreamKind | null {
  if (what === 'kline') {
    const timeframe = timeframeSchema.safeParse(interval)
    return timeframe.success ? { kind: 'kline', timeframe: timeframe.data } : null
  }
  if (interval !== undefined) return null
  if (what === 'depth') {
    const everyMs = every === undefined ? slowMs : Number(every)
    return levels === undefined ? { kind: 'depth', everyMs } : { kind: 'partialDepth', levels: Number(levels), everyMs }
  }
  if (levels !== undefined || every !== undefined) return null
  if (what === 'trade' || what === 'aggTrade') return { kind: what }
  if (what === 'bookTicker' || what === 'miniTicker' || what === 'ticker') return { kind: what }
  return null
}
