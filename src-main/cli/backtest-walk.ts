import type { ParameterSet } from '../engine/analysis/backtest/parameter-sets'
import { wordsOf } from '../engine/analysis/backtest/parameter-sets'
import type { SpanFigures } from '../engine/analysis/backtest/span'
import { walkForwardPage } from '../engine/analysis/report/page/walk-forward-page'
import { reportDocument, reportOf } from '../engine/analysis/report/report'
import { percentText } from '../engine/analysis/report/report-words'
import { withNotes } from '../engine/analysis/report/trading-record'
import { type WalkForwardWindow, walkForwardSummary } from '../engine/analysis/report/walk-forward'
import type { BacktestOptions } from './backtest'
import type { Criterion, WindowLengths } from './backtest-words'
import { failWith } from './exit'
import type { Interruption } from './interruption'
import { note, print, table, utc } from './output'
import { newsNotes } from './recorded-news'
import { writeReport } from './report-files'
import type { SpanTrader } from './span-trader'

export interface SpanOfTime {
  readonly fromMs: number
  readonly toMs: number
}

/** Parameters are chosen on `train` and traded on `test`, which follows it. */
export interface WalkWindow {
  readonly train: SpanOfTime
  readonly test: SpanOfTime
}

/** Every window begins where the one before it ended to trade, so that each moment is traded once. */
export function walkWindows({ fromMs, toMs }: SpanOfTime, { trainMs, testMs }: WindowLengths): readonly WalkWindow[] {
  const windows: WalkWindow[] = []
  for (let start = fromMs; start + trainMs + testMs <= toMs; start += testMs) {
    const cut = start + trainMs
    windows.push({ train: { fromMs: start, toMs: cut }, test: { fromMs: cut, toMs: cut + testMs } })
  }
  return windows
}

/** Larger is better; what is not known comes last. */
export function merit(figures: SpanFigures, by: Criterion): number {
  const value = figures[by]
  return value === null ? Number.NEGATIVE_INFINITY : by === 'drawdown' ? -value : value
}

export interface TrainedWalk {
  readonly trader: SpanTrader
  readonly sets: readonly ParameterSet[]
  readonly windows: readonly WalkWindow[]
  /** What each set brought in each window's training: all sets of the first window, then all of the second. */
  readonly trained: readonly SpanFigures[]
}

interface Choice {
  readonly set: ParameterSet
  readonly inSample: SpanFigures
  readonly test: SpanOfTime
}

/** Trades what was best in each training on the days after it, with one account, and tells what that brought. */
export async function tradeWalk(
  { by, json, out, news }: BacktestOptions,
  walk: TrainedWalk,
  interruption: Interruption,
): Promise<number> {
  const choices = choicesOf(walk, by)
  const spans = choices.map(({ set: { settings }, test }) => ({ settings, ...test }))
  const run = await walk.trader.windows(spans, { signal: interruption.signal, progress: () => undefined })
  if (!run.ok) return failWith(run.problem)
  const interrupted = interruption.exitCode()
  if (interrupted !== null) return interrupted
  const traded = run.value
  if (traded === null) return failWith({ code: 'window_empty', message: 'No window holds a candle to trade on.' })
  const windows = choices.flatMap(({ set, inSample }, place): WalkForwardWindow[] => {
    const outOfSample = traded.spans[place]
    return outOfSample === undefined ? [] : [{ parameters: wordsOf(set.parameters), inSample, outOfSample }]
  })
  const report = reportOf(withNotes(traded.record, newsNotes(news)))
  const summary = walkForwardSummary(windows)
  const sentence =
    `Out of sample ${percentText(summary.outOfSampleReturn)} over ${summary.windows} windows, ${summary.profitable} of them ` +
    `with a profit; chosen by ${by} out of ${walk.sets.length} sets on the window before each.`
  const tried = { by, sets: walk.sets.length, ...summary, sentence, windowList: windows }
  const document = { ...reportDocument(report), ...tried }
  if (out !== undefined) {
    const written = writeReport(out, document, walkForwardPage(windows, report))
    if (!written.ok) return failWith(written.problem)
    note(`The report is in ${written.value}.`)
  }
  return print(json, document, () => [...windowTable(windows), '', sentence, ...report.sentences])
}

function choicesOf({ sets, windows, trained }: TrainedWalk, by: Criterion): readonly Choice[] {
  return windows.flatMap(({ test }, window): Choice[] => {
    const figures = trained.slice(window * sets.length, (window + 1) * sets.length)
    let best = 0
    figures.forEach((one, place) => {
      const leader = figures[best]
      if (leader !== undefined && merit(one, by) > merit(leader, by)) best = place
    })
    const [set, inSample] = [sets[best], figures[best]]
    return set === undefined || inSample === undefined ? [] : [{ set, inSample, test }]
  })
}

function windowTable(windows: readonly WalkForwardWindow[]): string[] {
  const heads = ['Traded from', 'to', 'Parameters', 'In sample', 'Out of sample', 'Trades']
  const rows = windows.map(({ parameters, inSample, outOfSample }) => [
    ...[utc(outOfSample.fromMs), utc(outOfSample.toMs), parameters],
    ...[percentText(inSample.netReturn), percentText(outOfSample.netReturn), String(outOfSample.trades)],
  ])
  return table([heads, ...rows])
}
