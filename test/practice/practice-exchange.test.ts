import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PracticeExchange } from '../../src-main/practice/practice-exchange'
import { openPracticeExchange, restClient, streamClient } from '../helpers/practice-client'

const symbol = 'BTC/USDT'
const minuteMs = 60_000

describe('ccxt, unpatched, over the practice exchange', () => {
  let exchange: PracticeExchange
  let rest: ReturnType<typeof restClient>
  let stream: Awaited<ReturnType<typeof streamClient>>

  beforeAll(async () => {
    exchange = await openPracticeExchange()
    rest = restClient(exchange)
    stream = await streamClient(exchange)
    await rest.loadMarkets()
    await stream.loadMarkets()
  })

  afterAll(async () => {
    await stream.close()
    await exchange.close()
  })

  it('reads the market time', async () => {
    const before = exchange.clock.nowMs()
    const shown = await rest.fetchTime()
    expect(shown).toBeGreaterThanOrEqual(before)
    expect(shown).toBeLessThanOrEqual(exchange.clock.nowMs())
  })

  it('knows the filters of the real exchange', () => {
    expect(rest.market(symbol)).toMatchObject({
      id: 'BTCUSDT',
      spot: true,
      active: true,
      precision: { price: 0.01, amount: 0.00001 },
      limits: { amount: { min: 0.00001, max: 9000 }, cost: { min: 5 } },
    })
    expect(rest.symbols).toEqual(['BTC/USDT', 'ETH/USDT'])
  })

  it('reads candles as they are recorded, and nothing after the market time', async () => {
    // Row of BTCUSDT-1m.csv.gz for 2023-04-26 18:00 UTC, as Binance published it.
    const since = Date.UTC(2023, 3, 26, 18)
    const rows = await rest.fetchOHLCV(symbol, '1m', since, 1000)
    expect(rows[0]).toEqual([since, ...(await recordedRow(since))])
    expect(rows.length).toBeGreaterThanOrEqual(60)
    const lastOpenMs = Number(rows.at(-1)?.[0])
    expect(lastOpenMs).toBeLessThanOrEqual(exchange.clock.nowMs())
    expect(rows.map((row) => row[0])).toEqual(rows.map((_row, index) => since + index * minuteMs))
  })

  it('reads longer candles made of the minutes', async () => {
    const since = Date.UTC(2023, 3, 26, 10)
    const hours = await rest.fetchOHLCV(symbol, '1h', since, 2)
    const minutes = await rest.fetchOHLCV(symbol, '1m', since, 60)
    const [, open, high, low, close, volume] = hours[0] ?? []
    expect(open).toBe(minutes[0]?.[1])
    expect(high).toBe(Math.max(...minutes.map((row) => Number(row[2]))))
    expect(low).toBe(Math.min(...minutes.map((row) => Number(row[3]))))
    expect(close).toBe(minutes.at(-1)?.[4])
    expect(volume).toBeCloseTo(
      minutes.reduce((sum, row) => sum + Number(row[5]), 0),
      6,
    )
  })

  it('reads a book with the stated spread, trades inside the candle, and a day ticker', async () => {
    const book = await rest.fetchOrderBook(symbol, 20)
    const [bid = [0, 0], ask = [0, 0]] = [book.bids[0], book.asks[0]]
    expect(book.bids).toHaveLength(20)
    expect(Number(ask[0])).toBeGreaterThan(Number(bid[0]))
    expect((Number(ask[0]) - Number(bid[0])) / Number(bid[0])).toBeCloseTo(0.0001, 5)
    const trades = await rest.fetchTrades(symbol, undefined, 500)
    expect(trades).toHaveLength(500)
    expect(trades.every((trade) => Number(trade.timestamp) <= exchange.clock.nowMs())).toBe(true)
    const ticker = await rest.fetchTicker(symbol)
    expect(ticker.last).toBeGreaterThan(0)
    expect(Number(ticker.high)).toBeGreaterThanOrEqual(Number(ticker.low))
  })

  it('watches candles until one closes', async () => {
    const nextOpenMs = Math.ceil(exchange.clock.nowMs() / minuteMs) * minuteMs
    for (;;) {
      const candles = await stream.watchOHLCV(symbol, '1m')
      if (candles.some((candle) => Number(candle[0]) >= nextOpenMs)) break
    }
    const [closed] = await rest.fetchOHLCV(symbol, '1m', nextOpenMs - minuteMs, 1)
    expect(closed?.[0]).toBe(nextOpenMs - minuteMs)
  })

  it('watches trades and books of several symbols', async () => {
    const trades = await stream.watchTradesForSymbols([symbol, 'ETH/USDT'])
    expect(trades[0]?.amount).toBeGreaterThan(0)
    const books = new Map<string, number>()
    while (books.size < 2) {
      const book = await stream.watchOrderBookForSymbols([symbol, 'ETH/USDT'])
      books.set(String(book.symbol), Number(book.nonce))
    }
    // Ten changes applied in sequence, and the book is still the exchange's own.
    for (let change = 0; change < 10; change++) await stream.watchOrderBookForSymbols([symbol, 'ETH/USDT'])
    exchange.clock.setSpeed(0)
    const shown = await rest.fetchOrderBook('ETH/USDT', 100)
    const watched = (): { bids: unknown; asks: unknown } | undefined => stream.orderbooks['ETH/USDT']
    await expect.poll(() => watched()?.bids, { timeout: 30_000 }).toEqual(shown.bids)
    expect(watched()?.asks).toEqual(shown.asks)
    exchange.clock.setSpeed(60)
  })
})

async function recordedRow(openMs: number): Promise<number[]> {
  const { gunzipSync } = await import('node:zlib')
  const { readFileSync } = await import('node:fs')
  const file = new URL('../../resources/sample-data/BTCUSDT-1m.csv.gz', import.meta.url)
  const row = gunzipSync(readFileSync(file))
    .toString('utf8')
    .split('\n')
    .find((line) => line.startsWith(`${openMs},`))
  return (row ?? '').split(',').slice(1).map(Number)
}
