import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type MarketSymbol, timeframeMs } from '@shared/contract/candle'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import type { Fill } from '@shared/contract/order'
import { type Settings, settingsSchema } from '@shared/contract/settings'
import { z } from 'zod'
import {
  type CandleHistory,
  chunkCandles,
  historyInMemory,
} from '../../src-main/engine/analysis/backtest/candle-chunks'
import { runFastBacktest } from '../../src-main/engine/analysis/backtest/fast-backtest'
import { readColumns } from '../../src-main/engine/analysis/backtest/file-history'
import { defaultRandomEntries, rulesPolicy } from '../../src-main/engine/analysis/backtest/policy'
import { quickRules } from '../../src-main/engine/analysis/backtest/quick-policy'
import type { SweptMarket } from '../../src-main/engine/analysis/backtest/span'
import { backtestSpans } from '../../src-main/engine/analysis/backtest/span-pool'
import { openStepByStep } from '../../src-main/engine/analysis/backtest/step-by-step'
import {
  type CandleColumns,
  candleAt,
  candleColumnNames,
  candleColumns,
} from '../../src-main/engine/context/candle-columns'
import { loadSymbolRules } from '../../src-main/engine/market/exchange-rules'
import { fillsHash } from '../helpers/fills-hash'
import { backtestKit, grademark } from './backtest-rivals'
import { bareLoop } from './bare-loop'
import type { Benchmark, BenchPlaces } from './benchmark'
import { percentile } from './percentile'

const symbol: MarketSymbol = 'BTC/USDT'
const timeframe = '1m'
/** Rounds over half a million candles in which the compiler learns the code: what runs longer is what is measured. */
const untimed = 8
const count = z.coerce.number().int().positive()
/** The rules lose over time: this account goes on trading over ten million candles, which the default one would not. */
const lasting = { broker: { startingCash: '1000000' }, risk: { drawdownLockMs: 60_000, maxPositionPct: 0.005 } }
const optionsSchema = z.object({ rounds: count, largest: count, sets: count })

/**
 * The rule policy with the full context, risk and the paper exchange over real 1m candles on one thread; beside it the
 * same steps one by one, whose fills must be the same, a bare loop over typed arrays, and the packages backtest-kit and grademark
 * where QUARTET_BACKTEST_KIT and QUARTET_GRADEMARK name folders in which they are installed. Every ratio is a median over rounds
 * that take turns, after eight that nobody times.
 */
export const backtest: Benchmark = {
  name: 'backtest',
  summary: 'candles a second of a backtest, beside its step-by-step self, a bare loop and backtest-kit',
  async run(args, places) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        rounds: { type: 'string', default: '9' },
        largest: { type: 'string', default: '10000000' },
        sets: { type: 'string', default: '200' },
      },
    })
    const { rounds, largest, sets: sweepSets } = optionsSchema.parse(values)
    const candles = await realCandles(places)
    const settings = settingsSchema.parse({})
    const rules = await loadSymbolRules(join(places.resourcesDir, 'exchange-info.json'))
    if (!rules.ok) throw new Error(rules.problem.message)
    const run = (history: CandleHistory) => timeRun(settings, rules.value, history)
    const inMemory = () => historyInMemory(symbol, candles)

    const fast: Timed[] = []
    const bareMs: number[] = []
    const first = await run(inMemory())
    for (let round = 1; round < untimed + rounds; round += 1) {
      const startedMs = performance.now()
      bareLoop(candles, settings)
      const bare = performance.now() - startedMs
      const timed = await run(inMemory())
      if (round < untimed) continue
      bareMs.push(bare)
      fast.push(timed)
    }
    const bySize = []
    const unending = settingsSchema.parse(lasting)
    for (let size = 10_000; size <= largest; size *= 10) {
      const { ms, candles: done, fills } = await timeRun(unending, rules.value, repeated(candles, size), 'counted')
      bySize.push({ candles: done, fills, candlesPerSecond: perSecond(done, ms), rssBytes: process.memoryUsage().rss })
    }
    const stepped = stepByStep(settings, rules.value, candles)
    const fastMs = percentile(
      fast.map(({ ms }) => ms),
      0.5,
    )
    const count = candles.close.length
    const kit = await backtestKit(candles, settings, process.env.QUARTET_BACKTEST_KIT, places.scratchDir)
    const mark = await grademark(candles, settings, process.env.QUARTET_GRADEMARK)
    const sweep = await measureSweep(candles, settings, places, sweepSets)
    return {
      candles: count,
      candlesPerSecond: perSecond(count, fastMs),
      firstRoundPerSecond: perSecond(count, first.ms),
      fills: fast[0]?.fills ?? 0,
      exactSteps: fast[0]?.exactSteps ?? 0,
      identicalFills: fast.every(({ fillsHash }) => fillsHash === stepped.fillsHash),
      fillsHash: stepped.fillsHash,
      stepByStepPerSecond: perSecond(count, stepped.ms),
      ratio: {
        toStepByStep: stepped.ms / fastMs,
        toBareLoop: fastMs / percentile(bareMs, 0.5),
        toBacktestKit: kit === null ? null : perSecond(count, fastMs) / kit.candlesPerSecond,
      },
      backtestKit: kit,
      // It is handed its entries and computes no figure, fee or filter: what is left is its loop over objects.
      grademarkWithoutFigures: mark,
      sweep,
      rssBytes: process.memoryUsage().rss,
      bySize,
    }
  },
}

