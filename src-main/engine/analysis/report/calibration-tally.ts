import { type Horizon, horizonMs, horizonSchema } from '@shared/contract/calibration'
import { type MarketSymbol, type Timeframe, timeframeMs } from '@shared/contract/candle'
import type { Action } from '@shared/contract/decision'
import { outcomeBetween, type TradeCosts } from '@shared/rules/outcome-labels'
import { usualBinCount } from '@shared/rules/reliability'
import type { ConfidenceKind, RecordedCalibration } from './trading-record'

export interface TalliedDecision {
  readonly symbol: MarketSymbol
  /** Close of the candle that was decided on, and its closing price. */
  readonly atMs: number
  readonly price: number
  readonly action: Action
  /** The model's own probability of the action. */
  readonly confidence: number
  /** What the probability became by a calibration map; null, or absent, where there was none. */
  readonly calibratedConfidence?: number | null
  /** Place in the record's list of models. */
  readonly model: number
}

/**
 * Counts how often decisions to buy or to sell paid, by their confidence: by the model's own, and of those decisions that
 * carry a calibrated one, by that too. Each decision is labelled once the candle that
 * ends its horizon has closed, by the rule of `outcome-labels.ts` with closes for the opens that follow them. Memory
 * holds the decisions of one horizon, whatever the length of the run; outcomes inside a gap are not counted.
 */
export interface CalibrationTally {
  decision(decision: TalliedDecision): void
  /** A candle of the symbol closed; comes before the decision on it. */
  close(symbol: MarketSymbol, atMs: number, price: number): void
  /** Candles that close before this time end no horizon: `close` need not hear of them. Infinity where none waits. */
  dueMs(): number
  end(): RecordedCalibration[]
}

interface Bin {
  n: number
  confidence: number
  right: number
}

/** What is counted together. */
interface Tallied {
  readonly model: number
  readonly confidence: ConfidenceKind
  readonly horizon: Horizon
}

interface Tally {
  readonly bins: readonly Bin[]
  squaredErrors: number
}

export function tallyCalibration(timeframe: Timeframe, costs: TradeCosts): CalibrationTally {
  const horizons = horizonSchema.options.filter((horizon) => horizonMs[horizon] >= timeframeMs[timeframe])
  const shortestMs = Math.min(...horizons.map((horizon) => horizonMs[horizon]))
  /** By symbol, then by horizon: decisions whose outcome is not known yet, oldest first. */
  const waiting = new Map<MarketSymbol, readonly TalliedDecision[][]>()
  let dueMs = Number.POSITIVE_INFINITY
  const tallies = new Map<string, { readonly of: Tallied; readonly tally: Tally }>()

  function tallyOf(of: Tallied): Tally {
    const key = `${of.model} ${of.confidence} ${of.horizon}`
    const known = tallies.get(key)
    if (known !== undefined) return known.tally
    const bins = Array.from({ length: usualBinCount }, (): Bin => ({ n: 0, confidence: 0, right: 0 }))
    const tally: Tally = { bins, squaredErrors: 0 }
    tallies.set(key, { of, tally })
    return tally
  }

  function label(
    { price: priceThen, action, model, ...decision }: TalliedDecision,
    horizon: Horizon,
    price: number,
  ): void {
    const right = outcomeBetween(priceThen, price, costs).right === action ? 1 : 0
    const { confidence, calibratedConfidence = null } = decision
    count(tallyOf({ model, confidence: 'raw', horizon }), confidence, right)
    if (calibratedConfidence === null) return
    count(tallyOf({ model, confidence: 'calibrated', horizon }), calibratedConfidence, right)
  }

  function count(tally: Tally, confidence: number, right: number): void {
    const bin = tally.bins[binOf(confidence)]
    if (bin === undefined) return
    bin.n += 1
    bin.confidence += confidence
    bin.right += right
    tally.squaredErrors += (confidence - right) ** 2
  }

  function nextDueMs(): number {
    let next = Number.POSITIVE_INFINITY
    for (const queues of waiting.values()) {
      horizons.forEach((horizon, place) => {
        const first = queues[place]?.[0]
        if (first !== undefined) next = Math.min(next, first.atMs + horizonMs[horizon])
      })
    }
    return next
  }

  return {
    decision(decision) {
      if (decision.action === 'hold') return
      const queues = waiting.get(decision.symbol) ?? horizons.map((): TalliedDecision[] => [])
      waiting.set(decision.symbol, queues)
      for (const queue of queues) queue.push(decision)
      dueMs = Math.min(dueMs, decision.atMs + shortestMs)
    },
    dueMs: () => dueMs,
    close(symbol, atMs, price) {
      waiting.get(symbol)?.forEach((queue, place) => {
        const horizon = horizons[place]
        if (horizon === undefined) return
        let first = queue[0]
        while (first !== undefined && first.atMs + horizonMs[horizon] <= atMs) {
          queue.shift()
          if (first.atMs + horizonMs[horizon] === atMs) label(first, horizon, price)
          first = queue[0]
        }
      })
      if (atMs >= dueMs) dueMs = nextDueMs()
    },
    end: () =>
      [...tallies.values()].toSorted((a, b) => inOrder(a.of, b.of)).map(({ of, tally }) => recorded(of, tally)),
  }
}

/** The bins of `reliabilityBins`: (from, to], the first with 0. */
function binOf(confidence: number): number {
  for (let bin = 0; bin < usualBinCount - 1; bin += 1) if (confidence <= (bin + 1) / usualBinCount) return bin
  return usualBinCount - 1
}

/** One model's horizons side by side, its raw confidence before the calibrated one. */
function inOrder(a: Tallied, b: Tallied): number {
  const kinds = Number(a.confidence === 'calibrated') - Number(b.confidence === 'calibrated')
  return a.model - b.model || kinds || horizonMs[a.horizon] - horizonMs[b.horizon]
}

function recorded(of: Tallied, { bins, squaredErrors }: Tally): RecordedCalibration {
  const n = bins.reduce((sum, bin) => sum + bin.n, 0)
  return {
    ...of,
    bins: bins.map((bin, place) => ({
      from: place / usualBinCount,
      to: (place + 1) / usualBinCount,
      n: bin.n,
      confidence: bin.n === 0 ? null : bin.confidence / bin.n,
      accuracy: bin.n === 0 ? null : bin.right / bin.n,
    })),
    brier: n === 0 ? null : squaredErrors / n,
  }
}
