import type { Candle, MarketSymbol, Timeframe } from '@shared/contract/candle'
import type { MarketContext } from '@shared/contract/context'
import { type Outcome, success } from '@shared/contract/outcome'
import type { Settings } from '@shared/contract/settings'
import { readColumns } from '../engine/analysis/backtest/file-history'
import { defaultRandomEntries, holdPolicy, randomPolicy, rulesPolicy } from '../engine/analysis/backtest/policy'
import { loadUserPolicy } from '../engine/analysis/backtest/user-policy'
import { evenlySpaced } from '../engine/analysis/evenly-spaced'
import {
  contextsOfKernel,
  findLookahead,
  type HistoryNews,
  type LookaheadDifference,
  noPosition,
} from '../engine/analysis/lookahead'
import { ruledAccount } from '../engine/analysis/ruled-account'
import { type CandleColumns, candleAt, partOf } from '../engine/context/candle-columns'
import { newsWindowMs } from '../engine/context/news-sentiment'
import type { DeskNews } from '../engine/desk/news-reading'
import type { GatewayAnswer } from '../engine/gateway/answer'
import { loadSymbolRules } from '../engine/market/exchange-rules'
import { defaultWarmUpCandles } from '../engine/market/venue'
import type { Places } from '../engine/places'
import { readSettings } from '../engine/settings-file'
import { exitCode, failWith } from './exit'
import { print, utc } from './output'
import { progressBar } from './progress-bar'
import { openQuietGateway } from './quiet-gateway'
import { openRecordedNews } from './recorded-news'

export interface LookaheadOptions {
  readonly symbols: readonly MarketSymbol[]
  readonly timeframe: Timeframe
  readonly from?: number
  readonly to?: number
  readonly policy: string
  readonly samples: number | 'all'
  readonly candles?: string
  /** Recorded headlines. */
  readonly news?: string
  readonly json: boolean
}

const shownDifferences = 20

/** Of a long history a decision is shown so many candles up to its own, more than a run warms up with, and as many after it. */
const shownCandles = 3 * defaultWarmUpCandles

/** Decides at recorded moments with and without the history that follows them; fails where the two differ. */
export async function lookahead(places: Places, options: LookaheadOptions): Promise<number> {
  const { symbols, timeframe, from, to, samples } = options
  const settings = readSettings(places.dataDir, process.env)
  if (!settings.ok) return failWith(settings.problem)
  const rules = await loadSymbolRules(places.exchangeInfoPath)
  if (!rules.ok) return failWith(rules.problem)
  const decider = await deciderOf(places, options.policy, settings.value)
  if (!decider.ok) return failWith(decider.problem)
  const news = await openRecordedNews(places, settings.value, symbols, options.news)
  if (!news.ok) return failWith(news.problem)
  const differences: LookaheadDifference[] = []
  let decisions = 0
  try {
    for (const [place, symbol] of symbols.entries()) {
      const dir = options.candles ?? places.sampleDataDir
      const read = await readColumns({ dir, symbol, timeframe, fromMs: from ?? null, toMs: to ?? null })
      if (!read.ok) return failWith(read.problem)
      const columns = read.value.candles
      const count = columns.close.length
      const inWindow = Array.from({ length: count - read.value.from }, (_, at) => read.value.from + at)
      const share = samples === 'all' ? inWindow.length : shareOf(samples, place, symbols.length)
      const asked = evenlySpaced(inWindow, share)
      const bar = progressBar(`Look-ahead, ${symbol}`)
      const account = await ruledAccount({ symbol, timeframe }, columns, asked, settings.value, rules.value)
      const told = await newsOver(news.value.source, columns.openTimeMs[0] ?? 0)
      const found = await findLookahead({
        symbol,
        timeframe,
        candles: { length: count, slice: (from, to) => candlesOf(partOf(columns, from ?? 0, to ?? count)) },
        places: asked,
        progress: (done) => bar.tell(done, asked.length),
        reach: shownCandles,
        contextsOver: contextsOfKernel({ symbol, timeframe }, told, (openMs) => account.get(openMs) ?? noPosition),
        decide: decider.value.decide,
      })
      bar.end()
      if (!found.ok) return failWith(found.problem)
      decisions += found.value.decisions
      differences.push(...found.value.differences)
    }
  } finally {
    await news.value.close()
    await decider.value.close()
  }
  const ok = differences.length === 0
  print(options.json, { ok, decisions, differences }, () => [
    ok
      ? `${decisions} decisions are the same with and without the history that follows them.`
      : `${differences.length} differences over ${decisions} decisions: something looks ahead.`,
    ...differences.slice(0, shownDifferences).map(lineOf),
  ])
  return ok ? exitCode.done : exitCode.failed
}

/** The samples of one symbol out of several: at least one, and of what does not divide the first take one more. */
function shareOf(samples: number, place: number, symbols: number): number {
  return Math.max(1, Math.floor(samples / symbols) + (place < samples % symbols ? 1 : 0))
}

function candlesOf(columns: CandleColumns): Candle[] {
  return Array.from({ length: columns.close.length }, (_, at) => candleAt(columns, at))
}

/** All headlines that could count at any of the candles, and later ones: what must not matter. */
async function newsOver(news: DeskNews | null, firstMs: number): Promise<HistoryNews | null> {
  if (news === null) return null
  const headlines = await news.known(firstMs - newsWindowMs(news.settings), Number.MAX_SAFE_INTEGER)
  return { headlines, settings: news.settings }
}

function lineOf({ symbol, candleOpenMs, what, onFullHistory, onCutHistory }: LookaheadDifference): string {
  return `${symbol} ${utc(candleOpenMs)} ${what}: ${JSON.stringify(onFullHistory)}, cut ${JSON.stringify(onCutHistory)}`
}

interface Decider {
  decide(context: MarketContext): Promise<Outcome<GatewayAnswer>>
  close(): Promise<void>
}

async function deciderOf(places: Places, policy: string, settings: Settings): Promise<Outcome<Decider>> {
  const plain = {
    rules: rulesPolicy(settings),
    hold: holdPolicy(settings),
    random: randomPolicy(settings, defaultRandomEntries),
  }
  const known = policy === 'rules' || policy === 'hold' || policy === 'random' ? plain[policy] : null
  if (known !== null)
    return success({ decide: async (context) => success(known.answer(context)), close: async () => undefined })
  if (policy === 'models') {
    const gateway = openQuietGateway(places, settings)
    return success({
      decide: async (context) => success(await gateway.decide({ context, preference: null })),
      close: gateway.close,
    })
  }
  const user = await loadUserPolicy(policy, { settings, program: places.policyWorkerProgram })
  return user
}
