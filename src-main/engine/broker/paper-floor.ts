import type { MarketSymbol, Timeframe } from '@shared/contract/candle'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { JournalEvent } from '@shared/contract/journal'
import type { Order } from '@shared/contract/order'
import type { BrokerSettings, Settings } from '@shared/contract/settings'
import type { NameOf } from '../desk/identity'
import type { TradingFloor } from '../desk/trading-floor'
import { type Amount, amount, amountText, basisPoints, floorTo } from '../risk/amounts'
import { exitPrices } from '../risk/exits'
import { flatten } from '../risk/flatten'
import { protectionEvents } from '../risk/protections'
import { reviewDecision, riskRefusal } from '../risk/review'
import { riskState } from '../risk/risk-state'
import type { OrderIntent } from '../risk/risk-view'
import { sellableQty } from '../risk/sizing'
import { type Account, openAccount, ordersOf, positionOf } from './account'
import { applyEvents } from './account-fold'
import { accountView, riskView, summarizeAccount } from './account-views'
import { totalOf } from './balance'
import { withDust } from './dust'
import { feeRateBps } from './fees'
import { marketPrice, stopPrice } from './fill-model'
import { createTickExchange, isConcerned, settleCandle } from './paper-exchange'
import { cancelOrder, type Placement, placeOrder } from './place-order'
import { placeTicket } from './place-ticket'
import { createRecordedTicks } from './recorded-ticks'
import { expiry } from './settling'

export interface PaperFloorOptions {
  readonly runId: string
  readonly timeframe: Timeframe
  readonly settings: Pick<Settings, 'risk' | 'broker'>
  /** A caller's own limit on a position; only a smaller one than the settings' has an effect. */
  readonly maxPositionPct?: number
  rulesOf(symbol: MarketSymbol): SymbolRules
  /** Orders and fills are named by their content where it is left out. */
  readonly nameOf?: NameOf
}

/** Risk and the paper exchange as the desk asks for them. */
export function paperFloor(options: PaperFloorOptions): TradingFloor<Account> {
  const { runId, timeframe, settings, rulesOf, nameOf } = options
  const { risk, broker } = settings
  const ticks = createTickExchange({ settings: broker, runId, rulesOf })
  const recorded = createRecordedTicks()
  const ownLimit = options.maxPositionPct === undefined ? {} : { maxPositionPct: options.maxPositionPct }
  return {
    openAccount: () => openAccount(broker),
    fold: applyEvents,
    settle: (account, { symbol, timeframe: ofCandle, candle, inside }) =>
      settleCandle(account, {
        symbol,
        timeframe: ofCandle,
        candle,
        inside,
        recorded,
        settings: broker,
        rules: rulesOf(symbol),
        runId,
        nameOf,
      }),
    isConcerned,
    isPriced: (account, symbol) => account.marks.has(symbol),
    tick: ticks.settle,
    resume: ticks.resume,
    view: (account, symbol, price, atMs) => accountView(account, { symbol, price, atMs, timeframe }),
    exits: (action, { symbol, price, atr14 }, asked) =>
      exitPrices({ action, price, atr14, settings: asked ?? risk, rules: rulesOf(symbol) }),
    trade(account, decision, deskState, placedAtMs) {
      const { symbol, context } = decision
      const rules = rulesOf(symbol)
      const reviewed = reviewDecision({
        decision,
        account: riskView(account),
        deskState,
        settings: risk,
        rules,
        entryPrice: expectedEntry(amount(context.price), broker, rules),
        stopFill: (stop) => stopPrice(stop, broker, rules),
        takerFeeBps: feeRateBps(account, 'taker', broker, placedAtMs),
        ...ownLimit,
      })
      if (!reviewed.ok) return [riskRefusal(decision, reviewed.problem, nameOf)]
      if (reviewed.value.kind === 'action_hold') return []
      const { intent } = reviewed.value
      const placement = { rules, settings: broker, runId, nameOf, atMs: placedAtMs }
      if (intent.side === 'buy') {
        return [placeOrder(account, withEntryTerms(intent, amount(context.price), broker, rules), placement)]
      }
      const freed = releasedForSell(account, symbol, placedAtMs)
      return [...freed, ...closePosition(applyEvents(account, freed), intent, placement)]
    },
    protect: (account, desk, atMs, candle) =>
      protectionEvents({ account: riskView(account), settings: risk, atMs, candle }, desk, runId),
    place: (account, ticket, atMs) =>
      placeTicket(account, ticket, { rules: rulesOf(ticket.symbol), settings: broker, runId, atMs }),
    cancel: (account, orderId, atMs) =>
      cancelOrder(account, orderId, 'Cancelled by the trader.', atMs).map((event) => withDust(account, event, rulesOf)),
    flatten(account, atMs) {
      const { cancel, close } = flatten(riskView(account), risk.killSwitch)
      const byHand = [...account.openOrders.values()]
        .map(({ order }) => order)
        .filter((order) => isByHand(order) && (order.side === 'buy' || risk.killSwitch === 'flatten'))
      const cancelled = [...cancel, ...byHand].map((order) =>
        withDust(account, expiry({ ...order, runId }, 'Cancelled by the kill switch.', atMs, 'cancelled'), rulesOf),
      )
      const withoutEntries = applyEvents(account, cancelled)
      const closed = close
        .filter(({ symbol }) => positionOf(withoutEntries, symbol) !== null)
        .flatMap((intent) =>
          closePosition(withoutEntries, intent, { rules: rulesOf(intent.symbol), settings: broker, runId, atMs }),
        )
      return [...cancelled, ...closed]
    },
    expire: (account, atMs) =>
      [...account.openOrders.values()].map(({ order }) =>
        expiry(order, 'The market ended before the order could fill.', atMs),
      ),
    summarize: summarizeAccount,
    riskState: (account, atMs) => riskState(riskView(account), risk, atMs),
  }
}

