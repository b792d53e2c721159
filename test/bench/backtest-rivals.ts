import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Settings } from '@shared/contract/settings'
import { z } from 'zod'
import { ruleColumns, runRules } from '../../src-main/engine/analysis/backtest/rule-columns'
import { type CandleColumns, candleAt, firstNotBefore } from '../../src-main/engine/context/candle-columns'
import { createFigureKernel, figureColumns } from '../../src-main/engine/context/figure-kernel'

/** What another package came to on the same candles. */
export interface RivalFigures {
  readonly candles: number
  readonly candlesPerSecond: number
  readonly trades: number
}

/** Rivals take minutes for what takes us a second: they are measured over so many candles, all before the first gap. */
const rivalCandles = 8_000

/** The entries of the rules, handed to a rival for nothing: it has no indicator to compute, and still trades the same. */
interface Entries {
  readonly candles: CandleColumns
  readonly count: number
  /** ATR where the rules would buy; NaN elsewhere. */
  readonly entryAtr: Float64Array
}

function entriesOf(candles: CandleColumns, { risk }: Settings): Entries {
  const all = candles.close.length
  const figures = figureColumns(all)
  const rules = ruleColumns(all)
  createFigureKernel().run(candles, all, figures)
  runRules(candles, figures, all, rules)
  const buyNeeds = Math.log(risk.minConfidence / (1 - risk.minConfidence)) / 7
  const entryAtr = Float64Array.from({ length: all }, (_, at) =>
    rules.isSure[at] === 1 && (rules.buyMargin[at] ?? 0) > buyNeeds ? (figures.atr14[at] ?? Number.NaN) : Number.NaN,
  )
  return { candles, count: Math.min(all, rivalCandles), entryAtr }
}

function measured(candles: number, trades: number, startedMs: number): RivalFigures {
  return { candles, trades, candlesPerSecond: Math.round((1000 * candles) / (performance.now() - startedMs)) }
}

/** backtest-kit looks back before its first candle. */
const kitWarmUp = 500

const anyFunction = z.custom<(...args: unknown[]) => unknown>((value) => typeof value === 'function')
const kitSchema = z.object({
  setConfig: anyFunction,
  addExchangeSchema: anyFunction,
  addFrameSchema: anyFunction,
  addStrategySchema: anyFunction,
  // As it is: a copy of it would lose what its methods belong to.
  Backtest: z.custom<{ run(symbol: string, config: unknown): AsyncIterable<unknown> }>(
    (value) => typeof value === 'object' && value !== null && 'run' in value,
  ),
})

/** backtest-kit, where it is installed in `dir` (`npm install backtest-kit` there); null without a folder. */
export async function backtestKit(
  candles: CandleColumns,
  settings: Settings,
  dir: string | undefined,
  scratchDir: string,
): Promise<RivalFigures | null> {
  if (dir === undefined) return null
  const entry = createRequire(join(dir, 'package.json')).resolve('backtest-kit')
  const kit = kitSchema.parse(await import(/* @vite-ignore */ pathToFileURL(entry).href))
  const home = process.cwd()
  // It keeps every candle as a file in the folder that it runs in.
  process.chdir(scratchDir)
  const { count, entryAtr } = entriesOf(candles, settings)
  const { openTimeMs } = candles
  const { stopAtr, takeProfitAtr } = settings.risk
  const names = { exchangeName: 'recorded', frameName: 'recorded', strategyName: 'rules' }
  // Its own least distances would refuse most of the rules' stops.
  kit.setConfig({ CC_MIN_STOPLOSS_DISTANCE_PERCENT: 0, CC_MIN_TAKEPROFIT_DISTANCE_PERCENT: 0 }, true)
  kit.addExchangeSchema({
    exchangeName: names.exchangeName,
    getCandles: async (_symbol: string, _interval: string, since: Date, limit: number) => {
      const from = firstNotBefore(openTimeMs, since.getTime())
      return Array.from({ length: Math.min(limit, openTimeMs.length - from) }, (_, at) => {
        const { openTimeMs: timestamp, ...prices } = candleAt(candles, from + at)
        return { timestamp, ...prices }
      })
    },
    formatPrice: async (_symbol: string, price: number) => price.toFixed(2),
    formatQuantity: async (_symbol: string, quantity: number) => quantity.toFixed(8),
  })
  kit.addFrameSchema({
    frameName: names.frameName,
    interval: '1m',
    startDate: new Date(openTimeMs[kitWarmUp] ?? 0),
    endDate: new Date(openTimeMs[count - 1] ?? 0),
  })
  kit.addStrategySchema({
    strategyName: names.strategyName,
    interval: '1m',
    getSignal: async (_symbol: string, when: Date, currentPrice: number) => {
      const atr = entryAtr[firstNotBefore(openTimeMs, when.getTime()) - 1] ?? Number.NaN
      if (Number.isNaN(atr)) return null
      return {
        position: 'long',
        priceStopLoss: currentPrice - stopAtr * atr,
        priceTakeProfit: currentPrice + takeProfitAtr * atr,
        minuteEstimatedTime: 60 * 24,
      }
    },
  })
  const startedMs = performance.now()
  let trades = 0
  try {
    for await (const _closed of kit.Backtest.run('BTCUSDT', names)) trades += 1
    return measured(count - kitWarmUp, trades, startedMs)
  } finally {
    process.chdir(home)
  }
}

const grademarkSchema = z.object({ backtest: z.custom<(strategy: unknown, bars: unknown) => readonly unknown[]>() })
const dataForgeSchema = z.object({ DataFrame: z.custom<new (bars: unknown) => unknown>() })

/** grademark, where it is installed in `dir` (`npm install grademark` there); null without a folder. */
export async function grademark(
  candles: CandleColumns,
  settings: Settings,
  dir: string | undefined,
): Promise<RivalFigures | null> {
  if (dir === undefined) return null
  const installed = createRequire(join(dir, 'package.json'))
  const { backtest } = grademarkSchema.parse(installed('grademark'))
  const { DataFrame } = dataForgeSchema.parse(installed('data-forge'))
  const { count, entryAtr } = entriesOf(candles, settings)
  const { stopAtr, takeProfitAtr } = settings.risk
  const bars = Array.from({ length: count }, (_, at) => {
    const { openTimeMs, ...prices } = candleAt(candles, at)
    return { time: new Date(openTimeMs), atr: entryAtr[at] ?? Number.NaN, ...prices }
  })
  type Bar = (typeof bars)[number]
  let atr = 0
  const strategy = {
    entryRule: (enter: () => void, { bar }: { readonly bar: Bar }) => {
      if (Number.isNaN(bar.atr)) return
      atr = bar.atr
      enter()
    },
    stopLoss: () => stopAtr * atr,
    profitTarget: () => takeProfitAtr * atr,
  }
  const startedMs = performance.now()
  const trades = backtest(strategy, new DataFrame(bars))
  return measured(count, trades.length, startedMs)
}
