import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readStreamMessage } from '../../../../src-main/engine/market/binance/stream-message'
import { rootDir } from '../../../helpers/repository'

const recordings = join(rootDir, '../shared/data/binance/ws')

/** The examples of https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams. */
const kline = {
  e: 'kline',
  E: 1672515782136,
  s: 'BNBBTC',
  k: {
    ...{ t: 1672515780000, T: 1672515839999, s: 'BNBBTC', i: '1m', f: 100, L: 200 },
    ...{ o: '0.0010', c: '0.0020', h: '0.0025', l: '0.0015', v: '1000', n: 100, x: false },
    ...{ q: '1.0000', V: '500', Q: '0.500', B: '123456' },
  },
}
const depth = {
  ...{ e: 'depthUpdate', E: 1672515782136, s: 'BNBBTC', U: 157, u: 160 },
  ...{ b: [['0.0024', '10']], a: [['0.0026', '100']] },
}
const trade = {
  ...{ e: 'trade', E: 1672515782136, s: 'BNBBTC', t: 12345, p: '0.001', q: '100' },
  ...{ T: 1672515782136, m: true, M: true },
}

describe("Binance's documented messages", () => {
  test('a candle that is still open', () => {
    expect(readStreamMessage(kline)).toEqual({
      kind: 'candle',
      id: 'BNBBTC',
      eventMs: 1672515782136,
      interval: '1m',
      candle: { openTimeMs: 1672515780000, open: 0.001, high: 0.0025, low: 0.0015, close: 0.002, volume: 1000 },
      isClosed: false,
    })
  })

  test('a change of the book, wrapped as combined streams wrap it', () => {
    expect(readStreamMessage({ stream: 'bnbbtc@depth@100ms', data: depth })).toEqual({
      kind: 'depth',
      id: 'BNBBTC',
      eventMs: 1672515782136,
      firstId: 157,
      lastId: 160,
      bids: [[0.0024, 10]],
      asks: [[0.0026, 100]],
    })
  })

  test('a trade whose buyer was the maker: the seller took', () => {
    expect(readStreamMessage(trade)).toMatchObject({ kind: 'trade', tradeId: 12345, price: 0.001, aggressor: 'sell' })
  })

  test('the answer to a subscription, and a refusal', () => {
    expect(readStreamMessage({ result: null, id: 1 })).toEqual({ kind: 'reply', requestId: 1, error: null })
    const refused = { error: { code: 2, msg: 'Invalid request: unknown variant' }, id: 3 }
    expect(readStreamMessage(refused)).toEqual({
      kind: 'reply',
      requestId: 3,
      error: 'Invalid request: unknown variant',
    })
  })
})

test('a recorded trade of Binance is read', ({ skip }) => {
  const file = join(recordings, 'ws_spot_trade.json')
  if (!existsSync(file)) return skip(`${file} is not here`)
  expect(readStreamMessage(JSON.parse(readFileSync(file, 'utf8')))).toEqual({
    kind: 'trade',
    id: 'ETHUSDT',
    eventMs: 1639351062244,
    tradeId: 705291099,
    timeMs: 1639351062243,
    price: 4149.74,
    qtyBase: 0.4387,
    aggressor: 'sell',
  })
})

test.each([
  ['nothing', null],
  ['text', 'ping'],
  ['another event', { e: '24hrTicker', s: 'BTCUSDT' }],
  ['a price of zero', { ...trade, p: '0' }],
  ['a price that is no number', { ...trade, p: 'NaN' }],
  ['a price that is not text', { ...trade, p: 1 }],
  ['a trade without its side', { ...trade, m: undefined }],
  ['levels that are no pairs', { ...depth, b: ['0.0024'] }],
  ['a negative quantity', { ...depth, a: [['0.0026', '-1']] }],
  ['a change without numbers', { ...depth, U: undefined }],
  ['a candle without figures', { ...kline, k: { ...kline.k, o: '' } }],
  ['a candle without its word', { ...kline, k: { ...kline.k, x: 'true' } }],
])('%s is left alone', (_name, message) => {
  expect(readStreamMessage(message)).toBeNull()
})
