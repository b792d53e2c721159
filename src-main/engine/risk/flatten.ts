import type { RiskSettings } from '@shared/contract/settings'
import type { OrderIntent, PendingOrder, RiskView } from './risk-view'

export interface Flattening {
  /** Pending entries, which must not fill any more. */
  readonly cancel: readonly PendingOrder[]
  /** One sell for every position that is not already being sold. */
  readonly close: readonly OrderIntent[]
}

/**
 * The kill switch: what cancels every entry and closes every position, in the order of their symbols. Set to freeze, it
 * leaves positions with their stops.
 */
export function flatten(account: RiskView, killSwitch: RiskSettings['killSwitch']): Flattening {
  const cancel = account.pendingOrders.filter((order) => order.side === 'buy')
  if (killSwitch === 'freeze') return { cancel, close: [] }
  const selling = new Set(account.pendingOrders.filter((order) => order.side === 'sell').map((order) => order.symbol))
  const close = [...account.positions]
    .filter(([symbol]) => !selling.has(symbol))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(
      ([symbol, position]) =>
        ({
          symbol,
          side: 'sell',
          qtyBase: position.qtyBase,
          reason: 'kill_switch',
          decisionId: null,
          stopLoss: null,
          takeProfit: null,
        }) satisfies OrderIntent,
    )
  return { cancel, close }
}
