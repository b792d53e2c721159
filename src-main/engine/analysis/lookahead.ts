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

/**
 * How contexts come from a history: given all candles, the context at each of the asked places. A builder that looks
 * only backwards gives the same context however much history follows; the detector is handed one that may not.
 */
export type ContextsOver = (candles: readonly Candle[], places: readonly number[]) => readonly MarketContext[]

/** An array of candles, or anything that parts of one can be taken from. */
export type SlicedCandles = Pick<readonly Candle[], 'length' | 'slice'>

export interface LookaheadRequest {
  readonly symbol: MarketSymbol
  readonly timeframe: Timeframe
  readonly candles: SlicedCandles
  /** Places of the candles that are decided on. */
  readonly places: readonly number[]
  /** Of a longer history, each decision is shown so many candles up to its own, and so many after it; absent: all. */
  readonly reach?: number
  readonly contextsOver: ContextsOver
  decide(context: MarketContext): Promise<Outcome<GatewayAnswer>>
  /** Told after each decision: how many are done. */
  progress?(done: number): void
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
  const { symbol, places, decide, progress } = request
  let done = 0
  const differences: LookaheadDifference[] = []
  for (const { place, onFull, onCut } of bothContexts(request)) {
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
    done += 1
    progress?.(done)
    differ('decision', [full.value.action, full.value.probabilities], [cut.value.action, cut.value.probabilities])
  }
  return success({ decisions: places.length, differences })
}

/** Each place with the future and without. What is shown begins at the same candle in both. */
function* bothContexts({ candles, places, reach = Number.POSITIVE_INFINITY, contextsOver }: LookaheadRequest) {
  if (candles.length <= 2 * reach) {
    const whole = contextsOver(candles.slice(0), places)
    for (const [index, place] of places.entries()) {
      yield { place, onFull: whole[index], onCut: contextsOver(candles.slice(0, place + 1), [place])[0] }
    }
    return
  }
  for (const place of places) {
    const from = Math.max(0, place + 1 - reach)
    const around = candles.slice(from, place + 1 + reach)
    const [onFull] = contextsOver(around, [place - from])
    const [onCut] = contextsOver(around.slice(0, place - from + 1), [place - from])
    yield { place, onFull, onCut }
  }
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
