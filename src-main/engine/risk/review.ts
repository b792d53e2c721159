/**
 * The risk room: what the desk may do with a decision. It sizes orders, refuses what a limit forbids and says why, sets
 * stop and take-profit, and knows how to close everything. Protections block entries; exits always work
 * (market-standards: "they block entries, exits always work"). It sees the account through `RiskView` alone.
 */
import type { Decision } from '@shared/contract/decision'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { DeskState, JournalEvent } from '@shared/contract/journal'
import { failure, type Outcome, type Problem, success } from '@shared/contract/outcome'
import type { RiskSettings } from '@shared/contract/settings'
import { contentId } from '../desk/identity'
import { type Amount, amount, amountText, percentText, shortText, smallerOf, zero } from './amounts'
import type { OrderIntent, RiskView } from './risk-view'
import { canBeSoldAgain, floorToLot, largestMarketLot, maxEntryNotional, roomBelowLimit, sellableQty } from './sizing'

/** Why risk refused an order. Codes are stable: they stand in the journal. */
export type RiskCode =
  | 'already_pending'
  | 'below_min_confidence'
  | 'daily_loss'
  | 'desk_halted'
  | 'desk_reduce_only'
  | 'foreign_quote'
  | 'max_open_positions'
  | 'max_position'
  | 'no_model'
  | 'nothing_to_sell'
  | 'too_small'

export interface ReviewRequest {
  readonly decision: Decision
  /** The account after the decision's own price is known to it. */
  readonly account: RiskView
  readonly deskState: DeskState
  readonly settings: RiskSettings
  readonly rules: SymbolRules
  /** What one unit of the base asset is expected to cost at the next open, spread and slippage included. */
  readonly entryPrice: Amount
  readonly takerFeeBps: number
  /** A caller's own limit; only a smaller one than the settings' has an effect. */
  readonly maxPositionPct?: number
}

/** A hold asks for nothing: it is neither an order nor a refusal. */
export type Review = { readonly kind: 'order'; readonly intent: OrderIntent } | { readonly kind: 'action_hold' }

/** Turns a decision into an order of the right size, or says which limit forbids it. */
export function reviewDecision(request: ReviewRequest): Outcome<Review, RiskCode> {
  switch (request.decision.action) {
    case 'hold':
      return success({ kind: 'action_hold' })
    case 'sell':
      return reviewExit(request)
    case 'buy':
      return reviewEntry(request)
  }
}

/** The limit that binds: the settings', or a smaller one of the caller. */
export function positionLimit(settings: RiskSettings, requested: number | undefined): number {
  return Math.min(settings.maxPositionPct, requested ?? settings.maxPositionPct)
}

/** The event that records a refusal by risk. */
export function riskRefusal(decision: Decision, problem: Problem<RiskCode>): JournalEvent {
  const { decisionId, runId, symbol, decidedAtMs } = decision
  return {
    type: 'order.refused',
    atMs: decidedAtMs,
    payload: {
      refusalId: contentId('refusal', runId, decisionId, 'risk'),
      runId,
      decisionId,
      symbol,
      side: decision.action === 'sell' ? 'sell' : 'buy',
      by: 'risk',
      code: problem.code,
      message: problem.message,
      atMs: decidedAtMs,
    },
  }
}

/** A sell closes the whole position, in every state of the desk and at any confidence. */
function reviewExit({ decision, account, rules }: ReviewRequest): Outcome<Review, RiskCode> {
  const { symbol } = decision
  if (decision.servedBy === 'none') return noModel(decision)
  if (hasPendingOrder(account, decision)) return alreadyPending(decision)
  const held = account.positions.get(symbol)?.qtyBase ?? zero
  const qtyBase = sellableQty(held, rules)
  if (qtyBase.isZero()) {
    const holding = held.isZero()
      ? 'none is held'
      : `the ${amountText(held)} held is less than the exchange's smallest lot`
    return failure('nothing_to_sell', `Sell ${symbol}: ${holding}. The desk never sells short.`)
  }
  return success(orderOf(decision, 'sell', qtyBase))
}

