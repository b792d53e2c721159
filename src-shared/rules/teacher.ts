import type { MarketContext } from '../contract/context'
import type { Action, Probabilities } from '../contract/decision'
import { type TeacherFigures, teacherFigures } from './teacher-figures'

/**
 * The rule teacher: the documented judgement that the starter model imitates.
 *
 * Three voices are added up to one `pull`, positive for up, in units where 1 is a clear case:
 * - trend: EMA 20 against EMA 50, price against EMA 200, MACD histogram, all in ATR; backed by volume;
 * - reversion: RSI beyond 35 and 65 and a close near or outside the Bollinger bands pull back to the middle; the
 *   further RSI is stretched beyond 30 and 70, the less a trend in the same direction counts against it;
 * - sentiment: a light weight.
 * Risk then decides how much pull an action needs. High volatility and a position already held make a buy harder. A
 * loss beyond one ATR or a fading trend make a sale of an open position easier; without a position there is nothing to
 * sell on a spot desk, so a sale needs a clearly bearish market. What is unknown has no voice.
 *
 * The three probabilities soften near these thresholds. They are sure of the rule, never of a profit.
 */
export interface TeacherJudgement {
  readonly trend: number
  readonly reversion: number
  readonly mood: number
  readonly pull: number
  /** By how much the pull exceeds what the action needs; negative when it does not. */
  readonly buyMargin: number
  readonly sellMargin: number
  readonly probabilities: Probabilities
  readonly action: Action
}

export function judge(context: MarketContext): TeacherJudgement {
  return judgeFigures(teacherFigures(context))
}

const buyNeeds = 0.55
const sellNeeds = 0.5
/** How fast certainty grows with the margin. */
const sharpness = 7

export function judgeFigures(figures: TeacherFigures): TeacherJudgement {
  const trend = trendVoice(figures) * (1 - stretch(figures))
  const reversion = reversionVoice(figures)
  const mood = 0.25 * (figures.sentiment ?? 0)
  const pull = trend + reversion + mood
  const buyMargin = pull - buyNeeds - buyCaution(figures)
  const sellMargin = -pull - sellNeeds + sellUrgency(figures)
  const probabilities = softened(buyMargin, sellMargin)
  return {
    trend,
    reversion,
    mood,
    pull,
    buyMargin,
    sellMargin,
    probabilities,
    action: mostProbableAction(probabilities),
  }
}

/** Ties go to the first of buy, sell, hold. */
export function mostProbableAction({ buy, sell, hold }: Probabilities): Action {
  if (buy >= sell && buy >= hold) return 'buy'
  return sell >= hold ? 'sell' : 'hold'
}

function trendVoice({ trend, long, macd, volume }: TeacherFigures): number {
  const voice = 0.6 * saturating(trend, 1.2) + 0.35 * saturating(long, 4) + 0.45 * saturating(macd, 0.3)
  return voice * (0.9 + 0.1 * Math.min(volume ?? 1, 3))
}

/** 0 while RSI is between 30 and 70, growing to 0.9 at 15 and 85: a fall that far is closer to its end than to its start. */
function stretch({ rsi }: TeacherFigures): number {
  if (rsi === null) return 0
  return Math.min(0.9, Math.max(0, 30 - rsi, rsi - 70) / 15)
}

function reversionVoice({ rsi, band }: TeacherFigures): number {
  const oversold = rsi === null ? 0 : Math.max(0, 35 - rsi) / 15
  const overbought = rsi === null ? 0 : Math.max(0, rsi - 65) / 15
  const belowBand = band === null ? 0 : Math.max(0, 5 - band) / 25
  const aboveBand = band === null ? 0 : Math.max(0, band - 95) / 25
  return 0.9 * (oversold - overbought) + 0.6 * (belowBand - aboveBand)
}

function buyCaution({ volatility, hasPosition, profit }: TeacherFigures): number {
  const nervous = volatility === null ? 0 : Math.max(0, volatility - 70) / 30
  const losing = Math.max(0, -(profit ?? 0) - 1)
  return 0.4 * nervous + (hasPosition ? 0.25 : 0) + 0.2 * Math.min(losing, 4)
}

function sellUrgency({ hasPosition, profit, trend }: TeacherFigures): number {
  if (!hasPosition) return -0.15
  const loss = Math.min(Math.max(0, -(profit ?? 0) - 1), 4)
  const fading = Math.min(Math.max(0, -(trend ?? 0)), 2)
  const gain = Math.min(Math.max(0, (profit ?? 0) - 3), 4)
  return 0.15 + 0.35 * loss + 0.1 * fading + 0.08 * gain
}

/** Grows with the figure, evenly at first, and never beyond 1. */
function saturating(figure: number | null, scale: number): number {
  return figure === null ? 0 : Math.tanh(figure / scale)
}

/** Softmax over hold at zero and the two margins; rounded to four digits that add up to one. */
function softened(buyMargin: number, sellMargin: number): Probabilities {
  const buyWeight = Math.exp(sharpness * buyMargin)
  const sellWeight = Math.exp(sharpness * sellMargin)
  const total = 1 + buyWeight + sellWeight
  const buy = Math.round((10_000 * buyWeight) / total)
  const sell = Math.round((10_000 * sellWeight) / total)
  return { buy: buy / 10_000, sell: sell / 10_000, hold: (10_000 - buy - sell) / 10_000 }
}
