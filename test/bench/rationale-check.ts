import type { MarketContext } from '@shared/contract/context'
import type { Action } from '@shared/contract/decision'

/**
 * Reads a finished rationale as a sceptical reader would, who has nothing but the context's figures: which action does
 * it name, is every number in it a true figure beside the word that names it, is every comparison true? It shares no
 * code with the room that writes rationales.
 */
export function rationaleFaults(text: string, context: MarketContext, action: Action): readonly string[] {
  const faults: string[] = []
  const sentences = text.split(/[.!?](?:\s+|$)/).filter((sentence) => sentence !== '')
  if (sentences.length !== 2) faults.push(`${sentences.length} sentences`)
  const named = /^(Buying|Selling|Holding)\b/.exec(text)?.[1]
  if (named !== { buy: 'Buying', sell: 'Selling', hold: 'Holding' }[action])
    faults.push(`names ${named ?? 'no action'}`)

  let unread = text
  for (const { pattern, holds } of readings) {
    unread = unread.replace(pattern, (said, ...groups: string[]) => {
      if (!holds(context, groups)) faults.push(`untrue: "${said}"`)
      return ''
    })
  }
  if (/\d/.test(unread)) faults.push(`a number that stands for nothing: "${unread.trim()}"`)
  if (/[{}\p{C}]/u.test(text)) faults.push('an unfilled placeholder or a control character')
  return faults
}

interface Reading {
  readonly pattern: RegExp
  readonly holds: (context: MarketContext, groups: readonly string[]) => boolean
}

const number = '(-?\\d+(?:\\.\\d+)?)'

const readings: readonly Reading[] = [
  reading(`RSI ${number} is (oversold|overbought|weak|firm)`, ({ rsi14 }, [shown, word]) =>
    isShown(shown, rsi14) && rsi14 !== null
      ? { oversold: rsi14 < 30, overbought: rsi14 > 70, weak: rsi14 < 50, firm: rsi14 > 50 }[word ?? '']
      : false,
  ),
  reading(`price ${number} is (above|below) the long average ${number}`, (context, [price, word, average]) =>
    compared(context.price, price, word, context.ema200, average),
  ),
  reading(`price ${number} is (above) the upper band ${number}`, (context, [price, word, band]) =>
    compared(context.price, price, word, context.bollingerUpper, band),
  ),
  reading(`price ${number} is (below) the lower band ${number}`, (context, [price, word, band]) =>
    compared(context.price, price, word, context.bollingerLower, band),
  ),
  reading('fast average is (?:well )?(above|below) the slow one', ({ ema20, ema50 }, [word]) =>
    ema20 === null || ema50 === null ? false : word === 'above' ? ema20 > ema50 : ema20 < ema50,
  ),
  reading(
    `MACD histogram ${number} is (positive|negative)`,
    ({ macdHistogram }, [shown, word]) =>
      isShown(shown, macdHistogram) && (word === 'positive') === Number(macdHistogram) > 0,
  ),
  reading(
    `[Ss]entiment ${number} is (bullish|bearish)`,
    ({ sentiment }, [shown, word]) => isShown(shown, sentiment) && (word === 'bullish') === Number(sentiment) > 0,
  ),
  reading(`Volatility ${number} is (high|moderate|low)`, ({ volatility }, [shown, word]) =>
    isShown(shown, volatility) && volatility !== null
      ? { high: volatility > 0.8, moderate: volatility > 0.15 && volatility < 0.85, low: volatility < 0.2 }[word ?? '']
      : false,
  ),
  reading(`volume ratio ${number} is (heavy|normal|thin)`, ({ volumeRatio }, [shown, word]) =>
    isShown(shown, volumeRatio) && volumeRatio !== null
      ? { heavy: volumeRatio > 1.3, normal: volumeRatio > 0.5 && volumeRatio < 1.6, thin: volumeRatio < 0.7 }[
          word ?? ''
        ]
      : false,
  ),
  reading(`open position is (up|down) ${number} %`, ({ hasPosition, unrealizedPct }, [word, shown]) =>
    hasPosition && unrealizedPct !== null
      ? isShown(shown, Math.abs(100 * unrealizedPct)) && (word === 'up') === unrealizedPct > 0
      : false,
  ),
  reading('no open position', ({ hasPosition }) => !hasPosition),
  reading('open position is near its cost', ({ hasPosition }) => hasPosition),
]

function reading(
  pattern: string,
  holds: (context: MarketContext, groups: readonly string[]) => boolean | undefined,
): Reading {
  return { pattern: new RegExp(pattern, 'g'), holds: (context, groups) => holds(context, groups) === true }
}

function compared(
  left: number | null,
  leftShown: string | undefined,
  word: string | undefined,
  right: number | null,
  rightShown: string | undefined,
): boolean {
  if (left === null || right === null || !isShown(leftShown, left) || !isShown(rightShown, right)) return false
  return word === 'above' ? left > right : left < right
}

/** Half of the last printed digit, or of the sixth significant one. */
function isShown(shown: string | undefined, figure: number | null): boolean {
  if (shown === undefined || figure === null) return false
  const decimals = shown.split('.')[1]?.length ?? 0
  const tolerance = Math.max(0.5 * 10 ** -decimals, Math.abs(figure) * 5e-6) * (1 + 1e-6)
  return Math.abs(Number(shown) - figure) <= tolerance
}