/** An entry as the settings want it: at any price, or with a limit below the close that was decided on. */
function withEntryTerms(intent: OrderIntent, close: Amount, broker: BrokerSettings, rules: SymbolRules): OrderIntent {
  if (broker.entryOrder === 'market') return intent
  const priceQuote = amountText(expectedEntry(close, broker, rules))
  return { ...intent, terms: { type: 'limit', priceQuote, timeInForce: 'GTC' } }
}

/** What a unit is expected to cost: the next open with spread and slippage, or the limit that the entry waits at. */
function expectedEntry(close: Amount, broker: BrokerSettings, rules: SymbolRules): Amount {
  if (broker.entryOrder === 'market') return marketPrice('buy', close, broker, rules)
  return floorTo(rules.tickSize, close.times(amount(1).minus(basisPoints(broker.entryOffsetBps))))
}

/**
 * Sells all that is held, in as many orders as the largest lot of a market order demands. What cannot be sold at all is
 * offered to the exchange all the same, whose refusal then says why.
 */
function closePosition(account: Account, intent: OrderIntent, placement: Placement): readonly JournalEvent[] {
  const { rules, atMs } = placement
  const held = account.holdings.get(intent.symbol)
  let left = held === undefined ? intent.qtyBase : totalOf(held.qtyBase)
  let selling = account
  const events: JournalEvent[] = []
  for (let part = 1; ; part++) {
    const lots = sellableQty(left, rules)
    const key = part === 1 ? {} : { key: `${atMs}/${part}` }
    const placed = placeOrder(selling, { ...intent, qtyBase: lots.isZero() ? left : lots, ...key }, placement)
    events.push(withDust(selling, placed, () => rules))
    left = left.minus(lots)
    if (placed.type !== 'order.accepted' || sellableQty(left, rules).isZero()) return events
    selling = applyEvents(selling, [placed])
  }
}

/**
 * An exit always works: the trader's own sells give back what they reserved, and neither the desk's entries nor what is
 * left of a take-profit wait any more.
 */
function releasedForSell(account: Account, symbol: MarketSymbol, atMs: number): readonly JournalEvent[] {
  return ordersOf(account, symbol)
    .map(({ order }) => order)
    .filter((order) => (isByHand(order) || order.reason === 'take_profit') === (order.side === 'sell'))
    .map((order) => expiry(order, 'The desk sells the position.', atMs, 'cancelled'))
}

function isByHand({ reason }: Order): boolean {
  return reason === 'manual'
}
