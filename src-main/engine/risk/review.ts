/**
 * The risk room: what the desk may do with a decision. It sizes orders, refuses what a limit forbids and says why, sets
 * stop and take-profit, and knows how to close everything. Protections block entries; exits always work
 * (market-standards: "they block entries, exits always work"). It sees the account through `RiskView` alone.
 */
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { DeskState, JournalEvent } from '@shared/contract/journal'
import { failure, type Outcome, type Problem, success } from '@shared/contract/outcome'
import type { ProtectionCode } from '@shared/contract/protection'
import type { RiskSettings } from '@shared/contract/settings'
import type { TradedDecision } from '../desk/decision'
import { contentId, type NameOf } from '../desk/identity'
import { type Amount, amount, amountText, percentText, ruleAmount, shortText, smallerOf, zero } from './amounts'
import { type EntryExitCode, exitsRefusal } from './entry-exits'
import { exitAmounts } from './exits'
import { exposureOf, openOrPending, roomBelowExposure } from './limit-use'
import { wantedSize } from './position-size'
import { blockingProtection } from './protection-memory'
import { beginningActs, endWords } from './protections'
import type { OrderIntent, RiskView } from './risk-view'
import { canBeSoldAgain, floorToLot, largestMarketLot, qtyFor, roomBelowLimit, sellableQty } from './sizing'

/** Why risk refused an order. Codes are stable: they stand in the journal. */
export type RiskCode =
  | ProtectionCode
  | EntryExitCode
  | 'already_pending'
  | 'below_min_confidence'
  | 'desk_halted'
  | 'desk_reduce_only'
  | 'foreign_quote'
  | 'max_open_positions'
  | 'max_position'
  | 'max_total_exposure'
  | 'no_edge'
  | 'no_model'
  | 'nothing_to_sell'
  | 'too_small'

