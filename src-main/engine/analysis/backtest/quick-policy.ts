import type { Action } from '@shared/contract/decision'
import { flatUrgency, heldCaution, heldUrgency, sharpness, teacherParts } from '@shared/rules/teacher'
import type { FigureColumns } from '../../context/figure-kernel'
import type { CandleChunk } from './candle-chunks'
import { type RandomEntries, randomWish } from './policy'
import { gridIndex, gridTable, type RuleColumns, roundingShare, ruleColumns, runRules } from './rule-columns'

/** What a quick policy may look at: a chunk of a market with its figures, and the market's position in floats. */
export interface QuickMarket {
  readonly place: number
  readonly seed: number
  readonly figures: FigureColumns
  readonly chunk: CandleChunk
  readonly held: boolean
  readonly qty: number
  readonly cost: number
}

/** A policy in floats: the very action that the policy gives when asked properly, or that it must be asked. */
export type QuickWish = Action | 'unsure'

export interface QuickPolicy {
  /** A market of this place comes with chunks of up to `capacity` candles. */
  open(place: number, capacity: number): void
  /** The market's figures [0, count) are new. */
  prepare(market: QuickMarket, count: number): void
  wish(market: QuickMarket, at: number, price: number, openTimeMs: number): QuickWish
  /** Of the last wish to buy or to sell, in four digits. */
  confidence(): number
}

const nothingToPrepare = { open: () => undefined, prepare: () => undefined, confidence: () => 1 }

export const quickHold: QuickPolicy = { ...nothingToPrepare, wish: () => 'hold' }

export function quickRandom(entries: RandomEntries): QuickPolicy {
  const draw = randomWish(entries)
  return {
    ...nothingToPrepare,
    wish: ({ seed, held }, _at, _price, openTimeMs) => draw(seed, openTimeMs, held),
  }
}

/**
 * By how much a margin must fall short, or lead, for the most probable action to be sure. At this margin the weight of an
 * action is 0.993 of the hold's, and four digits of probability tell them apart.
 */
const sureMargin = 0.001

const confidenceDigits = 10_000

/** Margins from tables differ from the teacher's in their last bits: confidences this close to the middle of two are asked. */
const unsureOfConfidence = 1e-6

const losing = gridTable('profit', teacherParts.losing)
const loss = gridTable('profit', teacherParts.loss)
const gain = gridTable('profit', teacherParts.gain)

/** The account tells its profit in six digits; a float that lies this close to the middle of two is not rounded here. */
const unitsPerOne = 1e6
const unsureOfUnit = 1e-3

export function quickRules(): QuickPolicy {
  const columns: RuleColumns[] = []
  let confidence = 0

  /** The action with its confidence, as `judge` softens its margins. */
  function told(action: 'buy' | 'sell', leading: number, trailing: number): QuickWish {
    const weight = Math.exp(sharpness * leading)
    const units = (confidenceDigits * weight) / (1 + weight + Math.exp(sharpness * trailing))
    if (Math.abs(units - Math.floor(units) - 0.5) < unsureOfConfidence) return 'unsure'
    confidence = Math.round(units) / confidenceDigits
    return action
  }

  return {
    confidence: () => confidence,
    open(place, capacity) {
      columns[place] = ruleColumns(capacity)
    },
    prepare({ place, chunk, figures }, count) {
      const rules = columns[place]
      if (rules !== undefined) runRules(chunk.candles, figures, count, rules)
    },
    wish(market, at, price) {
      const rules = columns[market.place]
      if (rules === undefined || rules.isSure[at] !== 1) return 'unsure'
      let buy = rules.buyMargin[at] ?? 0
      let sell = rules.sellMargin[at] ?? 0
      if (market.held) {
        const index = profitIndex(market, price, market.figures.atr14[at] ?? Number.NaN)
        if (index < 0) return 'unsure'
        buy -= heldCaution + (losing.values[index] ?? 0)
        sell += heldUrgency - flatUrgency
        sell += (loss.values[index] ?? 0) + (rules.fading[at] ?? 0) + (gain.values[index] ?? 0)
      }
      if (buy < -sureMargin && sell < -sureMargin) return 'hold'
      if (sell > sureMargin && sell > buy + sureMargin) return told('sell', sell, buy)
      if (buy > sureMargin && buy > sell + sureMargin) return told('buy', buy, sell)
      return 'unsure'
    },
  }
}

/** Place of the position's profit, in ATR, on the teacher's grid; -1 where floats cannot tell. */
function profitIndex({ qty, cost }: QuickMarket, price: number, atr: number): number {
  const units = ((qty * price - cost) / cost) * unitsPerOne
  const whole = Math.round(units)
  if (Math.abs(units - whole) > 0.5 - unsureOfUnit) return -1
  const share = whole / unitsPerOne
  const profit = (price * share) / (1 + share) / atr
  return gridIndex(losing, profit, roundingShare * 100)
}
