import type { MarketContext } from '@shared/contract/context'
import type { Action } from '@shared/contract/decision'
import { teacherFigures } from '@shared/rules/teacher-figures'
import { teacherRationale } from '@shared/rules/teacher-rationale'
import { printFigure, printFigureOrNull } from './printed-figure'

/**
 * A rationale as it is journalled: the model's words where they hold, otherwise the rule teacher's.
 *
 * `ok` says that the text is the model's own. The figures in it are the context's in either case: a model writes
 * `{rsi}`, and the true value is put there by code, because small models copy digits badly.
 */
export interface Rationale {
  readonly ok: boolean
  readonly text: string
}

/** For a model that writes placeholders. Its text is used when every figure and every claim in it is true. */
export function renderRationale(written: string, context: MarketContext, action: Action): Rationale {
  const text = plainText(written)
  const filled = fillFigures(text, context)
  const holds =
    filled !== null &&
    twoSentences.test(text) &&
    !/\d/.test(text.replaceAll(placeholder, '')) &&
    text.startsWith(openings[action]) &&
    claimsHold(text, context)
  return holds ? { ok: true, text: filled } : { ok: false, text: ruleRationale(context, action) }
}

/** For a model that writes freely: its own words, made harmless and short; the rule's where it said nothing. */
export function freeRationale(written: string, context: MarketContext, action: Action): Rationale {
  const text = plainText(written)
  return text === '' ? { ok: false, text: ruleRationale(context, action) } : { ok: true, text }
}

/** The rule teacher's own reasons, in true figures. */
export function ruleRationale(context: MarketContext, action: Action): string {
  const written = teacherRationale(teacherFigures(context), action)
  return fillFigures(written, context) ?? `${openings[action]} by rule.`
}

const openings = { buy: 'Buying ', sell: 'Selling ', hold: 'Holding ' } as const satisfies Record<Action, string>
const placeholder = /\{([^{}]*)\}/g
const twoSentences = /^[^.]+\. [^.]+\.$/
const maxRationaleLength = 600

/** One line without control characters or invisible ones, cut at a word when it is too long. */
export function plainText(written: string): string {
  const line = written
    .slice(0, 4 * maxRationaleLength)
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
  if (line.length <= maxRationaleLength) return line
  const cut = line.slice(0, maxRationaleLength - 1)
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), maxRationaleLength / 2))}…`
}

/** Null when a placeholder names no figure, or one that is unknown. */
function fillFigures(text: string, context: MarketContext): string | null {
  let complete = true
  const filled = text.replace(placeholder, (_, name: string) => {
    const figure = printedFigures(context).get(name) ?? null
    if (figure === null) complete = false
    return figure ?? ''
  })
  return complete && !/[{}]/.test(filled) ? filled : null
}

function printedFigures(context: MarketContext): ReadonlyMap<string, string | null> {
  const fixed = (value: number | null, decimals: number): string | null => value?.toFixed(decimals) ?? null
  return new Map([
    ['rsi', fixed(context.rsi14, 1)],
    ['price', printFigure(context.price)],
    ['ema200', printFigureOrNull(context.ema200)],
    ['macdHistogram', printFigureOrNull(context.macdHistogram)],
    ['bollingerLower', printFigureOrNull(context.bollingerLower)],
    ['bollingerUpper', printFigureOrNull(context.bollingerUpper)],
    ['volatility', fixed(context.volatility, 2)],
    ['volumeRatio', fixed(context.volumeRatio, 2)],
    ['sentiment', fixed(context.sentiment, 2)],
    ['profit', context.unrealizedPct === null ? null : `${fixed(Math.abs(100 * context.unrealizedPct), 2)} %`],
  ])
}

type Truth = (context: MarketContext) => boolean

const exceeds = (left: number | null, right: number | null): boolean => left !== null && right !== null && left > right

/** What the starter may say about a market, and when it is so. Words are as the teacher writes them. */
const claims: readonly (readonly [said: RegExp, holds: Truth])[] = [
  [/\boversold\b/, ({ rsi14 }) => exceeds(30, rsi14)],
  [/\boverbought\b/, ({ rsi14 }) => exceeds(rsi14, 70)],
  [/\{rsi\} is weak/, ({ rsi14 }) => exceeds(50, rsi14)],
  [/\{rsi\} is firm/, ({ rsi14 }) => exceeds(rsi14, 50)],
  [/fast average is (well )?above/, ({ ema20, ema50 }) => exceeds(ema20, ema50)],
  [/fast average is (well )?below/, ({ ema20, ema50 }) => exceeds(ema50, ema20)],
  [/above the long average/, ({ price, ema200 }) => exceeds(price, ema200)],
  [/below the long average/, ({ price, ema200 }) => exceeds(ema200, price)],
  [/above the upper band/, ({ price, bollingerUpper }) => exceeds(price, bollingerUpper)],
  [/below the lower band/, ({ price, bollingerLower }) => exceeds(bollingerLower, price)],
  [/histogram \{macdHistogram\} is positive/, ({ macdHistogram }) => exceeds(macdHistogram, 0)],
  [/histogram \{macdHistogram\} is negative/, ({ macdHistogram }) => exceeds(0, macdHistogram)],
  [/\bbullish\b/, ({ sentiment }) => exceeds(sentiment, 0)],
  [/\bbearish\b/, ({ sentiment }) => exceeds(0, sentiment)],
  [/\{volatility\} is high/, ({ volatility }) => exceeds(volatility, 0.8)],
  [/\{volatility\} is low/, ({ volatility }) => exceeds(0.2, volatility)],
  [/\{volatility\} is moderate/, ({ volatility }) => exceeds(volatility, 0.15) && exceeds(0.85, volatility)],
  [/\{volumeRatio\} is heavy/, ({ volumeRatio }) => exceeds(volumeRatio, 1.3)],
  [/\{volumeRatio\} is thin/, ({ volumeRatio }) => exceeds(0.7, volumeRatio)],
  [/\{volumeRatio\} is normal/, ({ volumeRatio }) => exceeds(volumeRatio, 0.5) && exceeds(1.6, volumeRatio)],
  [/no open position/, ({ hasPosition }) => !hasPosition],
  [/position is /, ({ hasPosition }) => hasPosition],
  [/position is up/, ({ unrealizedPct }) => exceeds(unrealizedPct, 0)],
  [/position is down/, ({ unrealizedPct }) => exceeds(0, unrealizedPct)],
]

function claimsHold(text: string, context: MarketContext): boolean {
  return claims.every(([said, holds]) => !said.test(text) || holds(context))
}
