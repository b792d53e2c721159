import type { Candle } from '@shared/contract/candle'
import type { ReadHeadline } from '@shared/contract/news'
import { success } from '@shared/contract/outcome'
import { type Settings, settingsSchema } from '@shared/contract/settings'
import { describe, expect, test } from 'vitest'
import { backtestFiles } from '../../../../src-main/engine/analysis/backtest/backtest'
import { type DeskMarket, deskSpans, deskWindows } from '../../../../src-main/engine/analysis/backtest/desk-spans'
import { readColumns } from '../../../../src-main/engine/analysis/backtest/file-history'
import { readInsideColumns } from '../../../../src-main/engine/analysis/backtest/inside-history'
import { defaultRandomEntries, rulesPolicy } from '../../../../src-main/engine/analysis/backtest/policy'
import {
  backtestSpan,
  figuresOfSpan,
  type Span,
  type SpanFigures,
  type SweptMarket,
} from '../../../../src-main/engine/analysis/backtest/span'
import { tradeWindows } from '../../../../src-main/engine/analysis/backtest/traded-windows'
import type { ClosedTrade } from '../../../../src-main/engine/analysis/report/trading-record'
import { candleAt } from '../../../../src-main/engine/context/candle-columns'
import type { DeskNews } from '../../../../src-main/engine/desk/news-reading'
import { openCandleFolder } from '../../../../src-main/engine/market/candle-folder'
import { systemClock } from '../../../../src-main/engine/market/clock'
import { scanInside } from '../../../../src-main/engine/market/inside-candles'
import { recordedColumns, recordingPath } from '../../../helpers/candle-recordings'
import { type RawTrade, writeCandles, writeTrades } from '../../../helpers/recorded-trades'
import { temporaryFolder } from '../../../helpers/temporary-folder'
import { rulesOf } from './two-ways'

/** Real minutes, and the quarters of an hour that they make: what happened inside matters to stops and targets close by. */
const dir = temporaryFolder('spans')
const symbol = 'BTC/USDT'
const timeframe = '15m'
const quarterMs = 900_000
const dayMs = 86_400_000
const minutes = recordedMinutes()
const quarters = [...Map.groupBy(minutes, ({ openTimeMs }) => openTimeMs - (openTimeMs % quarterMs))].map(
  ([openTimeMs, inside]): Candle => ({
    openTimeMs,
    open: inside[0]?.open ?? 0,
    high: Math.max(...inside.map(({ high }) => high)),
    low: Math.min(...inside.map(({ low }) => low)),
    close: inside.at(-1)?.close ?? 0,
    volume: inside.reduce((sum, { volume }) => sum + volume, 0),
  }),
)
writeCandles(dir, 'BTCUSDT-15m', quarters)
writeCandles(dir, 'BTCUSDT-1m', minutes)

/** Trades beside them, four to a minute at its prices, that make up the volume of every other quarter. */
const ticksDir = temporaryFolder('spans-ticks')
writeCandles(ticksDir, 'BTCUSDT-15m', quarters)
writeTrades(
  ticksDir,
  'BTCUSDT',
  minutes
    .filter(({ openTimeMs }) => Math.floor(openTimeMs / quarterMs) % 2 === 0)
    .flatMap(({ openTimeMs, open, high, low, close, volume }, minute) =>
      [open, low, high, close].map(
        (price, at): RawTrade => ({
          ...{ timeMs: openTimeMs + at * 10_000, id: minute * 4 + at, price, qty: volume / 4 },
          side: at % 2 === 0 ? 'buy' : 'sell',
        }),
      ),
    ),
)

function recordedMinutes(): readonly Candle[] {
  const path = recordingPath('BTCUSDT-1m')
  if (path === null) throw new Error('The product has no sample of minutes')
  const columns = recordedColumns(path)
  const all = Array.from({ length: 12_000 }, (_, at) => candleAt(columns, at))
  return all.filter(({ openTimeMs, volume }) => openTimeMs >= 0 && volume > 0)
}

const startMs = (quarters[0]?.openTimeMs ?? 0) + dayMs
const settings = settingsSchema.parse({ risk: { stopAtr: 0.3, takeProfitAtr: 0.3, maxPositionPct: 0.3 } })
const wider = settingsSchema.parse({ risk: { stopAtr: 1, takeProfitAtr: 1, maxPositionPct: 0.5 } })
const span: Span = { settings, fromMs: startMs, toMs: startMs + 6 * dayMs }

/** Good and bad news in turn, so that the rules decide otherwise than by prices alone. */
const headlines = Array.from(
  { length: 20 },
  (_, at): ReadHeadline => ({
    ...{ headlineId: `h${at}`, title: `Bitcoin story ${at}`, source: 'recorded', link: null, publishedAtMs: null },
    ...{
      knownAtMs: startMs + at * 6 * 3_600_000,
      assets: ['BTC'],
      scorer: 'lexicon',
      score: at % 2 === 0 ? 0.9 : -0.9,
    },
  }),
)
const news: DeskNews = {
  settings: settings.news,
  known: async (fromMs, toMs) => headlines.filter(({ knownAtMs }) => knownAtMs > fromMs && knownAtMs <= toMs),
}

interface Told {
  readonly inside: boolean
  readonly news: boolean
  readonly ticks: boolean
}

/** One backtest of the span, as the command runs it. */
async function single({ inside, news: isTold, ticks }: Told, { settings: own, fromMs, toMs }: Span) {
  const record = await backtestFiles({
    ...{ policy: 'rules', entries: defaultRandomEntries, symbols: [symbol], timeframe, settings: own, rulesOf },
    ...{ candlesDir: ticks ? ticksDir : dir, fromMs, toMs, inside, fills: ticks ? 'trades' : 'candles' },
    news: isTold ? news : null,
  })
  if (!record.ok) throw new Error(record.problem.message)
  return record.value
}

