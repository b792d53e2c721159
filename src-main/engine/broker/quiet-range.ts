import type { MarketSymbol } from '@shared/contract/candle'
import { type Account, ordersOf, positionOf } from './account'

/** Prices of one symbol strictly between which nothing rests; floats of the very prices that orders carry. */
export interface QuietRange {
  readonly below: number
  readonly above: number
}

/**
 * Between which prices a candle of the symbol makes nothing happen: `settleCandle` answers with nothing as long as the
 * candle's low is above `below` and its high below `above`. Null where any candle may matter. A backtest asks this once
 * after each change of the account instead of settling millions of candles that touch nothing.
 */
export function quietRange(account: Account, symbol: MarketSymbol): QuietRange | null {
  if (ordersOf(account, symbol).length > 0) return null
  const position = positionOf(account, symbol)
  return {
    below: position?.stopLoss?.toNumber() ?? Number.NEGATIVE_INFINITY,
    above: position?.takeProfit?.toNumber() ?? Number.POSITIVE_INFINITY,
  }
}
