import type { MarketSymbol } from '@shared/contract/candle'
import type { AccountView, MarketContext } from '@shared/contract/context'
import type { Action } from '@shared/contract/decision'
import { type DeskState, deskStateOf, type JournalEvent } from '@shared/contract/journal'
import type { MarketTick, MarketUpdate } from '@shared/contract/market-data'
import type { AccountSummary, OrderTicket } from '@shared/contract/order'
import type { RiskState } from '@shared/contract/protection'
import type { GatewayAnswer } from '../gateway/gateway'
import type { ExitPrices, TradedDecision } from './decision'

/** A candle that is decided on while the market goes on: how late the decision comes. */
export interface DecidedCandle {
  readonly symbol: MarketSymbol
  readonly lengthMs: number
  /** Time since its close, by the exchange's clock. */
  readonly ageMs: number
  /** What the venue says is wrong with its feed; null while it is sound. */
  readonly feedProblem: string | null
}

/** What stops and take-profits follow from. */
export type ExitFigures = Pick<MarketContext, 'symbol' | 'price' | 'atr14'>

/** The state of the desk, and who set it. */
export interface DeskStanding {
  readonly state: DeskState
  readonly stateBy: 'user' | 'risk'
}

/**
 * What the desk needs of risk and of the paper exchange, which stand behind it in the flow. Everything is a pure
 * function over an immutable account; the account is nothing but the fold of the run's events.
 */
export interface TradingFloor<Account> {
  openAccount(): Account
  /** The account after these events; events that do not concern it leave it as it is. */
  fold(account: Account, events: readonly JournalEvent[]): Account
  /** What the new candle makes happen to open orders and positions. */
  settle(account: Account, update: MarketUpdate): readonly JournalEvent[]
  /** Whether anything that the market does to this symbol can matter to the account. */
  isConcerned(account: Account, symbol: MarketSymbol): boolean
  /** Whether a price of the symbol is known, without which nothing can be ordered. */
  isPriced(account: Account, symbol: MarketSymbol): boolean
  /** What a trade or an order book between two candles makes happen; mostly nothing. It remembers the books. */
  tick(account: Account, tick: MarketTick): readonly JournalEvent[]
  /**
   * Tells of the account of a run that goes on, before its first tick, and of all that is journalled of it: its orders have
   * met the market already, and what they took is gone.
   */
  resume(account: Account, history: readonly JournalEvent[]): void
  view(account: Account, symbol: MarketSymbol, price: number, atMs: number): AccountView
  /** `asked`: the distances that the model chose; null where the settings' rule decides. */
  exits(action: Action, context: ExitFigures, asked: GatewayAnswer['askedExits']): ExitPrices
  /**
   * What risk tells the journal before it looks at an order: protections that begin or end, and the desk's state where
   * it follows from them. `candle` is null where the market is recorded, and in a command of the trader.
   */
  protect(account: Account, desk: DeskStanding, atMs: number, candle: DecidedCandle | null): readonly JournalEvent[]
  /**
   * Nothing where the decision asks for no order (hold); otherwise the order, or who refused it and why. `placedAtMs` is
   * when it reaches the exchange: the candle's close, or later where the market went on while the model was thinking.
   */
  trade(account: Account, decision: TradedDecision, deskState: DeskState, placedAtMs: number): readonly JournalEvent[]
  /** An order that the trader places by hand: one, or the two of an OCO; or the exchange's refusal. */
  place(account: Account, ticket: OrderTicket, atMs: number): readonly JournalEvent[]
  /** Takes an order off the books; nothing where it is open no more. */
  cancel(account: Account, orderId: string, atMs: number): readonly JournalEvent[]
  /** The kill switch: what cancels every entry and, unless it is set to freeze, closes every position. */
  flatten(account: Account, atMs: number): readonly JournalEvent[]
  /** What becomes of open orders when the recorded market ends. */
  expire(account: Account, atMs: number): readonly JournalEvent[]
  summarize(account: Account): AccountSummary
  riskState(account: Account, atMs: number): RiskState
}

/** The standing after events of a step; the last change of state counts. */
export function standingAfter(before: DeskStanding, events: readonly JournalEvent[]): DeskStanding {
  const last = events.findLast((event) => event.type === 'desk.state')
  return last === undefined ? before : { state: deskStateOf(last.payload.state), stateBy: last.payload.by }
}
