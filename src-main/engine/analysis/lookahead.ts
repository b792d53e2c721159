/**
 * The look-ahead detector: whether a context, a route or a decision changes when the history after it is taken away.
 * What is decided at a candle's close must not depend on any later candle (market-standards: "a detector: run once on
 * the full history and once per decision on history cut at that decision").
 */
import { type Candle, closeTimeMs, type MarketSymbol, symbolParts, type Timeframe } from '@shared/contract/candle'
import { canonicalJson } from '@shared/contract/canonical'
import type { AccountView, MarketContext } from '@shared/contract/context'
import type { ReadHeadline } from '@shared/contract/news'
import { type Outcome, success } from '@shared/contract/outcome'
import { candleAt, candleColumns, putCandle } from '../context/candle-columns'
import { type ContextSubject, contextOf } from '../context/context-builder'
import { createFigureKernel, figureColumns } from '../context/figure-kernel'
import { contextNews } from '../context/news-sentiment'
import type { DeskNews } from '../desk/news-reading'
import type { GatewayAnswer } from '../gateway/answer'
import { evenlySpaced } from './evenly-spaced'

/**
 * How contexts come from a history: given all candles, the context at each of the asked places. A builder that looks
 * only backwards gives the same context however much history follows; the detector is handed one that may not.
 */
export type ContextsOver = (candles: readonly Candle[], places: readonly number[]) => readonly MarketContext[]

export interface LookaheadRequest {
  readonly symbol: MarketSymbol
  readonly timeframe: Timeframe
  readonly candles: readonly Candle[]
  /** Places of the candles that may be decided on. */
  readonly places: readonly number[]
  /** How many of them are looked at, evenly spaced; null for all. */
  readonly samples: number | null
  readonly contextsOver: ContextsOver
  decide(context: MarketContext): Promise<Outcome<GatewayAnswer>>
}

/** What differs at one decision: the figure, the route or the decision, with and without the future. */
export interface LookaheadDifference {
  readonly symbol: MarketSymbol
  readonly candleOpenMs: number
  /** `context.<figure>`, `route` or `decision`. */
  readonly what: string
  readonly onFullHistory: unknown
  readonly onCutHistory: unknown
}

export interface LookaheadFindings {
  readonly decisions: number
  readonly differences: readonly LookaheadDifference[]
}

/** Fails where nobody can say what was decided. */
export async function findLookahead(request: LookaheadRequest): Promise<Outcome<LookaheadFindings>> {
  const { symbol, candles, samples, contextsOver, decide } = request
  const places = samples === null ? request.places : evenlySpaced(request.places, samples)
  const whole = contextsOver(candles, places)
  const differences: LookaheadDifference[] = []
  for (const [index, place] of places.entries()) {
    const onFull = whole[index]
    const [onCut] = contextsOver(candles.slice(0, place + 1), [place])
    if (onFull === undefined || onCut === undefined) throw new Error(`No context of ${symbol} at candle ${place}`)
    const differ = (what: string, onFullHistory: unknown, onCutHistory: unknown) => {
      if (canonicalJson(onFullHistory) === canonicalJson(onCutHistory)) return
      differences.push({ symbol, candleOpenMs: onCut.candleOpenMs, what, onFullHistory, onCutHistory })
    }
    for (const [figure, value] of Object.entries(onCut)) {
      differ(`context.${figure}`, new Map(Object.entries(onFull)).get(figure) ?? null, value)
    }
    const [full, cut] = [await decide(onFull), await decide(onCut)]
    if (!full.ok) return full
    if (!cut.ok) return cut
    differ('route', routeOf(full.value), routeOf(cut.value))
    differ('decision', [full.value.action, full.value.probabilities], [cut.value.action, cut.value.probabilities])
  }
  return success({ decisions: places.length, differences })
}

const routeOf = ({ routedTo, routeReason }: GatewayAnswer) => [routedTo, routeReason]

/** An account that holds nothing. */
export const noPosition = { hasPosition: false, positionPct: 0, unrealizedPct: null, positionAgeCandles: null }

/** Headlines that a history may know; of a cut one, those that were known when its last candle closed. */
export interface HistoryNews {
  readonly headlines: readonly ReadHeadline[]
  readonly settings: DeskNews['settings']
}

/**
 * The product's own contexts: all figures over the whole columns at once, as the fast backtest computes them, and the
 * news of each moment.
 * `accountAt` says what the account shows at a candle; without it there is none that holds anything.
 */
export function contextsOfKernel(
  subject: ContextSubject,
  news: HistoryNews | null = null,
  accountAt: (candleOpenMs: number) => AccountView = () => noPosition,
): ContextsOver {
  const { base } = symbolParts(subject.symbol)
  return (candles, places) => {
    const last = candles.at(-1)
    const knownUntilMs = last === undefined ? 0 : closeTimeMs(last, subject.timeframe)
    const known = news?.headlines.filter(({ knownAtMs }) => knownAtMs <= knownUntilMs) ?? []
    const newsAt = (candle: Candle) =>
      news === null ? null : contextNews(known, base, closeTimeMs(candle, subject.timeframe), news.settings)
    const columns = candleColumns(candles.length)
    candles.forEach((candle, at) => {
      putCandle(columns, at, candle)
    })
    const figures = figureColumns(candles.length)
    createFigureKernel().run(columns, candles.length, figures)
    return places.map((at) => {
      const candle = candleAt(columns, at)
      return contextOf(
        subject,
        { candle, candlesSeen: at + 1, figures, at },
        accountAt(candle.openTimeMs),
        newsAt(candle),
      )
    })
  }
}
