import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Fill } from '@shared/contract/order'
import Decimal from 'decimal.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openLedgerReader } from '../../src-main/engine/journal/ledger-reader'
import { readCandleFile } from '../../src-main/engine/market/candle-file'
import { dataFolder, type Ended, quartet } from '../helpers/quartet'
import { rootDir } from '../helpers/repository'

const counts = z.record(z.string(), z.int())
const summarySchema = z.object({
  finished: z.boolean(),
  decisions: z.int(),
  byRoute: counts,
  byServed: counts,
  byAction: counts,
  orders: z.int(),
  fills: z.int(),
  rejected: z.int(),
  equityStart: z.string(),
  equityEnd: z.string(),
  feesPaid: z.string(),
  wallMs: z.number(),
  decisionsPerSecond: z.number(),
  journal: z.object({ events: z.int(), head: z.string() }),
})

const folders = Array.from({ length: 5 }, dataFolder)
const homes = folders.map((folder) => folder.home)
afterAll(() => {
  for (const folder of folders) folder.remove()
})

function summaryOf(ended: Ended): z.infer<typeof summarySchema> {
  expect(ended.code, ended.stderr).toBe(0)
  return summarySchema.parse(JSON.parse(ended.stdout))
}

const home = (index: number): string => homes[index] ?? ''
const crash = [
  'run',
  '--symbols',
  'BTC/USDT,ETH/USDT',
  '--timeframe',
  '1h',
  '--from',
  '2021-05-17',
  '--to',
  '2021-05-21',
  '--speed',
  'max',
  '--json',
]
const hoursInFourDays = 96

describe('a run over the fall of May 2021', () => {
  let summary: z.infer<typeof summarySchema>
  beforeAll(async () => {
    summary = summaryOf(await quartet(crash, { home: home(0) }))
  })

  test('decides on every closed candle of both symbols', () => {
    expect(summary.finished).toBe(true)
    expect(summary.decisions).toBe(2 * hoursInFourDays)
    expect(decidedHours(home(0), 'BTC/USDT')).toEqual(expectedHours)
    expect(decidedHours(home(0), 'ETH/USDT')).toEqual(expectedHours)
  })

  test('is served by the starter where no model is installed, and says so', () => {
    expect(summary.byServed).toEqual({ starter: summary.decisions })
    expect(Object.values(summary.byRoute).reduce((sum, n) => sum + n, 0)).toBe(summary.decisions)
  })

  test('leaves a journal that verifies and whose head the summary names', async () => {
    const verified = await quartet(['verify', '--json'], { home: home(0) })
    expect(verified.code).toBe(0)
    expect(JSON.parse(verified.stdout)).toEqual({ ok: true, ...summary.journal })
  })

  test('ends with the same chain head in a new data folder', async () => {
    const again = summaryOf(await quartet(crash, { home: home(1) }))
    expect(again.journal).toEqual(summary.journal)
  })

  test('fills market orders at the next open plus half a spread and slippage, a fee taken from what is received', async () => {
    const opens = await opensOf('BTC/USDT', 'ETH/USDT')
    const fills = fillsOf(home(0)).filter((fill) => fill.reason === 'decision')
    expect(fills.length).toBeGreaterThan(0)
    for (const fill of fills) {
      const open = new Decimal(opens.get(`${fill.symbol} ${fill.filledAtMs}`) ?? Number.NaN)
      expect(fill.referencePriceQuote).toBe(open.toFixed())
      // 1 bps of half spread and 1 bps of slippage, rounded to the tick of 0.01 against the trader.
      const against = fill.side === 'buy' ? open.times('1.0002') : open.times('0.9998')
      const priced = against.toDecimalPlaces(2, fill.side === 'buy' ? Decimal.ROUND_UP : Decimal.ROUND_DOWN)
      expect(fill.priceQuote).toBe(priced.toFixed())
      const received = fill.side === 'buy' ? new Decimal(fill.qtyBase) : priced.times(fill.qtyBase)
      expect(new Decimal(fill.fee).toNumber()).toBeCloseTo(received.times('0.001').toNumber(), 7)
      expect(fill.feeAsset).toBe(fill.side === 'buy' ? fill.symbol.split('/')[0] : 'USDT')
    }
  })

  test('accounts for every unit of money: the equity follows from the fills and the last closes alone', async () => {
    const closes = await lastCloses()
    let cash = new Decimal(summary.equityStart)
    const held = new Map<string, Decimal>()
    for (const fill of fillsOf(home(0))) {
      const notional = new Decimal(fill.priceQuote).times(fill.qtyBase)
      const before = held.get(fill.symbol) ?? new Decimal(0)
      if (fill.side === 'buy') {
        cash = cash.minus(notional)
        held.set(fill.symbol, before.plus(fill.qtyBase).minus(fill.fee))
      } else {
        cash = cash.plus(notional).minus(fill.fee)
        held.set(fill.symbol, before.minus(fill.qtyBase))
      }
    }
    let equity = cash
    for (const [symbol, qty] of held) equity = equity.plus(qty.times(closes.get(symbol) ?? Number.NaN))
    expect(equity.toFixed()).toBe(new Decimal(summary.equityEnd).toFixed())
  })
})

