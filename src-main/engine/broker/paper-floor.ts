import type { MarketSymbol, Timeframe } from '@shared/contract/candle'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { Settings } from '@shared/contract/settings'
import type { TradingFloor } from '../desk/trading-floor'
import { amount } from '../risk/amounts'
import { exitPrices } from '../risk/exits'
import { flatten } from '../risk/flatten'
import { protectionEvents } from '../risk/protections'
import { reviewDecision, riskRefusal } from '../risk/review'
import { riskState } from '../risk/risk-state'
import { type Account, applyEvents, openAccount } from './account'
import { accountView, riskView, summarizeAccount } from './account-views'
import { marketPrice, stopPrice } from './fill-model'
import { expiry, placeOrder, settleCandle } from './paper-exchange'

export interface PaperFloorOptions {
  readonly runId: string
  readonly timeframe: Timeframe
  readonly settings: Pick<Settings, 'risk' | 'broker'>
  /** A caller's own limit on a position; only a smaller one than the settings' has an effect. */
  readonly maxPositionPct?: number
  rulesOf(symbol: MarketSymbol): SymbolRules
}

/** Risk and the paper exchange as the desk asks for them. */
export function paperFloor(options: PaperFloorOptions): TradingFloor<Account> {
  const { runId, timeframe, settings, rulesOf } = options
  const { risk, broker } = settings
  const ownLimit = options.maxPositionPct === undefined ? {} : { maxPositionPct: options.maxPositionPct }
  return {
    openAccount: () => openAccount(broker),
    fold: applyEvents,
    settle: (account, { symbol, timeframe: ofCandle, candle }) =>
      settleCandle(account, { symbol, timeframe: ofCandle, candle, settings: broker, rules: rulesOf(symbol), runId }),
    view: (account, symbol, price, atMs) => accountView(account, { symbol, price, atMs, timeframe }),
    exits: (action, { symbol, price, atr14 }, asked) =>
      exitPrices({ action, price, atr14, settings: asked ?? risk, rules: rulesOf(symbol) }),
    trade(account, decision, deskState) {
      const { symbol, decidedAtMs, context } = decision
      const rules = rulesOf(symbol)
      const reviewed = reviewDecision({
        decision,
        account: riskView(account),
        deskState,
        settings: risk,
        rules,
        entryPrice: marketPrice('buy', amount(context.price), broker, rules),
        stopFill: (stop) => stopPrice(stop, broker, rules),
        takerFeeBps: broker.takerFeeBps,
        ...ownLimit,
      })
      if (!reviewed.ok) return riskRefusal(decision, reviewed.problem)
      if (reviewed.value.kind === 'action_hold') return null
      return placeOrder(account, reviewed.value.intent, { rules, settings: broker, runId, atMs: decidedAtMs })
    },
    protect: (account, desk, atMs, candle) =>
      protectionEvents({ account: riskView(account), settings: risk, atMs, candle }, desk, runId),
    flatten(account, atMs) {
      const { cancel, close } = flatten(riskView(account), risk.killSwitch)
      const cancelled = cancel.map((order) => expiry({ ...order, runId }, 'Cancelled by the kill switch.', atMs))
      const withoutEntries = applyEvents(account, cancelled)
      const closed = close.map((intent) =>
        placeOrder(withoutEntries, intent, { rules: rulesOf(intent.symbol), settings: broker, runId, atMs }),
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
