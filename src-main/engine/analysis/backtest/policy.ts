/**
 * Backtests: a trading policy over recorded candles, through the same context, risk and paper exchange as the desk.
 *
 * There are two ways. The desk way is the desk itself on a replay, journalled and resumable; models and a user's own
 * policy take it. The fast way keeps no journal: where a candle can touch no order and no position and the policy wants
 * nothing, it computes in floats over columns and calls nobody; everywhere else it takes the desk's own step. Both
 * give the same fills, and so does every number of candles per chunk; tests compare a hash over all fills.
 */
import type { MarketContext } from '@shared/contract/context'
import type { Action, Probabilities } from '@shared/contract/decision'
import type { Settings } from '@shared/contract/settings'
import { route } from '@shared/rules/routing'
import { judge } from '@shared/rules/teacher'
import type { GatewayAnswer } from '../../gateway/answer'

/** A policy that needs no model: its answer follows from the context alone. */
export interface PlainPolicy {
  readonly name: PlainPolicyName
  answer(context: MarketContext): GatewayAnswer
}

export type PlainPolicyName = 'rules' | 'hold' | 'random'

export interface RandomEntries {
  readonly seed: number
  /** Expected share of the time with a position. */
  readonly exposure: number
  /** Expected candles from a decision to buy to the decision to sell. */
  readonly holdingCandles: number
}

export const defaultRandomEntries: RandomEntries = { seed: 7, exposure: 0.2, holdingCandles: 24 }

/** The rule teacher that the starter model imitates, asked directly. */
export function rulesPolicy(settings: Pick<Settings, 'routing'>): PlainPolicy {
  return {
    name: 'rules',
    answer: (context) => policyAnswer(context, settings, 'rules', judge(context)),
  }
}

export function holdPolicy(settings: Pick<Settings, 'routing'>): PlainPolicy {
  const judged = { action: 'hold', probabilities: certain('hold') } as const
  return { name: 'hold', answer: (context) => policyAnswer(context, settings, 'hold', judged) }
}

export function randomPolicy(settings: Pick<Settings, 'routing'>, entries: RandomEntries): PlainPolicy {
  const wish = randomWish(entries)
  return {
    name: 'random',
    answer(context) {
      const { symbol, candleOpenMs, hasPosition } = context
      const action = wish(symbolSeed(symbol), candleOpenMs, hasPosition)
      return policyAnswer(context, settings, 'random', { action, probabilities: certain(action) })
    },
  }
}

/**
 * Buys or sells with the chances that lead to the exposure and the holding time; a candle's draw depends on the seed,
 * the symbol and its time alone, so that neither chunks nor other symbols change it.
 */
export function randomWish({ seed, exposure, holdingCandles }: RandomEntries) {
  const sellChance = 1 / Math.max(1, holdingCandles)
  const buyChance = Math.min(1, (sellChance * exposure) / Math.max(1e-9, 1 - exposure))
  return (symbol: number, openTimeMs: number, hasPosition: boolean): Action => {
    const drawn = unitNumber(seed ^ symbol, openTimeMs)
    if (hasPosition) return drawn < sellChance ? 'sell' : 'hold'
    return drawn < buyChance ? 'buy' : 'hold'
  }
}

/** A number for a symbol's name (FNV-1a). */
export function symbolSeed(symbol: string): number {
  let seed = 0x811c9dc5
  for (let at = 0; at < symbol.length; at++) seed = Math.imul(seed ^ symbol.charCodeAt(at), 0x01000193)
  return seed
}

/** In [0, 1), evenly spread (the finaliser of MurmurHash3 over seed and minute). */
function unitNumber(seed: number, openTimeMs: number): number {
  let bits = Math.imul(seed ^ Math.floor(openTimeMs / 60_000), 0x9e3779b1)
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return ((bits ^ (bits >>> 16)) >>> 0) / 0x1_0000_0000
}

function certain(action: Action): Probabilities {
  return { buy: 0, sell: 0, hold: 0, [action]: 1 }
}

export interface PolicyJudgement {
  readonly action: Action
  readonly probabilities: Probabilities
  readonly confidence?: number
  readonly rationale?: string
}

/** A policy's word in the form of a model's answer: routed by rule as ever, served by nobody's model. */
export function policyAnswer(
  context: MarketContext,
  { routing }: Pick<Settings, 'routing'>,
  policy: string,
  { action, probabilities, rationale = '' }: PolicyJudgement,
): GatewayAnswer {
  const { slot, reason } = route(context, routing, null)
  return {
    action,
    probabilities,
    orderBias: null,
    conviction: null,
    askedExits: null,
    confidence: probabilities[action],
    rationale,
    routedTo: slot,
    servedBy: 'policy',
    routeReason: reason,
    hops: [],
    model: {
      modelHash: '',
      quantization: '',
      backend: 'none',
      llamaCppRelease: '',
      promptVersion: policy,
      seed: 0,
      temperature: 0,
    },
    tokens: { input: 0, output: 0 },
    exitSource: 'rule',
    latencyMs: 0,
    rationaleMs: 0,
  }
}
