import type { SymbolClass } from '../contract/calibration'
import { type MarketSymbol, symbolParts } from '../contract/candle'

const majorAssets: readonly string[] = ['BTC', 'ETH']

/**
 * Pairs that behave alike enough to share a calibration map: bitcoin and ether are `majors`, everything else `alts`.
 * Two classes rather than one per pair, because a map needs some hundred outcomes before it says anything.
 */
export function symbolClass(symbol: MarketSymbol): SymbolClass {
  return majorAssets.includes(symbolParts(symbol).base) ? 'majors' : 'alts'
}
