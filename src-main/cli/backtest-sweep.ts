import { type ParameterSet, parameterSets, wordsOf } from '../engine/analysis/backtest/parameter-sets'
import type { Span, SpanFigures } from '../engine/analysis/backtest/span'
import { sweepPage } from '../engine/analysis/report/page/sweep-page'
import { percentText, ratioText, shareText } from '../engine/analysis/report/report-words'
import { sweepSummary } from '../engine/analysis/report/sweep'
import type { Places } from '../engine/places'
import { readSettings } from '../engine/settings-file'
import type { BacktestOptions } from './backtest'
import { merit, tradeWalk, walkWindows } from './backtest-walk'
import { openDeskTrader } from './desk-span-trader'
import { exitCode, failWith } from './exit'
import type { Interruption } from './interruption'
import { note, print, table } from './output'
import { progressBar } from './progress-bar'
import { writeReport } from './report-files'
import { openFastTrader, type SpanTrader } from './span-trader'

/** Tries parameters: all over one span (`--sweep`), or chosen and traded window by window (`--walk-forward`). */
export async function sweepBacktest(
  places: Places,
  options: BacktestOptions,
  interruption: Interruption,
): Promise<number> {
  const { policy, compare } = options
  if (compare.length > 0) {
    const message = '--compare lays whole runs side by side; leave it out where --sweep or --walk-forward try sets.'
    return failWith({ code: 'wrong_usage', message })
  }
  const settings = readSettings(places.dataDir, process.env)
  if (!settings.ok) return failWith(settings.problem)
  const sets = parameterSets(settings.value, options.sweep)
  if (!sets.ok) return failWith(sets.problem)
  const isPlain = policy === 'rules' || policy === 'hold' || policy === 'random'
  const trader = isPlain
    ? await openFastTrader(places, options, policy, sets.value)
    : await openDeskTrader(places, options, settings.value)
  if (!trader.ok) return failWith(trader.problem)
  try {
    return await tryOut(options, sets.value, trader.value, interruption)
  } finally {
    await trader.value.close()
  }
}

async function tryOut(
  options: BacktestOptions,
  sets: readonly ParameterSet[],
  trader: SpanTrader,
  interruption: Interruption,
): Promise<number> {
  const walk = options.walkForward
  const { whole } = trader
  const windows = walk === undefined ? [] : walkWindows(whole, walk)
  if (walk !== undefined && windows.length === 0) {
    const message = `The candles cover ${daysText(whole.toMs - whole.fromMs)}, and one window to choose and one to trade need ${daysText(walk.trainMs + walk.testMs)}. Take shorter windows, or more candles.`
    return failWith({ code: 'window_empty', message })
  }
  const spans = walk === undefined ? [whole] : windows.map(({ train }) => train)
  const bar = progressBar(walk === undefined ? 'Sweep' : 'Walk')
  const { signal } = interruption
  const tried = spans.flatMap((span) => sets.map(({ settings }): Span => ({ settings, ...span })))
  const run = await trader.spans(tried, { signal, progress: bar.tell })
  bar.end()
  if (!run.ok) return failWith(run.problem)
  if (run.value === null) return interruption.exitCode() ?? exitCode.failed
  return walk === undefined
    ? tellSweep(options, sets, run.value)
    : tradeWalk(options, { trader, sets, windows, trained: run.value }, interruption)
}

function daysText(ms: number): string {
  return `${Math.round((ms / 86_400_000) * 10) / 10} days`
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