function reviewEntry(request: ReviewRequest): Outcome<Review, RiskCode> {
  const { decision, settings, account } = request
  const { symbol } = decision
  if (request.deskState === 'halted') {
    return failure(
      'desk_halted',
      `Buy ${symbol}: the kill switch has halted the desk. Resume it to allow new positions.`,
    )
  }
  if (request.deskState === 'reduce_only') {
    return failure('desk_reduce_only', `Buy ${symbol}: the desk only reduces positions. Resume it to allow new ones.`)
  }
  if (decision.servedBy === 'none') return noModel(decision)
  const needed = settings.minConfidenceBySlot[decision.routedTo] ?? settings.minConfidence
  const confidence = decision.calibrated?.confidence ?? decision.confidence
  if (confidence < needed) {
    return failure(
      'below_min_confidence',
      `Buy ${symbol}: ${decision.calibrated ? 'calibrated ' : ''}confidence ${confidence} is below the minimum of ${needed} for ${decision.routedTo}.`,
    )
  }
  if (hasPendingOrder(account, decision)) return alreadyPending(decision)
  if (request.rules.quote !== account.quoteAsset) {
    return failure(
      'foreign_quote',
      `Buy ${symbol}: it is paid in ${request.rules.quote}, and the account holds ${account.quoteAsset} alone.`,
    )
  }
  return dailyLossRefusal(request) ?? openPositionsRefusal(request) ?? sizeEntry(request)
}

/** Once reached, the day's loss limit holds for the rest of the UTC day, also when equity recovers. */
function dailyLossRefusal({ account, settings, decision }: ReviewRequest): Outcome<Review, RiskCode> | null {
  if (account.day === null) return null
  const { first, lowest } = account.day
  const loss = first.minus(lowest)
  if (!loss.greaterThan(zero) || loss.lessThan(first.times(amount(settings.maxDailyLossPct)))) return null
  return failure(
    'daily_loss',
    `Buy ${decision.symbol}: equity has fallen by ${amountText(loss)} ${account.quoteAsset} today, and the limit is ` +
      `${percentText(settings.maxDailyLossPct)} of ${amountText(first)}. Entries resume on the next UTC day.`,
  )
}

function openPositionsRefusal({ account, settings, decision }: ReviewRequest): Outcome<Review, RiskCode> | null {
  const pendingEntries = account.pendingOrders.filter((order) => order.side === 'buy').map((order) => order.symbol)
  const taken = new Set([...account.positions.keys(), ...pendingEntries])
  if (taken.has(decision.symbol) || taken.size < settings.maxOpenPositions) return null
  return failure(
    'max_open_positions',
    `Buy ${decision.symbol}: ${taken.size} of at most ${settings.maxOpenPositions} positions are already open or pending.`,
  )
}

/**
 * Sized at the expected cost, spread and slippage included, so that an order at an unchanged market never exceeds the
 * limit. What is held must stay closable in one market order.
 */
function sizeEntry(request: ReviewRequest): Outcome<Review, RiskCode> {
  const { decision, account, settings, rules, entryPrice, takerFeeBps } = request
  const { symbol } = decision
  const limit = positionLimit(settings, request.maxPositionPct)
  const held = account.positions.get(symbol)
  const room = roomBelowLimit(account, symbol, limit)
  const minimum = amount(rules.minNotional)
  if (room.isZero() || (held !== undefined && room.lessThan(minimum))) {
    return failure(
      'max_position',
      `Buy ${symbol}: ${amountText((held?.valueQuote ?? zero).toDecimalPlaces(2))} ${rules.quote} is held, and ` +
        `${percentText(limit)} of the equity is the limit.`,
    )
  }
  const notional = maxEntryNotional(account, symbol, limit)
  const closable = largestMarketLot(rules).minus(held?.qtyBase ?? zero)
  const qtyBase = floorToLot(smallerOf(notional.div(entryPrice), closable), rules)
  if (!qtyBase.greaterThan(zero) || !canBeSoldAgain(qtyBase, amount(decision.context.price), takerFeeBps, rules)) {
    return failure(
      'too_small',
      `Buy ${symbol}: limit and free cash allow ${amountText(notional.toDecimalPlaces(2))} ${rules.quote}, which is ` +
        `less than the exchange's smallest order that could be sold again (lot ${shortText(rules.minQty)}, notional ${shortText(rules.minNotional)}).`,
    )
  }
  return success(orderOf(decision, 'buy', qtyBase))
}

function orderOf(decision: Decision, side: OrderIntent['side'], qtyBase: Amount): Review {
  return {
    kind: 'order',
    intent: {
      symbol: decision.symbol,
      side,
      qtyBase,
      reason: 'decision',
      decisionId: decision.decisionId,
      stopLoss: side === 'buy' ? decision.stopLoss : null,
      takeProfit: side === 'buy' ? decision.takeProfit : null,
    },
  }
}

function hasPendingOrder(account: RiskView, { symbol }: Decision): boolean {
  return account.pendingOrders.some((order) => order.symbol === symbol)
}

function alreadyPending({ action, symbol }: Decision): Outcome<Review, RiskCode> {
  return failure(
    'already_pending',
    `${capitalised(action)} ${symbol}: an order of this symbol still waits for its next candle.`,
  )
}

function noModel({ action, symbol }: Decision): Outcome<Review, RiskCode> {
  return failure('no_model', `${capitalised(action)} ${symbol}: no model answered, so there is nothing to act on.`)
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
