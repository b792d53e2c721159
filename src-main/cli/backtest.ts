import type { MarketSymbol, Timeframe } from '@shared/contract/candle'
import type { FillSource } from '@shared/contract/market-data'
import { type Outcome, success } from '@shared/contract/outcome'
import type { Settings } from '@shared/contract/settings'
import { backtestFiles } from '../engine/analysis/backtest/backtest'
import type { SweptSetting } from '../engine/analysis/backtest/parameter-sets'
import { defaultRandomEntries } from '../engine/analysis/backtest/policy'
import { comparisonPage } from '../engine/analysis/report/page/comparison-page'
import { reportPage } from '../engine/analysis/report/page/report-page'
import { type Report, reportDocument, reportOf } from '../engine/analysis/report/report'
import { comparisonSentences, runFigures, runHeads, runRow } from '../engine/analysis/report/run-table'
import { type TradingRecord, withNotes } from '../engine/analysis/report/trading-record'
import { loadSymbolRules } from '../engine/market/exchange-rules'
import type { Places } from '../engine/places'
import { readSettings, readSettingsFile } from '../engine/settings-file'
import { deskBacktest } from './backtest-desk'
import { sweepBacktest } from './backtest-sweep'
import type { Criterion, WindowLengths } from './backtest-words'
import { exitCode, failWith } from './exit'
import { type Interruption, watchInterruption } from './interruption'
import { note, print, table } from './output'
import { progressBar } from './progress-bar'
import { newsNotes, openRecordedNews } from './recorded-news'
import { writeReport } from './report-files'

export interface BacktestOptions {
  readonly symbols: readonly MarketSymbol[]
  readonly timeframe: Timeframe
  readonly from?: number
  readonly to?: number
  /** `models`, `rules`, `hold`, `random`, or the path of a module. */
  readonly policy: string
  readonly candles?: string
  readonly fills: FillSource
  /** Recorded headlines. */
  readonly news?: string
  /** Shorter candles beside those of the timeframe settle orders. */
  readonly inside: boolean
  readonly seed: number
  /** name=settings.json, each a run of its own beside the trader's settings. */
  readonly compare: readonly NamedFile[]
  readonly sweep: readonly SweptSetting[]
  readonly walkForward?: WindowLengths
  /** What a sweep and a walk-forward choose by. */
  readonly by: Criterion
  readonly threads?: number
  readonly out?: string
  readonly json: boolean
}

export interface NamedFile {
  readonly name: string
  readonly path: string
}

/** Trades a policy over recorded candles and judges it; several settings are judged side by side. */
export async function backtest(places: Places, options: BacktestOptions): Promise<number> {
  const interruption = watchInterruption()
  if (options.sweep.length > 0 || options.walkForward !== undefined) {
    return sweepBacktest(places, options, interruption)
  }
  const variants = readVariants(places, options)
  if (!variants.ok) return failWith(variants.problem)
  const reports: Report[] = []
  for (const { name, settings } of variants.value) {
    const record = await recordOf(places, options, name, settings, interruption)
    if (!record.ok) return failWith(record.problem)
    if (record.value === null) return interruption.exitCode() ?? exitCode.failed
    const isOnly = variants.value.length === 1
    const noted = withNotes(record.value, newsNotes(options.news))
    reports.push(reportOf(isOnly ? noted : { ...noted, title: name }))
  }
  const [only] = reports
  if (only === undefined) return exitCode.failed
  if (options.out !== undefined) {
    const isOne = reports.length === 1
    const document = isOne ? reportDocument(only) : { runs: reports.map(reportDocument) }
    const written = writeReport(options.out, document, isOne ? reportPage(only) : comparisonPage(reports))
    if (!written.ok) return failWith(written.problem)
    note(`The report is in ${written.value}.`)
  }
  const shown = reports.map((one) => runRow(runFigures(one)))
  if (reports.length === 1) {
    const lines = table(runHeads.map((head, column) => [head, shown[0]?.[column] ?? '']))
    return print(options.json, reportDocument(only), () => [...lines, '', ...only.sentences])
  }
  const sentences = comparisonSentences(reports)
  const runs = reports.map((one) => ({ name: one.record.title, ...reportDocument(one) }))
  return print(options.json, { runs, sentences }, () => [...table([[...runHeads], ...shown]), '', ...sentences])
}

/** Null where it was interrupted: the same command goes on from there. */
async function recordOf(
  places: Places,
  options: BacktestOptions,
  name: string,
  settings: Settings,
  interruption: Interruption,
): Promise<Outcome<TradingRecord | null>> {
  const { policy, fills } = options
  if (policy !== 'rules' && policy !== 'hold' && policy !== 'random') {
    return deskBacktest(places, options, name, settings, interruption)
  }
  const rules = await loadSymbolRules(places.exchangeInfoPath)
  if (!rules.ok) return rules
  const news = await openRecordedNews(places, settings, options.symbols, options.news)
  if (!news.ok) return news
  const bar = progressBar('Backtest')
  const record = await backtestFiles({
    policy,
    entries: { ...defaultRandomEntries, seed: options.seed },
    symbols: options.symbols,
    timeframe: options.timeframe,
    settings,
    rulesOf: rules.value,
    candlesDir: options.candles ?? places.sampleDataDir,
    fromMs: options.from ?? null,
    toMs: options.to ?? null,
    inside: options.inside,
    fills,
    news: news.value.source,
    progress: bar.tell,
  }).finally(news.value.close)
  bar.end()
  return record
}

/** The trader's own settings, and every file that is compared with them. */
function readVariants(
  places: Places,
  { compare }: BacktestOptions,
): Outcome<readonly { readonly name: string; readonly settings: Settings }[]> {
  const own = readSettings(places.dataDir, process.env)
  if (!own.ok) return own
  const variants = [{ name: compare.length === 0 ? 'backtest' : 'own settings', settings: own.value }]
  for (const { name, path } of compare) {
    const settings = readSettingsFile(path)
    if (!settings.ok) return settings
    variants.push({ name, settings: settings.value })
  }
  return success(variants)
}
