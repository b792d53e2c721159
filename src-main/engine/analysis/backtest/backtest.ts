import { type MarketSymbol, type Timeframe, timeframeMs } from '@shared/contract/candle'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { FillSource } from '@shared/contract/market-data'
import { type Outcome, success } from '@shared/contract/outcome'
import type { Settings } from '@shared/contract/settings'
import type { DeskNews } from '../../desk/news-reading'
import { type ReplayedHistory, replayHash, scanHistories, settledSentences } from '../../market/replay-venue'
import type { MarketProblemCode } from '../../market/venue'
import type { TradingRecord } from '../report/trading-record'
import type { CandleHistory } from './candle-chunks'
import { runFastBacktest } from './fast-backtest'
import { recordFast } from './fast-record'
import { historyOfFile, historyWithTicks } from './file-history'
import { insideLookup, readInsideColumns } from './inside-history'
import { newsFigures } from './news-figures'
import {
  holdPolicy,
  type PlainPolicy,
  type PlainPolicyName,
  type RandomEntries,
  randomPolicy,
  rulesPolicy,
} from './policy'
import { type QuickPolicy, quickHold, quickRandom, quickRules } from './quick-policy'

/** What a policy without a model is to trade. */
export interface FastRequest {
  readonly policy: PlainPolicyName
  readonly entries: RandomEntries
  readonly symbols: readonly MarketSymbol[]
  readonly timeframe: Timeframe
  readonly settings: Settings
  rulesOf(symbol: MarketSymbol): SymbolRules
}

export interface FastFileRequest extends FastRequest {
  readonly candlesDir: string
  /** Candles that open in [fromMs, toMs) are decided on; null means no bound. */
  readonly fromMs: number | null
  readonly toMs: number | null
  /** Shorter candles that are recorded beside tell what happened inside; false leaves them out. */
  readonly inside: boolean
  /** Recorded trades, or trades and order books, fill orders; candles where it is left out. */
  readonly fills?: FillSource
  /** Recorded headlines; null, or absent, where the sentiment is that of prices. */
  readonly news?: DeskNews | null
  /** Told after every chunk: candles done of all. */
  progress?(done: number, all: number): void
}

/** Backtests recordings as they are read; a broken one is refused before the first decision. */
export async function backtestFiles(request: FastFileRequest): Promise<Outcome<TradingRecord, MarketProblemCode>> {
  const { candlesDir: dir, symbols, timeframe, fromMs, toMs, progress, news } = request
  const { fills = 'candles', inside: withInside } = request
  const scanned = await scanHistories({ dir, symbols, timeframe, fromMs, toMs, inside: withInside, fills })
  if (!scanned.ok) return scanned
  const all = scanned.value.reduce((sum, { candlesInWindow }) => sum + candlesInWindow, 0)
  let done = 0
  const told = (history: CandleHistory): CandleHistory => ({
    ...history,
    async next() {
      const chunk = await history.next()
      done += chunk?.count ?? 0
      progress?.(done, all)
      return chunk
    },
  })
  const refined = (history: CandleHistory): CandleHistory =>
    news == null ? history : { ...history, refine: newsFigures(news, history.symbol, timeframe) }
  const histories: CandleHistory[] = []
  for (const recorded of scanned.value) {
    if (fills !== 'candles') {
      histories.push(refined(told(historyWithTicks(recorded))))
      continue
    }
    const history = refined(told(historyOfFile(recorded)))
    const inside = recorded.inside === null ? null : await readInsideColumns(recorded.inside)
    if (inside !== null && !inside.ok) return inside
    histories.push(inside === null ? history : { ...history, insideOf: insideLookup(inside.value, timeframe) })
  }
  const record = await backtestHistories(request, histories, { dataHash: replayHash(scanned.value), withBars: true })
  const shorter = [...new Set(scanned.value.flatMap(({ inside }) => (inside === null ? [] : [inside.timeframe])))]
  const insideCandles = shorter.length === 0 ? null : `${shorter.join(' and ')} candles`
  const anomalies = histories.reduce((sum, history) => sum + (history.anomalies?.() ?? 0), 0)
  const settledBy = fills === 'candles' ? scanned.value.flatMap(insideSentence) : settledSentences(scanned.value)
  const notes = [...record.assumptions.notes, ...settledBy]
  return success({ ...record, anomalies, assumptions: { ...record.assumptions, fills, insideCandles, notes } })
}

/** Of shorter candles that are recorded in a part of the window only: in how many candles. */
function insideSentence({ symbol, timeframe, candlesInWindow, inside }: ReplayedHistory): string[] {
  if (inside === null) return []
  const told = Math.floor((inside.candlesInWindow * timeframeMs[inside.timeframe]) / timeframeMs[timeframe])
  if (told >= candlesInWindow * wholeShare) return []
  return [`${inside.timeframe} candles are recorded inside about ${told} of ${candlesInWindow} candles of ${symbol}.`]
}

const wholeShare = 0.99

export async function backtestHistories(
  request: FastRequest,
  histories: readonly CandleHistory[],
  { dataHash, withBars }: { readonly dataHash: string | null; readonly withBars: boolean },
): Promise<TradingRecord> {
  const { policy: name, timeframe, settings, entries, rulesOf } = request
  const symbols = histories.map(({ symbol }) => symbol)
  const seed = name === 'random' ? entries.seed : null
  const record = recordFast({
    ...{ title: `${name}, ${timeframe}`, policy: name, symbols, timeframe, settings, seed, dataHash, withBars },
  })
  const { policy, quick } = policyOf(request)
  const { observer } = record
  const { account } = await runFastBacktest({
    ...{ runId: 'backtest', timeframe, settings, histories, policy, quick, rulesOf, observer },
  })
  return record.end(account)
}

/** A policy in its two forms: asked properly, and in floats. */
export function policyOf({ policy, settings, entries }: Pick<FastRequest, 'policy' | 'settings' | 'entries'>): {
  readonly policy: PlainPolicy
  readonly quick: QuickPolicy
} {
  switch (policy) {
    case 'rules':
      return { policy: rulesPolicy(settings), quick: quickRules() }
    case 'hold':
      return { policy: holdPolicy(settings), quick: quickHold }
    case 'random':
      return { policy: randomPolicy(settings, entries), quick: quickRandom(entries) }
  }
}
