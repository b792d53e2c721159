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

export const buyNeeds = 0.55
export const sellNeeds = 0.5
/** How fast certainty grows with the margin. */
export const sharpness = 7

export function judgeFigures(figures: TeacherFigures): TeacherJudgement {
  const trend = trendVoice(figures) * (1 - teacherParts.stretch(figures.rsi))
  const reversion = teacherParts.rsi(figures.rsi) + teacherParts.band(figures.band)
  const mood = teacherParts.mood(figures.sentiment)
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

/** What each figure on its grid brings to the judgement. A backtest looks these up in tables, one entry a grid value. */
export const teacherParts = {
  trend: (trend: number | null) => 0.6 * saturating(trend, 1.2),
  long: (long: number | null) => 0.35 * saturating(long, 4),
  macd: (macd: number | null) => 0.45 * saturating(macd, 0.3),
  /** Volume backs the trend. */
  volume: (volume: number | null) => 0.9 + 0.1 * Math.min(volume ?? 1, 3),
  /** 0 while RSI is between 30 and 70, growing to 0.9 at 15 and 85: a fall that far is closer to its end than to its start. */
  stretch: (rsi: number | null) => (rsi === null ? 0 : Math.min(0.9, Math.max(0, 30 - rsi, rsi - 70) / 15)),
  rsi: (rsi: number | null) => (rsi === null ? 0 : 0.9 * (Math.max(0, 35 - rsi) / 15 - Math.max(0, rsi - 65) / 15)),
  band: (band: number | null) => (band === null ? 0 : 0.6 * (Math.max(0, 5 - band) / 25 - Math.max(0, band - 95) / 25)),
  mood: (sentiment: number | null) => 0.25 * (sentiment ?? 0),
  nervous: (volatility: number | null) => 0.4 * (volatility === null ? 0 : Math.max(0, volatility - 70) / 30),
  /** A fading trend makes the sale of an open position easier. */
  fading: (trend: number | null) => 0.1 * Math.min(Math.max(0, -(trend ?? 0)), 2),
  /** What the profit of an open position, in ATR, adds to the need of a buy. */
  losing: (profit: number | null) => 0.2 * Math.min(lossBeyondOneAtr(profit), 4),
  loss: (profit: number | null) => 0.35 * Math.min(lossBeyondOneAtr(profit), 4),
  gain: (profit: number | null) => 0.08 * Math.min(Math.max(0, (profit ?? 0) - 3), 4),
} as const

/** What having a position, or none, adds to the need of a buy and takes from the need of a sale. */
export const heldCaution = 0.25
export const heldUrgency = 0.15
export const flatUrgency = -0.15

const lossBeyondOneAtr = (profit: number | null): number => Math.max(0, -(profit ?? 0) - 1)

function trendVoice({ trend, long, macd, volume }: TeacherFigures): number {
  const voice = teacherParts.trend(trend) + teacherParts.long(long) + teacherParts.macd(macd)
  return voice * teacherParts.volume(volume)
}

function buyCaution({ volatility, hasPosition, profit }: TeacherFigures): number {
  return teacherParts.nervous(volatility) + (hasPosition ? heldCaution : 0) + teacherParts.losing(profit)
}

function sellUrgency({ hasPosition, profit, trend }: TeacherFigures): number {
  if (!hasPosition) return flatUrgency
  return heldUrgency + teacherParts.loss(profit) + teacherParts.fading(trend) + teacherParts.gain(profit)
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
