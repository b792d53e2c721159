import { availableParallelism } from 'node:os'
import { timeframeMs } from '@shared/contract/candle'
import type { ReadHeadline } from '@shared/contract/news'
import { type Outcome, success } from '@shared/contract/outcome'
import type { Settings } from '@shared/contract/settings'
import { type CandlesInMemory, readColumns } from '../engine/analysis/backtest/file-history'
import { type InsideInMemory, readInsideColumns } from '../engine/analysis/backtest/inside-history'
import { defaultRandomEntries, type PlainPolicyName } from '../engine/analysis/backtest/policy'
import type { Span, SpanFigures, SweptMarket } from '../engine/analysis/backtest/span'
import { backtestSpans } from '../engine/analysis/backtest/span-pool'
import { type TradedWindows, tradeWindows } from '../engine/analysis/backtest/traded-windows'
import { newsWindowMs } from '../engine/context/news-sentiment'
import { openCandleFolder } from '../engine/market/candle-folder'
import { loadSymbolRules } from '../engine/market/exchange-rules'
import { scanInside } from '../engine/market/inside-candles'
import { scanHistories } from '../engine/market/replay-venue'
import type { Places } from '../engine/places'
import type { BacktestOptions } from './backtest'
import { openRecordedNews } from './recorded-news'

/** Trades sets of parameters over spans of time, by whoever the policy says. */
export interface SpanTrader {
  /** From the first candle to the end of the last, over all symbols. */
  readonly whole: { readonly fromMs: number; readonly toMs: number }
  /** Each span from a fresh account; null where it was interrupted. */
  spans(spans: readonly Span[], options: SpanTradeOptions): Promise<Outcome<readonly SpanFigures[] | null>>
  /** The windows one after the other with one account; null where it was interrupted, or no candle lies in them. */
  windows(windows: readonly Span[], options: SpanTradeOptions): Promise<Outcome<TradedWindows | null>>
  close(): Promise<void>
}

export interface SpanTradeOptions {
  readonly signal: AbortSignal
  progress(done: number, all: number): void
}

/** The plain policies, on as many threads as there are cores, over candles that are read once. */
export async function openFastTrader(
  places: Places,
  options: BacktestOptions,
  policy: PlainPolicyName,
  sets: readonly { readonly settings: Settings }[],
): Promise<Outcome<SpanTrader>> {
  const market = await readMarket(places, options, policy, sets)
  if (!market.ok) return market
  const rules = await loadSymbolRules(places.exchangeInfoPath)
  if (!rules.ok) return rules
  return success({
    whole: wholeOf(market.value),
    spans: (spans, { signal, progress }) =>
      backtestSpans(market.value, spans, {
        program: places.backtestWorkerProgram,
        exchangeInfoPath: places.exchangeInfoPath,
        threads: options.threads ?? availableParallelism(),
        signal,
        progress,
      }),
    windows: (windows) => tradeWindows(market.value, windows, rules.value),
    close: async () => undefined,
  })
}

/** From the first candle of any symbol that is traded to the close of the last. */
export function wholeOf({ markets, timeframe }: Pick<SweptMarket, 'markets' | 'timeframe'>): SpanTrader['whole'] {
  const firsts = markets.map(({ candles, from }) => candles.openTimeMs[from] ?? 0)
  const lasts = markets.map(({ candles }) => candles.openTimeMs.at(-1) ?? 0)
  return { fromMs: Math.min(...firsts), toMs: Math.max(...lasts) + timeframeMs[timeframe] }
}

/** The candles of the window, in memory that threads share. */
export async function readMarkets(
  places: Places,
  { symbols, timeframe, from, to, candles }: BacktestOptions,
): Promise<Outcome<readonly CandlesInMemory[]>> {
  const markets: CandlesInMemory[] = []
  for (const symbol of symbols) {
    const request = { dir: candles ?? places.sampleDataDir, symbol, timeframe, fromMs: from ?? null, toMs: to ?? null }
    const read = await readColumns(request, { shared: true })
    if (!read.ok) return read
    markets.push(read.value)
  }
  return success(markets)
}

async function readMarket(
  places: Places,
  options: BacktestOptions,
  policy: PlainPolicyName,
  sets: readonly { readonly settings: Settings }[],
): Promise<Outcome<SweptMarket>> {
  const { timeframe, fills, inside, seed } = options
  const dir = options.candles ?? places.sampleDataDir
  const markets = await readMarkets(places, options)
  if (!markets.ok) return markets
  const common = { policy, entries: { ...defaultRandomEntries, seed }, timeframe, markets: markets.value }
  const headlines = await readHeadlines(places, options, sets, wholeOf(common))
  if (!headlines.ok) return headlines
  const told = headlines.value === null ? common : { ...common, headlines: headlines.value }
  if (fills === 'candles') {
    const insides = inside ? await readInsides(dir, options) : success([])
    return insides.ok ? success({ ...told, insides: insides.value }) : insides
  }
  // Refuses what cannot be read before the first set is tried.
  const { symbols, from, to } = options
  const scanned = await scanHistories({
    dir,
    symbols,
    timeframe,
    fromMs: from ?? null,
    toMs: to ?? null,
    inside,
    fills,
  })
  return scanned.ok ? success({ ...told, ticks: { dir, fills, inside } }) : scanned
}

async function readInsides(
  dir: string,
  { symbols, timeframe, from, to }: BacktestOptions,
): Promise<Outcome<readonly InsideInMemory[]>> {
  const folder = await openCandleFolder(dir)
  if (!folder.ok) return folder
  const insides: InsideInMemory[] = []
  for (const symbol of symbols) {
    const found = await scanInside(folder.value, { symbol, timeframe, fromMs: from ?? null, toMs: to ?? null })
    if (!found.ok) return found
    if (found.value === null) continue
    const read = await readInsideColumns(found.value, { shared: true })
    if (!read.ok) return read
    insides.push(read.value)
  }
  return success(insides)
}

/** All headlines that count at any candle under any set. */
async function readHeadlines(
  places: Places,
  { symbols, news }: BacktestOptions,
  sets: readonly { readonly settings: Settings }[],
  { fromMs, toMs }: SpanTrader['whole'],
): Promise<Outcome<readonly ReadHeadline[] | null>> {
  const [first] = sets
  if (news === undefined || first === undefined) return success(null)
  const opened = await openRecordedNews(places, first.settings, symbols, news)
  if (!opened.ok) return opened
  const longestMs = Math.max(...sets.map(({ settings }) => newsWindowMs(settings.news)))
  const known = await opened.value.source?.known(fromMs - longestMs, toMs).finally(opened.value.close)
  return success(known ?? null)
}
