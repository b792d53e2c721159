import type { MarketSymbol } from '@shared/contract/candle'
import type { ProtectionCode } from '@shared/contract/protection'
import type { RiskSettings } from '@shared/contract/settings'
import { actKey, type ClosedTrade, type ProtectionMemory } from './protection-memory'

/** What happened after the last act of a protection; what it has acted on counts no more. */
export function tradesSinceAct(
  memory: ProtectionMemory,
  code: ProtectionCode,
  symbol: MarketSymbol | null,
  trades: readonly ClosedTrade[] = memory.trades.values(),
): readonly ClosedTrade[] {
  const act = memory.acts.get(actKey(code, symbol))
  return act === undefined ? trades : trades.filter(({ atMs }) => atMs > act.sinceMs)
}

/** Trades that have lost one after another, up to the newest. */
export function lossesInARow(memory: ProtectionMemory): number {
  const trades = tradesSinceAct(memory, 'consecutive_losses', null)
  return trades.length - 1 - trades.findLastIndex(({ realized }) => !realized.isNegative())
}

export interface LostStops {
  /** Null counts the whole desk. */
  readonly symbol: MarketSymbol | null
  readonly stops: number
}

/**
 * Stops that lost within the guard's window, of the desk or of each symbol. One that was drawn above its entry did its
 * work and is not counted.
 */
export function lostStops(
  memory: ProtectionMemory,
  { windowMs, scope }: RiskSettings['stopLossGuard'],
  atMs: number,
): readonly LostStops[] {
  const lost = memory.trades
    .values()
    .filter((trade) => trade.reason === 'stop_loss' && trade.realized.isNegative() && trade.atMs > atMs - windowMs)
  const groups = scope === 'desk' ? [null] : [...new Set(lost.map(({ symbol }) => symbol))]
  return groups.map((symbol) => {
    const counted = tradesSinceAct(memory, 'stop_loss_guard', symbol, lost)
    return { symbol, stops: counted.filter((trade) => symbol === null || trade.symbol === symbol).length }
  })
}
