import type { DeskState } from '@shared/contract/journal'
import type { LimitUse } from '@shared/contract/protection'
import { count, percent } from './figures'
import { ageText } from './times'

/** What the desk does, in two or three words. */
export const deskStateNames = {
  active: 'Desk active',
  reduce_only: 'Desk reduces only',
  halted: 'Desk halted',
} as const satisfies Record<DeskState, string>

const limitNames: Readonly<Record<string, string>> = {
  max_position: 'Largest position',
  max_total_exposure: 'All positions',
  max_open_positions: 'Open positions',
  daily_loss: 'Loss today',
  max_drawdown: 'Below the peak',
  stop_loss_guard: 'Lost stops',
  consecutive_losses: 'Losses in a row',
  cooldown: 'Rest after a close',
  low_profit: 'Too little earned',
  order_rate: 'Orders',
  stale_data: 'Late candles',
}

/** A limit or protection as a trader calls it; one that is not known by its code. */
export function limitName(code: string): string {
  return limitNames[code] ?? code
}

/** "Orders in 1 min", "Lost stops of BTC/USDT in 24 h"; a limit of the present on the whole desk has its name alone. */
export function limitUseName({ code, symbol, windowMs }: Pick<LimitUse, 'code' | 'symbol' | 'windowMs'>): string {
  const whose = symbol === null ? '' : ` of ${symbol}`
  return `${limitName(code)}${whose}${windowMs === null ? '' : ` in ${ageText(windowMs)}`}`
}

/** "1.2% of 5%", "3 of 5", "2, no limit". */
export function limitUseText({ unit, used, limit }: Pick<LimitUse, 'unit' | 'used' | 'limit'>): string {
  const written = (value: number) => (unit === 'share' ? percent(value) : count(value))
  return limit === null ? `${written(used)}, no limit` : `${written(used)} of ${written(limit)}`
}

/** How much of the limit is used, from 0 to 1; null where there is none. */
export function usedShare({ used, limit }: Pick<LimitUse, 'used' | 'limit'>): number | null {
  if (limit === null) return null
  return limit === 0 ? 1 : Math.min(1, used / limit)
}