test('all four routes are used over a longer window', async () => {
  const args = ['run', '--symbols', 'BTC/USDT,ETH/USDT', '--from', '2021-04-01', '--to', '2021-06-01', '--json']
  writeFileSync(join(home(2), 'settings.json'), '{"inference":{"rationale":"off"}}')
  const { byRoute } = summaryOf(await quartet(args, { home: home(2) }))
  expect(Object.keys(byRoute).sort()).toEqual(['deepseek', 'fingpt', 'phi3', 'qwen'])
}, 180_000)

test('a pair that the project has never seen runs from a folder of CSV files', async () => {
  const dir = join(home(3), 'candles')
  mkdirSync(dir)
  writeFileSync(join(dir, 'WOBBLEUSDT-15m.csv'), wobblyCandles())
  const args = [
    'run',
    '--symbols',
    'WOBBLE/USDT',
    '--timeframe',
    '15m',
    '--candles',
    dir,
    '--from',
    '2024-01-08',
    '--to',
    '2024-01-09',
    '--json',
  ]
  const first = summaryOf(await quartet(args, { home: home(3) }))
  expect(first.decisions).toBe(96)
  const second = summaryOf(await quartet(args, { home: home(4) }))
  expect(second.journal).toEqual(first.journal)
})

const fromMs = Date.UTC(2021, 4, 17)
const hourMs = 3_600_000
const expectedHours = Array.from({ length: hoursInFourDays }, (_, hour) => fromMs + hour * hourMs)

function withLedger<Value>(dataDir: string, read: (ledger: Parameters<typeof readEvents>[0]) => Value): Value {
  const opened = openLedgerReader(dataDir)
  if (!opened.ok) throw new Error(opened.problem.message)
  try {
    return read(opened.value)
  } finally {
    opened.value.close()
  }
}

type Reader = Extract<ReturnType<typeof openLedgerReader>, { ok: true }>['value']

function readEvents(ledger: Reader) {
  const run = ledger.lastRun()
  if (run === null) throw new Error('No run in the ledger')
  return [...ledger.runEvents(run.runId)]
}

function decidedHours(dataDir: string, symbol: string): number[] {
  return withLedger(dataDir, readEvents).flatMap((event) =>
    event.type === 'decision.made' && event.payload.symbol === symbol ? [event.payload.candleOpenMs] : [],
  )
}

function fillsOf(dataDir: string): Fill[] {
  return withLedger(dataDir, readEvents).flatMap((event) => (event.type === 'order.filled' ? [event.payload] : []))
}

async function candlesOf(symbol: string) {
  const path = join(rootDir, 'resources', 'sample-data', `${symbol.replace('/', '')}-1h.csv.gz`)
  const rows = []
  for await (const batch of readCandleFile(path, '1h')) {
    if (!batch.ok) throw new Error(batch.problem.message)
    rows.push(...batch.value)
  }
  return rows.flatMap((row) => (row.kind === 'candle' ? [row.candle] : []))
}

async function opensOf(...symbols: string[]): Promise<Map<string, number>> {
  const opens = new Map<string, number>()
  for (const symbol of symbols) {
    for (const candle of await candlesOf(symbol)) opens.set(`${symbol} ${candle.openTimeMs}`, candle.open)
  }
  return opens
}

async function lastCloses(): Promise<Map<string, number>> {
  const closes = new Map<string, number>()
  for (const symbol of ['BTC/USDT', 'ETH/USDT']) {
    const last = (await candlesOf(symbol)).find((candle) => candle.openTimeMs === expectedHours.at(-1))
    closes.set(symbol, last?.close ?? Number.NaN)
  }
  return closes
}

/** Eight days of quarter hours from a sum of sines: no real market, and no pair that was ever trained on. */
function wobblyCandles(): string {
  const quarterHourMs = 900_000
  const rows = ['timestamp_ms,open,high,low,close,volume']
  let close = 3.21
  for (let index = 0; index < 8 * 96; index++) {
    const open = close
    close = Number((3.21 * (1 + 0.05 * Math.sin(index / 40) + 0.01 * Math.sin(index / 3))).toFixed(4))
    const high = Number((Math.max(open, close) * 1.001).toFixed(4))
    const low = Number((Math.min(open, close) * 0.999).toFixed(4))
    const volume = Number((1000 + 600 * Math.sin(index / 7)).toFixed(2))
    rows.push([Date.UTC(2024, 0, 1) + index * quarterHourMs, open, high, low, close, volume].join(','))
  }
  return `${rows.join('\n')}\n`
}
