import type { SymbolParts } from '../contract/candle'

/** Quote assets of spot pairs, longest first. */
const knownQuotes = ['FDUSD', 'USDT', 'USDC', 'TUSD', 'BUSD', 'USD', 'EUR', 'TRY', 'BTC', 'ETH', 'BNB'] as const

/** The assets in a pair's name as Binance writes it ("BTCUSDT"); null where no known quote asset ends it. */
export function pairParts(pair: string): SymbolParts | null {
  const quote = knownQuotes.find((candidate) => pair.endsWith(candidate) && pair.length > candidate.length)
  return quote === undefined ? null : { base: pair.slice(0, -quote.length), quote }
}