/** The same sets on one thread and on every core: the time should fall with their number. */
async function measureSweep(candles: CandleColumns, settings: Settings, places: BenchPlaces, sets: number) {
  const length = candles.close.length
  const shared = candleColumns(length, { shared: true })
  for (const name of candleColumnNames) shared[name].set(candles[name])
  const market: SweptMarket = {
    policy: 'rules',
    entries: defaultRandomEntries,
    timeframe,
    markets: [{ symbol, candles: shared, from: 0 }],
  }
  const spans = Array.from({ length: sets }, (_, set) => ({
    settings: { ...settings, risk: { ...settings.risk, stopAtr: 1 + (set % 20) / 10, takeProfitAtr: 1 + set / 20 } },
    fromMs: 0,
    toMs: Number.MAX_SAFE_INTEGER,
  }))
  const timed = async (threads: number): Promise<number> => {
    const startedMs = performance.now()
    const run = await backtestSpans(market, spans, {
      program: join(places.programsDir, 'backtest-worker.js'),
      exchangeInfoPath: join(places.resourcesDir, 'exchange-info.json'),
      threads,
      signal: new AbortController().signal,
    })
    if (!run.ok) throw new Error(run.problem.message)
    return performance.now() - startedMs
  }
  const threads = availableParallelism()
  const oneThreadMs = await timed(1)
  const allThreadsMs = threads === 1 ? oneThreadMs : await timed(threads)
  return { sets, threads, oneThreadMs, allThreadsMs, speedUp: oneThreadMs / allThreadsMs }
}

interface Timed {
  readonly ms: number
  readonly candles: number
  readonly fills: number
  readonly exactSteps: number
  readonly fillsHash: string
}

async function timeRun(
  settings: Settings,
  rulesOf: (symbol: MarketSymbol) => SymbolRules,
  history: CandleHistory,
  fills: 'kept' | 'counted' = 'kept',
): Promise<Timed> {
  // Hashed when the time is taken: nobody backtests for a hash.
  const kept: Fill[] = []
  let count = 0
  const startedMs = performance.now()
  const { candles, exactSteps } = await runFastBacktest({
    runId: 'bench',
    timeframe,
    settings,
    rulesOf,
    histories: [history],
    policy: rulesPolicy(settings),
    quick: quickRules(),
    observer: {
      stepped(events) {
        for (const event of events) {
          if (event.type !== 'order.filled') continue
          count += 1
          if (fills === 'kept') kept.push(event.payload)
        }
      },
      closed: () => undefined,
      decided: () => undefined,
      refused: () => undefined,
    },
  })
  const ms = performance.now() - startedMs
  return { ms, candles, exactSteps, fills: count, fillsHash: fillsHash(kept) }
}

function stepByStep(settings: Settings, rulesOf: (symbol: MarketSymbol) => SymbolRules, candles: CandleColumns) {
  const fills: Fill[] = []
  const startedMs = performance.now()
  const policy = rulesPolicy(settings)
  const way = openStepByStep({ runId: 'bench', timeframe, settings, policy, rulesOf, warmUps: new Map() })
  for (let at = 0; at < candles.close.length; at += 1) {
    for (const event of way.step({ symbol, timeframe, candle: candleAt(candles, at), anomalies: [] })) {
      if (event.type === 'order.filled') fills.push(event.payload)
    }
  }
  return { ms: performance.now() - startedMs, fillsHash: fillsHash(fills) }
}

/** The long recording beside the checkout, or the product's own sample. */
async function realCandles({ rootDir, resourcesDir }: BenchPlaces): Promise<CandleColumns> {
  const dir = [join(rootDir, '..', 'shared', 'data', 'candles'), join(resourcesDir, 'sample-data')].find(existsSync)
  if (dir === undefined) throw new Error('There are no recorded candles')
  const read = await readColumns({ dir, symbol, timeframe, fromMs: null, toMs: null })
  if (!read.ok) throw new Error(read.problem.message)
  return read.value.candles
}

/** The recording again and again until there are `size` candles, each round later than the one before. */
function repeated(candles: CandleColumns, size: number): CandleHistory {
  const { close } = candles
  const candleMs = timeframeMs[timeframe]
  const lengthMs = (candles.openTimeMs[close.length - 1] ?? 0) - (candles.openTimeMs[0] ?? 0) + candleMs
  const chunk = candleColumns(chunkCandles)
  let done = 0
  return {
    symbol,
    warmUp: { candles: candleColumns(0), count: 0 },
    async next() {
      if (done >= size) return null
      const round = Math.floor(done / close.length)
      const from = done % close.length
      const count = Math.min(chunkCandles, close.length - from, size - done)
      for (const name of ['open', 'high', 'low', 'close', 'volume'] as const) {
        chunk[name].set(candles[name].subarray(from, from + count))
      }
      for (let at = 0; at < count; at += 1)
        chunk.openTimeMs[at] = (candles.openTimeMs[from + at] ?? 0) + round * lengthMs
      done += count
      return { candles: chunk, count }
    },
  }
}

function perSecond(candles: number, ms: number): number {
  return Math.round((1000 * candles) / ms)
}
