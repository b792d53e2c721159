import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { MarketUpdate, OrderBook } from '@shared/contract/market-data'
import { beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../../src-main/engine/market/clock'
import { openReplayVenue } from '../../../src-main/engine/market/replay-venue'
import { exchangeRecording } from '../../helpers/recorded-trades'
import { temporaryFolder } from '../../helpers/temporary-folder'

const symbol = 'BTC/USDT'
const minuteMs = 60_000
let dir: string
beforeEach(() => {
  dir = temporaryFolder('ticks')
})

/** Candles of 10 BTC each, one a minute from `startMs`. */
function candles(count: number, startMs = 0): void {
  const rows = Array.from({ length: count }, (_, at) => `${startMs + at * minuteMs},100,101,99,100,10`)
  writeFileSync(join(dir, 'BTCUSDT-1m.csv'), `timestamp_ms,open,high,low,close,volume\n${rows.join('\n')}\n`)
}

async function replay(fills: 'trades' | 'book') {
  const opened = await openReplayVenue({
    ...{ dir, symbols: [symbol], timeframe: '1m', fromMs: null, toMs: null, fills, speed: 'max' },
    clock: systemClock,
  })
  if (!opened.ok) return { problem: opened.problem, updates: [], notices: [], dataHash: null }
  const updates: MarketUpdate[] = []
  for await (const update of opened.value.updates(new AbortController().signal)) updates.push(update)
  const { notices, dataHash } = opened.value
  return { problem: opened.value.problem(), updates, notices, dataHash }
}

const kindsOf = (updates: readonly MarketUpdate[]) =>
  updates.map(({ inside }) => (inside?.kind === 'ticks' ? inside.ticks.map(({ kind }) => kind) : null))

describe('trades recorded beside candles', () => {
  const own = [
    'timestamp_ms,id,side,price,qty',
    '0,1,sell,100,6',
    '59999,2,buy,101,4',
    '60000,3,sell,99,10',
    '120000,4,sell,100,5',
  ]

  test('travel inside the candle they make up; a candle of which some are missing is told by itself', async () => {
    candles(4)
    writeFileSync(join(dir, 'BTCUSDT-trades.csv'), own.join('\n'))
    const { updates, notices, problem } = await replay('trades')
    expect(problem).toBeNull()
    expect(kindsOf(updates)).toEqual([['trade', 'trade'], ['trade'], null, null])
    expect(notices).toEqual([
      'Of 4 candles of BTC/USDT, orders are settled in 2 by recorded trades, in 2 by their own four prices.',
    ])
    expect(updates[0]?.inside).toMatchObject({
      isWhole: true,
      ticks: [
        { trade: { tradeId: 1, timeMs: 0, price: 100, qtyBase: 6, aggressor: 'sell' } },
        { trade: { tradeId: 2, timeMs: 59_999, price: 101, qtyBase: 4, aggressor: 'buy' } },
      ],
    })
  })

  test.each([
    [
      'with a header',
      1,
      ['id,price,qty,quote_qty,time,is_buyer_maker', '1,100,6,600,0,true', '2,101,4,404,59999,false'],
    ],
    ['without one', 1, ['1,100,6,600,0,True,True', '2,101,4,404,59999,False,True']],
    ['in microseconds', 1000, ['1,100,6,600,1735689600000000,True,True', '2,101,4,404,1735689659999000,False,True']],
  ])("are the same from Binance's archive, %s", async (_, scale, rows) => {
    candles(1, scale === 1 ? 0 : 1_735_689_600_000)
    writeFileSync(join(dir, 'BTCUSDT-trades.csv.gz'), gzipSync(rows.join('\n')))
    const [update] = (await replay('trades')).updates
    expect(update?.inside).toMatchObject({
      ticks: [
        { trade: { tradeId: 1, aggressor: 'sell', qtyBase: 6 } },
        { trade: { tradeId: 2, aggressor: 'buy', qtyBase: 4 } },
      ],
    })
  })

  test.each([
    ['60000,3,sell,99,x', 'the quantity is no number above zero'],
    ['60000,3,sell,0,1', 'the price is no number above zero'],
    ['60000,3,seller,99,1', 'the side is neither buy nor sell'],
    ['5,3,sell,99,1', 'the trade is before that of an earlier row'],
    ['60000,2,sell,99,1', 'the id is not above that of an earlier row'],
    ['60000,3,sell,99', '4 columns instead of 5'],
  ])('a row that cannot stand is left out and told with its line: %s', async (row, reason) => {
    candles(2)
    writeFileSync(join(dir, 'BTCUSDT-trades.csv'), [...own.slice(0, 3), row, '60001,9,buy,99,10'].join('\n'))
    const { updates } = await replay('trades')
    expect(kindsOf(updates)).toEqual([['trade', 'trade'], ['trade']])
    const bad = updates.flatMap(({ anomalies }) => anomalies)
    expect(bad).toEqual([{ kind: 'bad_row', line: 4, reason: `BTCUSDT-trades.csv: ${reason}` }])
  })

  test.each([
    ['candle_file_broken', 'timestamp_ms,open,high,low,close,volume\n0,1,1,1,1,1'],
    ['candle_file_broken', `${own[0]}\n${'nonsense\n'.repeat(200)}`],
    ['candle_file_empty', ''],
    ['candle_file_cut', gzipSync(own.join('\n')).subarray(0, 40)],
  ])('a file of another kind is refused before the first decision (%s)', async (code, content) => {
    candles(2)
    const name = typeof content === 'string' ? 'BTCUSDT-trades.csv' : 'BTCUSDT-trades.csv.gz'
    writeFileSync(join(dir, name), content)
    expect((await replay('trades')).problem?.code).toBe(code)
  })

  test('that are not there are missed in words', async () => {
    candles(2)
    expect((await replay('trades')).problem).toMatchObject({
      code: 'ticks_missing',
      message: expect.stringContaining('BTCUSDT-trades.csv'),
    })
  })

  test('change the hash of the data with any figure', async () => {
    candles(2)
    writeFileSync(join(dir, 'BTCUSDT-trades.csv'), own.join('\n'))
    const { dataHash } = await replay('trades')
    expect((await replay('trades')).dataHash).toBe(dataHash)
    writeFileSync(join(dir, 'BTCUSDT-trades.csv'), own.join('\n').replace('1,sell', '1,buy'))
    expect((await replay('trades')).dataHash).not.toBe(dataHash)
  })
})

describe('order books recorded beside candles', () => {
  test('stand among the trades in the order of time; a book that makes no sense is left out whole', async () => {
    candles(3)
    const trades = ['timestamp_ms,id,side,price,qty', '10,1,sell,100,6', '30,2,buy,101,4']
    writeFileSync(join(dir, 'BTCUSDT-trades.csv'), trades.join('\n'))
    const books = [
      'timestamp_ms,side,price,qty',
      ...['20,ask,101,1', '20,bid,99,2', '20,ask,100.5,3'],
      ...['60001,bid,102,1', '60001,ask,101,1'],
      ...['60002,bid,100,1', '60002,ask,101,-1'],
      ...['10,bid,100,1', '10,ask,101,1'],
      ...['120000,ask,101,1'],
    ]
    writeFileSync(join(dir, 'BTCUSDT-book.csv'), books.join('\n'))
    const { updates, notices } = await replay('book')
    expect(kindsOf(updates)).toEqual([['trade', 'book', 'trade'], null, ['book']])
    expect(updates.map(({ inside }) => inside?.kind === 'ticks' && inside.isWhole)).toEqual([true, false, false])
    expect(updates[0]?.inside).toMatchObject({
      ticks: [
        {},
        {
          book: {
            atMs: 20,
            bids: [[99, 2]],
            asks: [
              [100.5, 3],
              [101, 1],
            ],
          },
        },
        {},
      ],
    })
    expect(updates.flatMap(({ anomalies }) => anomalies)).toEqual([
      { kind: 'bad_row', line: 5, reason: 'BTCUSDT-book.csv: the bids reach the asks' },
      { kind: 'bad_row', line: 8, reason: 'BTCUSDT-book.csv: the quantity is no number above zero' },
      { kind: 'bad_row', line: 9, reason: 'BTCUSDT-book.csv: the book is before that of an earlier row' },
    ])
    expect(notices).toEqual([
      'Of 3 candles of BTC/USDT, orders are settled in 2 by recorded order books, in 1 by their own four prices.',
    ])
  })

  test('a recorded snapshot of Binance, and its update ten minutes later, are read level by level', async () => {
    const [snapshot, update] = ['snap', 'update'].map((name) => exchangeRecording(`book/btcusdt-depth-${name}.csv`))
    if (snapshot == null || update == null) return
    const rowsOf = (path: string) => readFileSync(path, 'utf8').trim().split('\n').slice(1)
    const levels = new Map<string, string>()
    const lines = ['timestamp_ms,side,price,qty']
    // A book that is told by changes is written down whole after each of them.
    for (const rows of [rowsOf(snapshot), rowsOf(update)]) {
      for (const row of rows) {
        const [, , , , side, , price, qty = ''] = row.split(',')
        const key = `${side === 'b' ? 'bid' : 'ask'},${price}`
        if (Number(qty) === 0) levels.delete(key)
        else levels.set(key, qty)
      }
      const atMs = rows[0]?.split(',')[1]
      for (const [level, qty] of levels) lines.push(`${atMs},${level},${qty}`)
    }
    writeFileSync(join(dir, 'BTCUSDT-book.csv'), lines.join('\n'))
    candles(11, 1_667_346_540_000)
    const { updates, problem } = await replay('book')
    expect(problem).toBeNull()
    const books = updates.flatMap(({ inside }): OrderBook[] =>
      inside?.kind === 'ticks' ? inside.ticks.flatMap((tick) => (tick.kind === 'book' ? [tick.book] : [])) : [],
    )
    expect(books.map(({ atMs }) => atMs)).toEqual([1_667_346_579_146, 1_667_347_199_939])
    // The first rows of the recording.
    expect(books[0]?.bids.slice(0, 4)).toEqual([
      [20377, 1.77],
      [20376.9, 0.001],
      [20376.8, 0.009],
      [20376.7, 1.216],
    ])
  })
})