async function sweptMarket({ inside, news: isTold, ticks }: Told): Promise<SweptMarket> {
  const read = await readColumns({ dir, symbol, timeframe, fromMs: null, toMs: null })
  const folder = await openCandleFolder(dir)
  if (!read.ok || !folder.ok) throw new Error('The candles cannot be read')
  const found = await scanInside(folder.value, { symbol, timeframe, fromMs: null, toMs: null })
  if (!found.ok || found.value === null) throw new Error('The minutes cannot be read')
  const shorter = await readInsideColumns(found.value)
  if (!shorter.ok) throw new Error(shorter.problem.message)
  return {
    ...{ policy: 'rules', entries: defaultRandomEntries, timeframe, markets: [read.value] },
    insides: inside ? [shorter.value] : [],
    ...(isTold ? { headlines } : {}),
    ...(ticks ? { ticks: { dir: ticksDir, fills: 'trades', inside } as const } : {}),
  }
}

function deskMarket({ inside, news: isTold, ticks }: Told): DeskMarket {
  return {
    ...{ dir: ticks ? ticksDir : dir, symbols: [symbol], timeframe, inside, policy: 'rules', rulesOf },
    fills: ticks ? 'trades' : 'candles',
    news: isTold ? news : null,
    openDecider: async (own) => {
      const rules = rulesPolicy(own)
      return success({ decide: async ({ context }) => success(rules.answer(context)), close: async () => undefined })
    },
    calibrate: () => null,
    knownModel: () => null,
    clock: systemClock,
  }
}

const options = { signal: new AbortController().signal }

/** Sharpe and drawdown are sums of floats, which two ways may round differently in the last digits. */
function expectEqual(found: SpanFigures | undefined, expected: SpanFigures): void {
  expect(found).toMatchObject({ trades: expected.trades, netReturn: expected.netReturn })
  expect(found?.sharpe).toBeCloseTo(expected.sharpe ?? 0, 9)
  expect(found?.drawdown).toBeCloseTo(expected.drawdown, 12)
}

const ways: readonly (readonly [string, Told])[] = [
  ['candles alone', { inside: false, news: false, ticks: false }],
  ['the minutes inside', { inside: true, news: false, ticks: false }],
  ['headlines', { inside: false, news: true, ticks: false }],
  ['recorded trades', { inside: true, news: false, ticks: true }],
  ['all of it', { inside: true, news: true, ticks: true }],
]

describe('one set of a sweep', () => {
  test.each(ways)('comes to what a backtest with its settings comes to: %s', async (_name, told) => {
    const expected = figuresOfSpan(span, await single(told, span))
    expect(expected.trades).toBeGreaterThan(10)
    const fast = await backtestSpan(await sweptMarket(told), span, rulesOf)
    if (!fast.ok) throw new Error(fast.problem.message)
    expectEqual(fast.value, expected)
    const asked = await deskSpans(deskMarket(told), [span], options)
    if (!asked.ok) throw new Error(asked.problem.message)
    expectEqual(asked.value?.[0], expected)
  })

  test('every kind of recording matters: no two of these come to the same', async () => {
    const returns = await Promise.all(
      ways.map(async ([, told]) => figuresOfSpan(span, await single(told, span)).netReturn),
    )
    expect(new Set(returns).size).toBe(ways.length)
  })
})

describe('windows that the desk trades one after the other', () => {
  const windows = (...each: readonly Settings[]): readonly Span[] =>
    each.map((own, place) => ({
      settings: own,
      fromMs: startMs + place * 2 * dayMs,
      toMs: startMs + (place + 1) * 2 * dayMs,
    }))
  const facts = ({ symbol: traded, entryAtMs, exitAtMs, qtyBase, realizedQuote, exitReason }: ClosedTrade) => ({
    ...{ traded, entryAtMs, exitAtMs, qtyBase, realizedQuote, exitReason },
  })

  test.each(ways)('come to what the fast way comes to, with one account: %s', async (_name, told) => {
    const spans = windows(settings, wider, settings)
    const fast = await tradeWindows(await sweptMarket(told), spans, rulesOf)
    const asked = await deskWindows(deskMarket(told), spans, options)
    if (!fast.ok || !asked.ok || fast.value === null || asked.value === null) throw new Error('Nothing was traded')
    expect(asked.value.record.equityEnd).toBe(fast.value.record.equityEnd)
    expect(asked.value.record.trades.map(facts)).toEqual(fast.value.record.trades.map(facts))
    expect(asked.value.record.trades.length).toBeGreaterThan(10)
    fast.value.spans.forEach((expected, place) => {
      expect(asked.value?.spans[place]).toMatchObject({ trades: expected.trades, fromMs: expected.fromMs })
      expect(asked.value?.spans[place]?.netReturn).toBeCloseTo(expected.netReturn, 12)
    })
    expect(asked.value.record.assumptions.fills).toBe(told.ticks ? 'trades' : 'candles')
  })

  test('end between two windows where the trader interrupts', async () => {
    const interrupted = { signal: AbortSignal.abort() }
    const told = { inside: false, news: false, ticks: false }
    expect(await deskWindows(deskMarket(told), windows(settings), interrupted)).toEqual(success(null))
    expect(await deskSpans(deskMarket(told), windows(settings), interrupted)).toEqual(success(null))
  })
})
