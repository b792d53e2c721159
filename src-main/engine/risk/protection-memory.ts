import type { MarketSymbol } from '@shared/contract/candle'
import type { JournalEvent } from '@shared/contract/journal'
import type { Fill, Order } from '@shared/contract/order'
import type { ActiveProtection, ProtectionCode } from '@shared/contract/protection'
import { type Amount, amount } from './amounts'
import { RecentList } from './recent-list'

/**
 * What risk remembers of a run: what was closed and when, how often orders went out, how high the equity stood, and
 * which protections acted. Folded from the run's journal events and from nothing else, so that a restart knows exactly
 * what an uninterrupted run would. Bounded, and untouched by a candle on which nothing happened.
 */
export interface ProtectionMemory {
  /** The newest act of each code and symbol. */
  readonly acts: ReadonlyMap<string, ActiveProtection>
  /** Positions sold, oldest first. */
  readonly trades: RecentList<ClosedTrade>
  /** Sells of which a part is filled and the rest still open: their next fill belongs to a trade that is known. */
  readonly partlySold: ReadonlySet<string>
  /** When the desk's decisions placed orders, oldest first. */
  readonly orderTimesMs: RecentList<number>
  /** The highest equity since the run began, the trader resumed or a drawdown was acted on; null before a mark. */
  readonly peakEquity: Amount | null
}

/** All fills of one sell together. */
export interface ClosedTrade {
  readonly orderId: string
  readonly symbol: MarketSymbol
  /** When the desk learned of its last fill. */
  readonly atMs: number
  /** Net of fees, in the quote asset. */
  readonly realized: Amount
  readonly reason: Order['reason']
}

/** Enough for the largest counts that the settings allow. */
const keptTrades = 500
const keptOrders = 1000

export const noMemory: ProtectionMemory = {
  acts: new Map(),
  trades: RecentList.atMost(keptTrades),
  partlySold: new Set(),
  orderTimesMs: RecentList.atMost(keptOrders),
  peakEquity: null,
}

/** The memory after one event; events that do not concern it leave it as it is. */
export function rememberEvent(memory: ProtectionMemory, event: JournalEvent): ProtectionMemory {
  switch (event.type) {
    case 'order.accepted':
      return event.payload.decisionId === null
        ? memory
        : { ...memory, orderTimesMs: memory.orderTimesMs.with(event.atMs) }
    case 'order.expired': {
      const { orderId } = event.payload
      return memory.partlySold.has(orderId) ? { ...memory, partlySold: toggled(memory.partlySold, orderId) } : memory
    }
    case 'order.filled':
      return event.payload.side === 'sell' ? rememberSale(memory, event.payload, event.atMs) : memory
    case 'protection.acted': {
      const { runId: _run, ...act } = event.payload
      const acts = new Map(memory.acts).set(actKey(act.code, act.symbol), { ...act, sinceMs: event.atMs })
      // A drawdown is measured anew after it was acted on: otherwise it would act again as soon as its lock ends.
      return { ...memory, acts, peakEquity: act.code === 'max_drawdown' ? null : memory.peakEquity }
    }
    case 'desk.state':
      return event.payload.state === 'active' && event.payload.by === 'user' ? resumed(memory) : memory
    default:
      return memory
  }
}

/** The memory after the account was marked at this equity. */
export function rememberEquity(memory: ProtectionMemory, equity: Amount): ProtectionMemory {
  const { peakEquity } = memory
  return peakEquity === null || equity.greaterThan(peakEquity) ? { ...memory, peakEquity: equity } : memory
}

export function actKey(code: ProtectionCode, symbol: MarketSymbol | null): string {
  return symbol === null ? code : `${code} ${symbol}`
}

/** Whether an act still holds entries back at this time. */
export function isInForce({ sinceMs, untilMs }: ActiveProtection, atMs: number): boolean {
  return atMs >= sinceMs && (untilMs === null || atMs < untilMs)
}

/** What holds entries back at this time, of the desk and of its symbols, in the order in which each first acted. */
export function activeProtections(memory: ProtectionMemory, atMs: number): readonly ActiveProtection[] {
  return [...memory.acts.values()].filter((act) => isInForce(act, atMs))
}

/** The first protection that holds back an entry of this symbol; null where none does. */
export function blockingProtection(
  memory: ProtectionMemory,
  symbol: MarketSymbol,
  atMs: number,
): ActiveProtection | null {
  for (const act of memory.acts.values()) {
    if ((act.symbol === null || act.symbol === symbol) && isInForce(act, atMs)) return act
  }
  return null
}

function rememberSale(memory: ProtectionMemory, fill: Fill, atMs: number): ProtectionMemory {
  const { orderId, symbol, reason } = fill
  const realized = amount(fill.realizedQuote)
  const isPart = memory.partlySold.has(orderId)
  const earlier = isPart ? memory.trades.values().findLast((trade) => trade.orderId === orderId) : undefined
  const trade: ClosedTrade = {
    orderId,
    symbol,
    atMs,
    realized: earlier === undefined ? realized : earlier.realized.plus(realized),
    reason,
  }
  const others =
    earlier === undefined
      ? memory.trades
      : RecentList.atMost(
          keptTrades,
          memory.trades.values().filter((known) => known !== earlier),
        )
  const isOpen = (fill.leavesQtyBase ?? '0') !== '0'
  const partlySold = isPart === isOpen ? memory.partlySold : toggled(memory.partlySold, orderId)
  return { ...memory, partlySold, trades: others.with(trade) }
}

function toggled(orders: ReadonlySet<string>, orderId: string): ReadonlySet<string> {
  const changed = new Set(orders)
  if (!changed.delete(orderId)) changed.add(orderId)
  return changed
}

/** The trader has looked: what waited for that ends, and the drawdown is measured from here on. */
function resumed(memory: ProtectionMemory): ProtectionMemory {
  const acts = new Map(
    [...memory.acts].map(([key, act]) => [key, act.untilMs === null ? { ...act, untilMs: act.sinceMs } : act]),
  )
  return { ...memory, acts, peakEquity: null }
}
