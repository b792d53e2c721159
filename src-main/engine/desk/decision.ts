import { createHash } from 'node:crypto'
import { canonicalJson } from '@shared/contract/canonical'
import type { MarketContext } from '@shared/contract/context'
import type { Action, Decision, Probabilities } from '@shared/contract/decision'
import type { Calibrator } from '@shared/rules/calibration'
import type { GatewayAnswer } from '../gateway/gateway'

/** Stop and take-profit of an entry: prices on the tick, and their distances in ATR; all null where nothing is opened. */
export interface ExitPrices {
  readonly stopLoss: string | null
  readonly takeProfit: string | null
  readonly stopAtr: number | null
  readonly takeProfitAtr: number | null
}

/** SHA-256 of the context as canonical JSON: two decisions with the same hash were told exactly the same. */
export function contextHash(context: MarketContext): string {
  return createHash('sha256').update(canonicalJson(context)).digest('hex')
}

/** What risk and the exchange look at of a decision. */
export type TradedDecision = Pick<
  Decision,
  | 'decisionId'
  | 'runId'
  | 'symbol'
  | 'decidedAtMs'
  | 'action'
  | 'confidence'
  | 'calibrated'
  | 'routedTo'
  | 'servedBy'
  | 'stopLoss'
  | 'takeProfit'
> & { readonly context: Pick<MarketContext, 'price' | 'atr14'> }

export interface DecisionParts {
  readonly decisionId: string
  readonly runId: string
  readonly context: MarketContext
  readonly answer: GatewayAnswer
  readonly exits: ExitPrices
  readonly calibrate: Calibrator
}

/**
 * Puts a model's answer and what it was asked together into the record that is traded on and journalled. The answer
 * has been validated where it entered the engine; that its action is the most probable one is asserted here because
 * risk and calibration rely on it.
 */
export function recordDecision(parts: DecisionParts): Decision {
  const { decisionId, runId, context, answer, exits, calibrate } = parts
  assertMostProbable(answer.action, answer.probabilities)
  return {
    decisionId,
    runId,
    symbol: context.symbol,
    timeframe: context.timeframe,
    candleOpenMs: context.candleOpenMs,
    decidedAtMs: context.asOfMs,
    action: answer.action,
    confidence: answer.confidence,
    probabilities: answer.probabilities,
    orderBias: answer.orderBias,
    conviction: answer.conviction,
    calibrated: calibrated(answer, context, calibrate),
    rationale: answer.rationale,
    ...exits,
    exitSource: exits.stopLoss === null && exits.takeProfit === null ? 'none' : answer.exitSource,
    routedTo: answer.routedTo,
    servedBy: answer.servedBy,
    routeReason: answer.routeReason,
    hops: [...answer.hops],
    model: answer.model,
    contextHash: contextHash(context),
    context,
    tokens: answer.tokens,
  }
}

const digits = 10_000

/** Null where no map is known for this model, prompt and pair: the raw confidence counts. A hold takes no position. */
function calibrated(
  { action, confidence, model }: GatewayAnswer,
  { symbol }: MarketContext,
  calibrate: Calibrator,
): Decision['calibrated'] {
  if (action === 'hold' || model.modelHash === '') return null
  const found = calibrate(model.modelHash, model.promptVersion, symbol, confidence)
  if (found === null) return null
  const { value, method, samples } = found
  return { confidence: Math.round(value * digits) / digits, method, samples }
}

function assertMostProbable(action: Action, probabilities: Probabilities): void {
  const highest = Math.max(probabilities.buy, probabilities.sell, probabilities.hold)
  if (probabilities[action] !== highest) throw new Error(`The action ${action} is not the most probable one`)
}
