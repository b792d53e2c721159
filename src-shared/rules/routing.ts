import type { MarketContext } from '../contract/context'
import type { Slot } from '../contract/model'
import type { RoutingSettings } from '../contract/settings'

/** Why a slot was chosen: the rule that fired, or somebody's explicit preference. */
export type RoutingRule =
  | 'request_preference'
  | 'settings_preference'
  | 'position_and_volume'
  | 'volatility'
  | 'sentiment'
  | 'otherwise'

export interface Route {
  readonly slot: Slot
  readonly rule: RoutingRule
  /** The rule in words, with the figures that made it fire. */
  readonly reason: string
}

/** The part of a market context that the rules look at. */
export type RoutingFigures = Pick<MarketContext, 'hasPosition' | 'volumeRatio' | 'volatility' | 'sentiment'>

/**
 * Chooses the slot that decides. A preference (the request's, then the settings') overrides the rules; otherwise the
 * first rule that fires wins:
 *
 * 1. a position is open and the volume ratio is at least `highVolumeRatio` -> fingpt
 * 2. volatility is above `highVolatility` -> qwen
 * 3. sentiment is at least `clearSentiment` away from zero -> phi3
 * 4. otherwise -> deepseek
 *
 * A figure that is not known yet (null) never fires a rule.
 */
export function route(figures: RoutingFigures, settings: RoutingSettings, preference: Slot | null): Route {
  const fired = firedRule(figures, settings, preference)
  return { ...fired, reason: reasonOf(fired, figures, settings) }
}

type FiredRule = Pick<Route, 'slot' | 'rule'>

/** The same without the words, which a backtest of a rule has no use for. */
export function firedRule(figures: RoutingFigures, settings: RoutingSettings, preference: Slot | null): FiredRule {
  if (preference !== null) return { slot: preference, rule: 'request_preference' }
  if (settings.modelPreference !== null) return { slot: settings.modelPreference, rule: 'settings_preference' }
  const { hasPosition, volumeRatio, volatility, sentiment } = figures
  const { highVolumeRatio, highVolatility, clearSentiment } = settings
  if (hasPosition && volumeRatio !== null && volumeRatio >= highVolumeRatio) {
    return { slot: 'fingpt', rule: 'position_and_volume' }
  }
  if (volatility !== null && volatility > highVolatility) return { slot: 'qwen', rule: 'volatility' }
  if (sentiment !== null && Math.abs(sentiment) >= clearSentiment) return { slot: 'phi3', rule: 'sentiment' }
  return { slot: 'deepseek', rule: 'otherwise' }
}

function reasonOf({ slot, rule }: FiredRule, figures: RoutingFigures, settings: RoutingSettings): string {
  const { volumeRatio, volatility, sentiment } = figures
  const { highVolumeRatio, highVolatility, clearSentiment } = settings
  switch (rule) {
    case 'request_preference':
      return `${slot} was asked for`
    case 'settings_preference':
      return `${slot} is the preferred model in the settings`
    case 'position_and_volume':
      return `a position is open and ${atLeast('the volume ratio', volumeRatio ?? 0, highVolumeRatio)}`
    case 'volatility':
      return above('volatility', volatility ?? 0, highVolatility)
    case 'sentiment': {
      const clear = sentiment ?? 0
      return clear > 0 ? atLeast('sentiment', clear, clearSentiment) : atMost('sentiment', clear, -clearSentiment)
    }
    case 'otherwise':
      return `no rule fired: ${inWords(figures)}`
  }
}

const above = (name: string, value: number, limit: number): string =>
  `${name} ${tellApart(value, limit).join(' is above ')}`

const atLeast = (name: string, value: number, limit: number): string =>
  value === limit
    ? `${name} ${figure(value)} is at its threshold`
    : `${name} ${tellApart(value, limit).join(' is above ')}`

const atMost = (name: string, value: number, limit: number): string =>
  value === limit
    ? `${name} ${figure(value)} is at its threshold`
    : `${name} ${tellApart(value, limit).join(' is below ')}`

const shownDigits = 2
const mostDigits = 6

/** Two digits, or as many as it takes to see on which side of the limit the value lies ("0.801 is above 0.800"). */
function tellApart(value: number, limit: number): [string, string] {
  for (let digits = shownDigits; digits < mostDigits; digits += 1) {
    if (value.toFixed(digits) !== limit.toFixed(digits)) return [value.toFixed(digits), limit.toFixed(digits)]
  }
  return [String(value), String(limit)]
}

const figure = (value: number | null): string => (value === null ? 'unknown' : value.toFixed(shownDigits))

function inWords({ hasPosition, volumeRatio, volatility, sentiment }: RoutingFigures): string {
  const position = hasPosition ? 'a position is open' : 'no position is open'
  return `${position}, volume ratio ${figure(volumeRatio)}, volatility ${figure(volatility)}, sentiment ${figure(sentiment)}`
}
