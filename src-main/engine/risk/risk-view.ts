import type { MarketSymbol } from '@shared/contract/candle'
import type { DecimalText } from '@shared/contract/money'
import type { Order, OrderTerms, Side } from '@shared/contract/order'
import type { Amount } from './amounts'
import type { ProtectionMemory } from './protection-memory'

/** What risk must know of the account, which stands behind it. Amounts are in the quote asset unless named otherwise. */
export interface RiskView {
  readonly quoteAsset: string
  /** Cash and holdings at their last prices. */
  readonly equity: Amount
  /** Cash that no pending order has reserved. */
  readonly freeCash: Amount
  /** Cash that pending buys have reserved, the trader's own too. */
  readonly reservedCash: Amount
  /** Open positions; the remainder below a lot step that a sell leaves behind is none. */
  readonly positions: ReadonlyMap<MarketSymbol, HeldPosition>
  readonly pendingOrders: readonly PendingOrder[]
  /** Null before the first decision of the run. */
  readonly day: DayEquity | null
  readonly memory: ProtectionMemory
}

export interface HeldPosition {
  /** Everything held of the base asset. */
  readonly qtyBase: Amount
  readonly valueQuote: Amount
}

export type PendingOrder = Pick<Order, 'orderId' | 'symbol' | 'side'>

/** The UTC day so far: equity at its first moment, and the lowest since. */
export interface DayEquity {
  readonly first: Amount
  readonly lowest: Amount
}

/** An order that risk stands behind; the exchange may still reject it. */
export interface OrderIntent {
  readonly symbol: MarketSymbol
  readonly side: Side
  /** Before the exchange's rounding down to the lot step. */
  readonly qtyBase: Amount
  readonly reason: Order['reason']
  readonly decisionId: string | null
  /** Exits for the position that the order opens, in the quote asset. */
  readonly stopLoss: DecimalText | null
  readonly takeProfit: DecimalText | null
  /** Why it is as large as it is, in words. */
  readonly sizedBy?: string
  /** Type, limit, trigger, time in force; absent: a market order. */
  readonly terms?: OrderTerms
  /** Tells two orders apart that come from one hand at one moment. */
  readonly key?: string
}