export interface ReviewRequest {
  readonly decision: TradedDecision
  /** The account after the decision's own price is known to it. */
  readonly account: RiskView
  readonly deskState: DeskState
  readonly settings: RiskSettings
  readonly rules: SymbolRules
  /** What one unit of the base asset is expected to cost at the next open, spread and slippage included. */
  readonly entryPrice: Amount
  /** What a stop at this price is expected to fill at, slippage included. */
  stopFill(stop: Amount): Amount
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
export function riskRefusal(
  decision: TradedDecision,
  problem: Problem<RiskCode>,
  nameOf: NameOf = contentId,
): JournalEvent {
  const { decisionId, runId, symbol, decidedAtMs } = decision
  return {
    type: 'order.refused',
    atMs: decidedAtMs,
    payload: {
      refusalId: nameOf('refusal', runId, decisionId, 'risk'),
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

/**
 * A sell closes the whole position, in every state of the desk and at any confidence; only another sell that is on its
 * way stands before it.
 */
function reviewExit({ decision, account, rules }: ReviewRequest): Outcome<Review, RiskCode> {
  const { symbol } = decision
  if (decision.servedBy === 'none') return noModel(decision)
  if (hasPendingOrder(account, decision, 'sell')) return alreadyPending(decision)
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
  const { decision, account } = request
  const { symbol } = decision
  if (request.deskState === 'halted') {
    return failure(
      'desk_halted',
      `Buy ${symbol}: the kill switch has halted the desk. Resume it to allow new positions.`,
    )
  }
  if (decision.servedBy === 'none') return noModel(decision)
  if (hasPendingOrder(account, decision)) return alreadyPending(decision)
  if (request.rules.quote !== account.quoteAsset) {
    return failure(
      'foreign_quote',
      `Buy ${symbol}: it is paid in ${request.rules.quote}, and the account holds ${account.quoteAsset} alone.`,
    )
  }
  return (
    protectionRefusal(request) ??
    stateRefusal(request) ??
    confidenceRefusal(request) ??
    openPositionsRefusal(request) ??
    sizeEntry(request)
  )
}

/** A protection blocks also where nobody has journalled its act yet. */
function protectionRefusal({ account, settings, decision }: ReviewRequest): Outcome<Review, RiskCode> | null {
  const { symbol, decidedAtMs: atMs } = decision
  const blocking =
    blockingProtection(account.memory, symbol, atMs) ??
    beginningActs({ account, settings, atMs, candle: null }).find(
      (act) => (act.symbol === null || act.symbol === symbol) && act.untilMs !== atMs,
    )
  if (blocking === undefined || blocking === null) return null
  return failure(blocking.code, `Buy ${symbol}: ${blocking.reason} ${endWords(blocking)}`)
}

function stateRefusal({ deskState, decision }: ReviewRequest): Outcome<Review, RiskCode> | null {
  if (deskState !== 'reduce_only') return null
  return failure(
    'desk_reduce_only',
    `Buy ${decision.symbol}: the desk only reduces positions. Resume it to allow new ones.`,
  )
}

function confidenceRefusal({ decision, settings }: ReviewRequest): Outcome<Review, RiskCode> | null {
  const needed = settings.minConfidenceBySlot[decision.routedTo] ?? settings.minConfidence
  const confidence = decision.calibrated?.confidence ?? decision.confidence
  if (confidence >= needed) return null
  return failure(
    'below_min_confidence',
    `Buy ${decision.symbol}: ${decision.calibrated ? 'calibrated ' : ''}confidence ${confidence} is below the minimum of ${needed} for ${decision.routedTo}.`,
  )
}

function openPositionsRefusal({ account, settings, decision }: ReviewRequest): Outcome<Review, RiskCode> | null {
  const taken = openOrPending(account)
  if (taken.has(decision.symbol) || taken.size < settings.maxOpenPositions) return null
  return failure(
    'max_open_positions',
    `Buy ${decision.symbol}: ${taken.size} of at most ${settings.maxOpenPositions} positions are already open or pending.`,
  )
}

/**
 * Sized at the expected cost, spread and slippage included, so that an order at an unchanged market never exceeds a
 * limit. What is held must stay closable in one market order.
 */
function sizeEntry(request: ReviewRequest): Outcome<Review, RiskCode> {
  const { decision, account, settings, rules, entryPrice, takerFeeBps } = request
  const { symbol } = decision
  const limit = positionLimit(settings, request.maxPositionPct)
  const held = account.positions.get(symbol)
  const room = roomBelowLimit(account, symbol, limit)
  const minimum = ruleAmount(rules.minNotional)
  if (room.isZero() || (held !== undefined && room.lessThan(minimum))) {
    return failure(
      'max_position',
      `Buy ${symbol}: ${amountText((held?.valueQuote ?? zero).toDecimalPlaces(2))} ${rules.quote} is held, and ` +
        `${percentText(limit)} of the equity is the limit.`,
    )
  }
  const roomOfAll = roomBelowExposure(account, settings.maxTotalExposurePct)
  if (settings.maxTotalExposurePct < 1 && roomOfAll.lessThan(minimum)) {
    return failure(
      'max_total_exposure',
      `Buy ${symbol}: ${amountText(exposureOf(account).toDecimalPlaces(2))} ${rules.quote} is held or pending in all, ` +
        `and ${percentText(settings.maxTotalExposurePct)} of the equity is the limit.`,
    )
  }
  const { stop, target } = exitAmounts(decision, rules)
  const expected = { entry: entryPrice, stop: stop === null ? null : request.stopFill(stop), target }
  const unsound = exitsRefusal({ symbol, stop, expected, feeBps: takerFeeBps, settings })
  if (unsound !== null) return unsound
  const { atr14 } = decision.context
  const wanted = wantedSize({
    settings: settings.sizing,
    maxPositionPct: limit,
    equity: account.equity,
    expected,
    feeBps: takerFeeBps,
    atr: atr14 === null ? null : amount(atr14),
    calibrated: decision.calibrated?.confidence ?? null,
  })
  if (settings.sizing.method === 'kelly' && wanted.notional.isZero()) {
    return failure('no_edge', `Buy ${symbol}: ${wanted.words} bets nothing on it.`)
  }
  const orderLimit = settings.maxOrderNotional === null ? wanted.notional : amount(settings.maxOrderNotional)
  const allowed = [room, roomOfAll, account.freeCash, orderLimit].reduce(smallerOf)
  const notional = smallerOf(wanted.notional, allowed)
  const closable = largestMarketLot(rules).minus(held?.qtyBase ?? zero)
  const qtyBase = floorToLot(smallerOf(qtyFor(notional, entryPrice), closable), rules)
  if (!qtyBase.greaterThan(zero) || !canBeSoldAgain(qtyBase, amount(decision.context.price), takerFeeBps, rules)) {
    return failure(
      'too_small',
      `Buy ${symbol}: limit and free cash allow ${amountText(notional.toDecimalPlaces(2))} ${rules.quote}, which is ` +
        `less than the exchange's smallest order that could be sold again (lot ${shortText(rules.minQty)}, notional ${shortText(rules.minNotional)}).`,
    )
  }
  const sizedBy = `${wanted.words}${allowed.lessThan(wanted.notional) ? ', cut down to its limits' : ''}`
  return success(orderOf(decision, 'buy', qtyBase, sizedBy))
}

function orderOf(decision: TradedDecision, side: OrderIntent['side'], qtyBase: Amount, sizedBy?: string): Review {
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
      ...(sizedBy === undefined ? {} : { sizedBy }),
    },
  }
}

function hasPendingOrder(account: RiskView, { symbol }: TradedDecision, side?: OrderIntent['side']): boolean {
  return account.pendingOrders.some((order) => order.symbol === symbol && (side === undefined || order.side === side))
}

function alreadyPending({ action, symbol }: TradedDecision): Outcome<Review, RiskCode> {
  return failure(
    'already_pending',
    `${capitalised(action)} ${symbol}: an order of this symbol still waits for its next candle.`,
  )
}

function noModel({ action, symbol }: TradedDecision): Outcome<Review, RiskCode> {
  return failure('no_model', `${capitalised(action)} ${symbol}: no model answered, so there is nothing to act on.`)
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
