import { type Horizon, horizonMs } from '../contract/calibration'
import { type Candle, type Timeframe, timeframeMs } from '../contract/candle'
import type { Action } from '../contract/decision'
import type { BrokerSettings } from '../contract/settings'

/** What a trade costs: the paper exchange's taker fee, half spread and slippage, in basis points. */
export type TradeCosts = Pick<BrokerSettings, 'takerFeeBps' | 'halfSpreadBps' | 'slippageBps'>

/**
 * What became of the market after a decision. Returns are fractions, net of the costs of both trades (0.01 is one
 * percent).
 */
export interface DecisionOutcome {
  /** The one action that was right, see `outcomeLabel`. */
  readonly right: Action
  /** Of buying at the entry and selling at the exit: what came back over what was paid, less 1. */
  readonly longReturn: number
  /** Of selling at the entry and buying back at the exit: coins after over coins before, less 1. */
  readonly outReturn: number
}

const basisPoint = 1e-4

/**
 * Labels the decision that fell at the close of a candle (`decidedAtMs`): entry at the open of the candle that opens
 * then, exit at the open of the one that opens `horizon` later, both as market orders that pay half the spread and the
 * slippage on the price and the taker fee on what is received, exactly as the paper exchange fills them.
 *
 * - **buy** was right when the long trade paid: more quote currency at the exit than at the entry.
 * - **sell** was right when being out paid. The desk trades spot and cannot be short, so a sell is measured against
 *   holding: whoever sold at the entry and bought back at the exit has more coins than before.
 * - **hold** was right when neither paid: the market did not move further than the costs.
 *
 * With costs of zero or more, exactly one of the three is right. Null where the market does not tell: the candle of the
 * entry or of the exit is missing (a gap, the end of the recording, a horizon shorter than the candles), or nobody
 * traded in it, so that its open was nobody's price.
 */
export function outcomeLabel(
  candleAt: (openTimeMs: number) => Candle | undefined,
  decidedAtMs: number,
  horizon: Horizon,
  timeframe: Timeframe,
  costs: TradeCosts,
): DecisionOutcome | null {
  if (horizonMs[horizon] < timeframeMs[timeframe]) return null
  const entry = tradedOpen(candleAt(decidedAtMs))
  const exit = tradedOpen(candleAt(decidedAtMs + horizonMs[horizon]))
  if (entry === null || exit === null) return null
  return outcomeBetween(entry, exit, costs)
}

/** The outcome of a decision whose entry and exit are known as prices above zero, see `outcomeLabel`. */
export function outcomeBetween(entry: number, exit: number, costs: TradeCosts): DecisionOutcome {
  const longReturn = roundTrip(entry, exit, costs) - 1
  // Counted in coins, whoever sells first goes in at the exit's price and comes out at the entry's.
  const outReturn = roundTrip(exit, entry, costs) - 1
  return { right: longReturn > 0 ? 'buy' : outReturn > 0 ? 'sell' : 'hold', longReturn, outReturn }
}

/** What the action brought: the long trade's return for a buy, the return of being out for a sell, nothing for a hold. */
export function returnOf(action: Action, { longReturn, outReturn }: DecisionOutcome): number {
  switch (action) {
    case 'buy':
      return longReturn
    case 'sell':
      return outReturn
    case 'hold':
      return 0
  }
}

function tradedOpen(candle: Candle | undefined): number | null {
  return candle === undefined || candle.volume === 0 ? null : candle.open
}

/** What one unit becomes that goes in at one price and out at the other, after all costs. */
function roundTrip(priceIn: number, priceOut: number, { takerFeeBps, halfSpreadBps, slippageBps }: TradeCosts): number {
  const worsening = (halfSpreadBps + slippageBps) * basisPoint
  const kept = 1 - takerFeeBps * basisPoint
  return (kept * kept * priceOut * (1 - worsening)) / (priceIn * (1 + worsening))
}
