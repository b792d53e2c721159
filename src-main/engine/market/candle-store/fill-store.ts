import { type Candle, type MarketSymbol, type Timeframe, timeframeMs } from '@shared/contract/candle'
import { type Outcome, success } from '@shared/contract/outcome'
import type { CacheProblemCode } from './cache-problem'
import type { CandleStore, Correction, Series, Stretch } from './candle-store'

/** Where missing candles come from: one page at a time, oldest first. */
export interface CandleSource<Code extends string> {
  serverTimeMs(): Promise<Outcome<number, Code>>
  candles(symbol: MarketSymbol, timeframe: Timeframe, sinceMs: number): Promise<Outcome<readonly Candle[], Code>>
}

export interface FillReport {
  readonly fetched: number
  readonly alreadyThere: number
  readonly corrections: readonly Correction[]
  /** Stopped by the signal before it was done; the same call goes on where it was. */
  readonly interrupted: boolean
}

export interface FillOptions<Code extends string> {
  readonly store: CandleStore
  readonly source: CandleSource<Code>
  readonly series: Series
  readonly asked: Stretch
  readonly signal?: AbortSignal
  /** Called after every page with the open time up to which the stretch is filled. */
  readonly onPage?: (throughMs: number, fetched: number) => void
}

/**
 * An exchange publishes a closed candle within about a second. A candle that is not there this long after it closed, and
 * with nothing newer behind it, does not exist.
 */
const settledAfterMs = 5 * 60_000

/**
 * Fetches what of the stretch was never asked for and has closed by the exchange's own clock. Every page is kept in one
 * transaction before the next is asked for; a failure keeps what came before it.
 */
export async function fillStore<Code extends string>({
  store,
  source,
  series,
  asked,
  signal,
  onPage,
}: FillOptions<Code>): Promise<Outcome<FillReport, Code | CacheProblemCode>> {
  const { symbol, timeframe } = series
  const stepMs = timeframeMs[timeframe]
  const missing = store.missingRanges(series, asked)
  if (!missing.ok) return missing
  let fetched = 0
  let alreadyThere = 0
  const corrections: Correction[] = []
  for (const range of missing.value) {
    for (let nextMs = range.fromMs; nextMs < range.toMs; ) {
      if (signal?.aborted) return success({ fetched, alreadyThere, corrections, interrupted: true })
      const serverTime = await source.serverTimeMs()
      if (!serverTime.ok) return serverTime
      const exchangeTimeMs = serverTime.value
      const closedEndMs = Math.floor(exchangeTimeMs / stepMs) * stepMs
      if (nextMs >= closedEndMs) break
      const page = await source.candles(symbol, timeframe, nextMs)
      if (!page.ok) return page
      const answered = { fromMs: nextMs, toMs: answeredUntil(page.value, nextMs, exchangeTimeMs, stepMs) }
      const candles = page.value.filter((candle) => candle.openTimeMs >= nextMs && candle.openTimeMs < range.toMs)
      const kept = store.add(series, {
        candles,
        answered: { ...answered, toMs: Math.min(answered.toMs, range.toMs) },
        exchangeTimeMs,
      })
      if (!kept.ok) return kept
      fetched += kept.value.added
      alreadyThere += kept.value.alreadyThere
      corrections.push(...kept.value.corrections)
      onPage?.(Math.min(answered.toMs, range.toMs), fetched)
      if (answered.toMs <= nextMs) break
      nextMs = answered.toMs
    }
  }
  return success({ fetched, alreadyThere, corrections, interrupted: false })
}

/** How far an answer that was asked for from `fromMs` on speaks for the exchange. */
function answeredUntil(page: readonly Candle[], fromMs: number, exchangeTimeMs: number, stepMs: number): number {
  const last = page.at(-1)
  const closedEndMs = Math.floor(exchangeTimeMs / stepMs) * stepMs
  const throughLastMs = last === undefined ? fromMs : Math.min(last.openTimeMs + stepMs, closedEndMs)
  if (page.length > 0) return Math.max(fromMs, throughLastMs)
  // Nothing at all from here on: true of the past, while the youngest candles may still be on their way.
  const settledEndMs = Math.floor((exchangeTimeMs - settledAfterMs) / stepMs) * stepMs
  return Math.max(fromMs, Math.min(settledEndMs, closedEndMs))
}
