/** A thread of a sweep: backtests one span after the other as it is told, over candles in shared memory. */
import { parentPort, workerData } from 'node:worker_threads'
import { symbolSchema, timeframeSchema } from '@shared/contract/candle'
import { fillSourceSchema } from '@shared/contract/market-data'
import { readHeadlineSchema } from '@shared/contract/news'
import { settingsSchema } from '@shared/contract/settings'
import { z } from 'zod'
import { loadSymbolRules } from '../../market/exchange-rules'
import { backtestSpan } from './span'

const column = z.instanceof(Float64Array)
const columns = z.object({
  openTimeMs: column,
  open: column,
  high: column,
  low: column,
  close: column,
  volume: column,
})

const jobSchema = z.object({
  exchangeInfoPath: z.string(),
  market: z.object({
    policy: z.enum(['rules', 'hold', 'random']),
    entries: z.object({ seed: z.number(), exposure: z.number(), holdingCandles: z.number() }),
    timeframe: timeframeSchema,
    markets: z.array(
      z.object({
        symbol: symbolSchema,
        from: z.int(),
        candles: columns,
      }),
    ),
    insides: z.array(z.object({ symbol: symbolSchema, timeframe: timeframeSchema, candles: columns })).default([]),
    headlines: z.array(readHeadlineSchema).exactOptional(),
    ticks: z
      .object({ dir: z.string(), fills: fillSourceSchema.exclude(['candles']), inside: z.boolean() })
      .exactOptional(),
  }),
})

const taskSchema = z.object({
  place: z.int().nonnegative(),
  span: z.object({ settings: settingsSchema, fromMs: z.number(), toMs: z.number() }),
})

const { market, exchangeInfoPath } = jobSchema.parse(workerData)
const rules = await loadSymbolRules(exchangeInfoPath)
if (!rules.ok) throw new Error(rules.problem.message)

parentPort?.on('message', (message) => {
  const { place, span } = taskSchema.parse(message)
  void backtestSpan(market, span, rules.value).then((figures) => {
    if (!figures.ok) throw new Error(figures.problem.message)
    parentPort?.postMessage({ place, figures: figures.value })
  })
})
