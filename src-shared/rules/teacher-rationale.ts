import type { Action } from '../contract/decision'
import type { TeacherFigures } from './teacher-figures'

/**
 * The rule teacher's reasons in two sentences: what speaks for the action, then what else a trader should know.
 *
 * Figures stand as placeholders (`{rsi}`), which the prompt room fills with the true ones. The starter model learnt to
 * write this way; where no model's text can be used, this text itself is the rationale.
 */
export function teacherRationale(figures: TeacherFigures, action: Action): string {
  const facts = factsOf(figures)
  return `${reason(facts, action)} ${remark(figures, facts, action)}`
}

interface Fact {
  /** 1 speaks for rising prices, -1 for falling ones. */
  readonly side: 1 | -1
  readonly strength: number
  readonly clause: string
}

function factsOf(figures: TeacherFigures): readonly Fact[] {
  const facts = [rsiFact(figures), bandFact(figures), ...trendFacts(figures), sentimentFact(figures)]
  return facts.filter((fact) => fact !== null).sort((one, other) => other.strength - one.strength)
}

function rsiFact({ rsi }: TeacherFigures): Fact | null {
  if (rsi === null) return null
  // One point inside the usual 30 and 70, because the figure was rounded.
  if (rsi <= 29) return { side: 1, strength: 1 + (30 - rsi) / 15, clause: 'RSI {rsi} is oversold' }
  if (rsi >= 71) return { side: -1, strength: 1 + (rsi - 70) / 15, clause: 'RSI {rsi} is overbought' }
  if (rsi <= 44) return { side: -1, strength: 0.15, clause: 'RSI {rsi} is weak' }
  return rsi >= 56 ? { side: 1, strength: 0.15, clause: 'RSI {rsi} is firm' } : null
}

function bandFact({ band }: TeacherFigures): Fact | null {
  if (band === null) return null
  if (band <= -5) {
    return { side: 1, strength: 1.5, clause: 'the price {price} is below the lower band {bollingerLower}' }
  }
  return band >= 105
    ? { side: -1, strength: 1.5, clause: 'the price {price} is above the upper band {bollingerUpper}' }
    : null
}

function trendFacts({ trend, long, macd }: TeacherFigures): readonly (Fact | null)[] {
  return [
    trend === null || trend === 0
      ? null
      : {
          side: trend > 0 ? 1 : -1,
          strength: 0.6 * Math.tanh(Math.abs(trend) / 1.2),
          clause: `the fast average is ${Math.abs(trend) >= 1.6 ? 'well ' : ''}${trend > 0 ? 'above' : 'below'} the slow one`,
        },
    long === null || long === 0
      ? null
      : {
          side: long > 0 ? 1 : -1,
          strength: 0.35 * Math.tanh(Math.abs(long) / 4),
          clause: `the price {price} is ${long > 0 ? 'above' : 'below'} the long average {ema200}`,
        },
    macd === null || macd === 0
      ? null
      : {
          side: macd > 0 ? 1 : -1,
          strength: 0.45 * Math.tanh(Math.abs(macd) / 0.3),
          clause: `the MACD histogram {macdHistogram} is ${macd > 0 ? 'positive' : 'negative'}`,
        },
  ]
}

function sentimentFact({ sentiment }: TeacherFigures): Fact | null {
  if (sentiment === null || Math.abs(sentiment) < 0.3) return null
  const side = sentiment > 0 ? 1 : -1
  return { side, strength: 0.1, clause: `sentiment {sentiment} is ${side > 0 ? 'bullish' : 'bearish'}` }
}

const openings = { buy: 'Buying', sell: 'Selling', hold: 'Holding' } as const satisfies Record<Action, string>

function reason(facts: readonly Fact[], action: Action): string {
  const opening = openings[action]
  const rising = facts.filter(({ side }) => side === 1)
  const falling = facts.filter(({ side }) => side === -1)
  if (action === 'hold') {
    const [up] = rising
    const [down] = falling
    if (up !== undefined && down !== undefined) {
      const [stronger, weaker] = up.strength >= down.strength ? [up, down] : [down, up]
      return `${opening} because ${stronger.clause} but ${weaker.clause}.`
    }
    const only = up ?? down
    return only === undefined ? `${opening} because no signal is clear.` : `${opening} although ${only.clause}.`
  }
  const [first, second] = action === 'buy' ? rising : falling
  if (first === undefined) return `${opening} on a mixed picture.`
  return `${opening} because ${first.clause}${second === undefined ? '' : ` and ${second.clause}`}.`
}

function remark(figures: TeacherFigures, facts: readonly Fact[], action: Action): string {
  const { volatility, volume, hasPosition } = figures
  if (hasPosition && action !== 'buy') return positionRemark(figures)
  if (action === 'sell') return 'There is no open position to sell.'
  if (volatility !== null && volatility >= 82) {
    return `Volatility {volatility} is high, so ${action === 'buy' ? 'the size stays small' : 'waiting is safer'}.`
  }
  const against = action === 'buy' ? facts.find(({ side }) => side === -1) : undefined
  if (against !== undefined) return `Against it, ${against.clause}.`
  if (volume !== null && volume >= 1.5) return 'The volume ratio {volumeRatio} is heavy.'
  if (volume !== null && volume <= 0.6) return 'The volume ratio {volumeRatio} is thin.'
  if (volatility !== null) return `Volatility {volatility} is ${volatility <= 18 ? 'low' : 'moderate'}.`
  return volume === null ? 'Much about this market is unknown.' : 'The volume ratio {volumeRatio} is normal.'
}

function positionRemark({ profit }: TeacherFigures): string {
  if (profit === null) return 'The profit of the open position is unknown.'
  if (profit === 0) return 'The open position is near its cost.'
  return `The open position is ${profit > 0 ? 'up' : 'down'} {profit}.`
}
