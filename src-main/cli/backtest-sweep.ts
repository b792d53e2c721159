import { availableParallelism } from 'node:os'
import { timeframeMs } from '@shared/contract/candle'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { type CandlesInMemory, readColumns } from '../engine/analysis/backtest/file-history'
import { type ParameterSet, parameterSets, wordsOf } from '../engine/analysis/backtest/parameter-sets'
import { defaultRandomEntries, type PlainPolicyName } from '../engine/analysis/backtest/policy'
import type { Span, SpanFigures, SweptMarket } from '../engine/analysis/backtest/span'
import { backtestSpans } from '../engine/analysis/backtest/span-pool'
import { sweepPage } from '../engine/analysis/report/page/sweep-page'
import { percentText, ratioText, shareText } from '../engine/analysis/report/report-words'
import { sweepSummary } from '../engine/analysis/report/sweep'
import type { Places } from '../engine/places'
import { readSettings } from '../engine/settings-file'
import type { BacktestOptions } from './backtest'
import { merit, type SpanOfTime, tradeWalk, walkWindows } from './backtest-walk'
import { exitCode, failWith } from './exit'
import type { Interruption } from './interruption'
import { note, print, table } from './output'
import { progressBar } from './progress-bar'
import { writeReport } from './report-files'

/** Tries parameters: all over one span (`--sweep`), or chosen and traded window by window (`--walk-forward`). */
export async function sweepBacktest(
  places: Places,
  options: BacktestOptions,
  interruption: Interruption,
): Promise<number> {
  const { policy } = options
  if (policy !== 'rules' && policy !== 'hold' && policy !== 'random') {
    const message = `--sweep and --walk-forward try rules, hold or random; ${policy} would be asked anew for every set.`
    return failWith({ code: 'wrong_usage', message })
  }
  if (options.fills !== 'candles') {
    const message = `Sets are tried over candles; leave --fills ${options.fills} to a backtest of the chosen one.`
    return failWith({ code: 'wrong_usage', message })
  }
  if (options.news !== undefined) {
    const message = '--sweep and --walk-forward know no headlines. Leave --news out.'
    return failWith({ code: 'wrong_usage', message })
  }
  const settings = readSettings(places.dataDir, process.env)
  if (!settings.ok) return failWith(settings.problem)
  const sets = parameterSets(settings.value, options.sweep)
  if (!sets.ok) return failWith(sets.problem)
  const market = await readMarket(places, options, policy)
  if (!market.ok) return failWith(market.problem)
  const whole = wholeSpan(market.value)
  const walk = options.walkForward
  const windows = walk === undefined ? [] : walkWindows(whole, walk)
  if (walk !== undefined && windows.length === 0) {
    return failWith({
      code: 'window_empty',
      message: 'The recording is shorter than one window to choose and one to trade.',
    })
  }
  const spans = walk === undefined ? [whole] : windows.map(({ train }) => train)
  const bar = progressBar(walk === undefined ? 'Sweep' : 'Walk')
  const run = await backtestSpans(
    market.value,
    spans.flatMap((span) => sets.value.map(({ settings: tried }): Span => ({ settings: tried, ...span }))),
    {
      program: places.backtestWorkerProgram,
      exchangeInfoPath: places.exchangeInfoPath,
      threads: options.threads ?? availableParallelism(),
      signal: interruption.signal,
      progress: bar.tell,
    },
  )
  bar.end()
  if (!run.ok) return failWith(run.problem)
  if (run.value === null) return interruption.exitCode() ?? exitCode.failed
  return walk === undefined
    ? tellSweep(options, sets.value, run.value)
    : tradeWalk(places, options, { market: market.value, sets: sets.value, windows, trained: run.value })
}

async function readMarket(
  places: Places,
  { symbols, timeframe, from, to, candles, seed }: BacktestOptions,
  policy: PlainPolicyName,
): Promise<Outcome<SweptMarket>> {
  const markets: CandlesInMemory[] = []
  for (const symbol of symbols) {
    const request = { dir: candles ?? places.sampleDataDir, symbol, timeframe, fromMs: from ?? null, toMs: to ?? null }
    const read = await readColumns(request, { shared: true })
    if (!read.ok) return read
    if (read.value.from === read.value.candles.close.length) {
      return failure('window_empty', `No candle of ${symbol} opens between these dates.`)
    }
    markets.push(read.value)
  }
  return success({ policy, entries: { ...defaultRandomEntries, seed }, timeframe, markets })
}

function wholeSpan({ markets, timeframe }: SweptMarket): SpanOfTime {
  const firsts = markets.map(({ candles, from }) => candles.openTimeMs[from] ?? 0)
  const lasts = markets.map(({ candles }) => candles.openTimeMs.at(-1) ?? 0)
  return { fromMs: Math.min(...firsts), toMs: Math.max(...lasts) + timeframeMs[timeframe] }
}

function tellSweep(
  { by, json, out, policy, timeframe }: BacktestOptions,
  sets: readonly ParameterSet[],
  figures: readonly SpanFigures[],
): number {
  const results = sets
    .flatMap(({ parameters }, place) => {
      const found = figures[place]
      return found === undefined ? [] : [{ parameters: shown(parameters), ...found }]
    })
    .toSorted((a, b) => merit(b, by) - merit(a, by))
  const summary = sweepSummary(results)
  const warning =
    `${summary.sets} sets were tried, and the best of so many looks good by luck alone: without any skill its Sharpe would ` +
    `be about ${ratioText(summary.luckySharpe)}, and it is ${ratioText(summary.bestSharpe)}.`
  const heads = ['Parameters', 'Net return', 'Sharpe', 'Drawdown', 'Trades', 'Profit factor']
  const rows = results.map((one) => [wordsOf(one.parameters), ...cells(one)])
  const document = { by, ...summary, warning, results }
  if (out !== undefined) {
    const written = writeReport(out, document, sweepPage(`${policy}, ${timeframe}`, results))
    if (!written.ok) return failWith(written.problem)
    note(`The report is in ${written.value}.`)
  }
  return print(json, document, () => [...table([heads, ...rows]), '', warning])
}

function cells({ netReturn, sharpe, drawdown, trades, profitFactor }: SpanFigures): string[] {
  return [percentText(netReturn), ratioText(sharpe), shareText(drawdown), String(trades), ratioText(profitFactor)]
}

function shown(parameters: ParameterSet['parameters']): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, typeof value === 'number' ? value : String(value)]),
  )
}
