import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import ccxt from 'ccxt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createLiveBook } from '../../../src-main/engine/market/binance/live-book'
import { readStreamMessage } from '../../../src-main/engine/market/binance/stream-message'
import { type BinanceClient, connectBinance } from '../../../src-main/engine/market/binance-client'
import { systemClock } from '../../../src-main/engine/market/clock'
import { restClient, streamClient } from '../../helpers/practice-client'
import { openRecordedExchange, type RecordedExchange } from '../../helpers/recorded-exchange'
import { rootDir } from '../../helpers/repository'

const recordings = join(rootDir, '../shared/data/binance')
const isHere = existsSync(recordings)
if (!isHere) console.log(`Skipped: ${recordings} is not here.`)

function read(path: string): unknown {
  const bytes = readFileSync(join(recordings, path))
  return JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'))
}

const wholeInfoSchema = z.looseObject({ symbols: z.array(z.looseObject({ symbol: z.string() })) })

/** The recorded exchangeInfo, of these pairs only. */
function infoOf(...pairs: readonly string[]): unknown {
  const info = wholeInfoSchema.parse(read('exchangeInfo-spot-2023-09.json.gz'))
  return { ...info, symbols: info.symbols.filter(({ symbol }) => pairs.includes(symbol)) }
}

let exchange: RecordedExchange

beforeEach(async () => {
  exchange = await openRecordedExchange()
})
afterEach(() => exchange.close())

describe.skipIf(!isHere)("Recorded REST answers, through the desk's own client (ccxt carries, zod reads)", () => {
  async function ownClient(info: unknown, symbol: string): Promise<BinanceClient> {
    exchange.answers.set('/exchangeInfo', info)
    const connected = await connectBinance([symbol], {
      baseUrl: exchange.url,
      timeoutMs: 2000,
      attempts: 1,
      retryPauseMs: 1,
      random: () => 0,
      clock: systemClock,
    })
    if (!connected.ok) throw new Error(connected.problem.message)
    return connected.value
  }

  it('exchange_info.json: the filters of 2021, with MIN_NOTIONAL', async () => {
    const client = await ownClient(read('rest/http_spot_market_exchange_info.json'), 'BTC/USDT')
    expect(client.rules.get('BTC/USDT')).toMatchObject({
      tickSize: '0.01000000',
      stepSize: '0.00001000',
      minNotional: '10.00000000',
      source: 'exchange_info',
    })
  })

  it('klines.json', async () => {
    const client = await ownClient(infoOf('BTCUSDT'), 'BTC/USDT')
    exchange.answers.set('/klines', read('rest/http_spot_market_klines.json'))
    const candles = await client.candles('BTC/USDT', '1m', 0)
    if (!candles.ok) throw new Error(candles.problem.message)
    expect(candles.value).toHaveLength(10)
    expect(candles.value[0]).toEqual({
      openTimeMs: 1634943780000,
      open: 60685.22,
      high: 60729.84,
      low: 60670.9,
      close: 60719.27,
      volume: 21.63272,
    })
  })

  it('depth.json', async () => {
    const client = await ownClient(infoOf('BTCUSDT'), 'BTC/USDT')
    exchange.answers.set('/depth', read('rest/http_spot_market_depth.json'))
    const depth = await client.depth('BTC/USDT', 10)
    if (!depth.ok) throw new Error(depth.problem.message)
    expect(depth.value.lastUpdateId).toBe(14527958487)
    expect([depth.value.bids[0], depth.value.asks[0]]).toEqual([
      [60650, 0.00213],
      [60650.01, 0.61982],
    ])
    expect([depth.value.bids.length, depth.value.asks.length]).toEqual([10, 10])
  })

  it('time.json', async () => {
    const client = await ownClient(infoOf('BTCUSDT'), 'BTC/USDT')
    exchange.answers.set('/time', read('rest/http_spot_market_time.json'))
    expect(await client.serverTimeMs()).toEqual({ ok: true, value: 1633835466289 })
  })
})

describe.skipIf(!isHere)('Recorded REST answers that the desk does not ask for, through ccxt', () => {
  async function client() {
    exchange.answers.set('/exchangeInfo', infoOf('BTCUSDT', 'LTCUSDT'))
    const rest = restClient(exchange)
    await rest.loadMarkets()
    return rest
  }

  it('ping.json and avg_price.json', async () => {
    const rest = await client()
    exchange.answers.set('/ping', read('rest/http_spot_market_ping.json'))
    exchange.answers.set('/avgPrice', read('rest/http_spot_market_avg_price.json'))
    expect(await rest.publicGetPing()).toEqual({})
    expect(await rest.publicGetAvgPrice({ symbol: 'BTCUSDT' })).toMatchObject({ price: '60753.92405551' })
  })

  it.each([
    ['trades.json', 'publicGetTrades', '/trades', { id: '1111468873', side: 'sell', price: 60650, amount: 0.02924 }],
    [
      'historical_trades.json',
      'publicGetHistoricalTrades',
      '/historicalTrades',
      { id: '1111471896', side: 'sell', price: 60814.78, amount: 0.00034 },
    ],
    [
      'agg_trades.json',
      'publicGetAggTrades',
      '/aggTrades',
      { id: '966492862', side: 'buy', price: 60759.6, amount: 0.00841 },
    ],
  ])('%s', async (file, method, path, first) => {
    const rest = await client()
    exchange.answers.set(path, read(`rest/http_spot_market_${file}`))
    rest.apiKey = 'none'
    const trades = await rest.fetchTrades('BTC/USDT', undefined, undefined, { fetchTradesMethod: method })
    expect(trades).toHaveLength(10)
    expect(trades[0]).toMatchObject(first)
  })

  it('ticker_price.json and book_ticker.json', async () => {
    const rest = await client()
    exchange.answers.set('/ticker/price', [read('rest/http_spot_market_ticker_price.json')])
    exchange.answers.set('/ticker/bookTicker', [read('rest/http_spot_market_book_ticker.json')])
    expect((await rest.fetchLastPrices(['BTC/USDT']))['BTC/USDT']).toMatchObject({ price: 60740 })
    expect((await rest.fetchBidsAsks(['BTC/USDT']))['BTC/USDT']).toMatchObject({ bid: 60741.67, ask: 60741.68 })
  })

  it('wallet_account.json', async () => {
    const rest = await client()
    rest.urls = { ...rest.urls, api: { ...rest.urls.api, private: `${exchange.url}/api/v3` } }
    rest.apiKey = 'none'
    rest.secret = 'none'
    exchange.answers.set('/account', read('rest/http_spot_wallet_account.json'))
    expect(await rest.fetchBalance()).toMatchObject({
      BTC: { free: 4723846.89208129 },
      LTC: { free: 4763368.68006011 },
    })
  })
})

describe.skipIf(!isHere)('Recorded stream messages', () => {
  it("trade.json, through the desk's own reader", () => {
    expect(readStreamMessage(read('ws/ws_spot_trade.json'))).toEqual({
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

  it('every other one is left alone by it: aggregates, tickers, and the orders of an account that Quartet has not', () => {
    const others = readdirSync(join(recordings, 'ws')).filter((name) => name !== 'ws_spot_trade.json')
    expect(others.length).toBeGreaterThan(15)
    for (const name of others)
      expect({ name, message: readStreamMessage(read(`ws/${name}`)) }).toEqual({ name, message: null })
  })

  it('agg_trade.json, ticker_24hr.json and ticker_book.json, through ccxt over a socket', async () => {
    exchange.answers.set('/exchangeInfo', infoOf('ETHUSDT', 'BNBBTC'))
    for (const name of ['agg_trade', 'ticker_24hr', 'ticker_book'])
      exchange.messages.push(read(`ws/ws_spot_${name}.json`))
    const client = await streamClient(exchange)
    const [trade] = await client.watchTrades('ETH/USDT', undefined, undefined, { name: 'aggTrade' })
    expect(trade).toMatchObject({
      id: '226532',
      price: 1632.46,
      amount: 0.34305,
      side: 'buy',
      timestamp: 1675759520847,
    })
    expect(await client.watchTicker('BNB/BTC', { name: 'ticker' })).toMatchObject({
      last: 0.0025,
      bid: 0.0024,
      ask: 0.0026,
      high: 0.0025,
    })
    expect(await client.watchBidsAsks(['ETH/USDT'])).toMatchObject({ 'ETH/USDT': { bid: 4507.24, ask: 4507.25 } })
    await client.close()
  })

  it('every execution report, through ccxt', async () => {
    exchange.answers.set('/exchangeInfo', infoOf('ETHUSDT'))
    const client = await streamClient(exchange)
    await client.loadMarkets()
    const reports = readdirSync(join(recordings, 'ws')).filter((name) => name.includes('execution_report'))
    expect(reports).toHaveLength(19)
    const reportSchema = z.looseObject({
      data: z.looseObject({ i: z.number(), X: z.string(), q: z.string(), S: z.string() }),
    })
    for (const name of reports) {
      const { data } = reportSchema.parse(read(`ws/${name}`))
      const order: unknown = client.parseWsOrder(data)
      const id = String(data.i)
      expect({ name, order }).toMatchObject({ name, order: { id, amount: Number(data.q), side: data.S.toLowerCase() } })
    }
  })
})

describe.skipIf(!isHere)('The recorded book of November 2022', () => {
  const rowSchema = z.tuple([
    z.string(),
    z.coerce.number(),
    z.coerce.number(),
    z.coerce.number(),
    z.enum(['b', 'a']),
    z.string(),
    z.coerce.number(),
    z.coerce.number(),
    z.string(),
  ])

  function levels(name: string) {
    const [, ...lines] = readFileSync(join(recordings, 'book', name), 'utf8')
      .trim()
      .split('\n')
    const rows = lines.map((line) => rowSchema.parse(line.trim().split(',')))
    const side = (wanted: 'b' | 'a') => rows.filter((row) => row[4] === wanted).map((row) => [row[6], row[7]] as const)
    const [, eventMs = 0, firstId = 0, lastId = 0] = rows[0] ?? []
    return { eventMs, firstId, lastId, bids: side('b'), asks: side('a') }
  }

  it('has a hole of ten minutes between snapshot and update: the book is not believed', () => {
    const { bids, asks, lastId } = levels('btcusdt-depth-snap.csv')
    const update = levels('btcusdt-depth-update.csv')
    expect([bids.length + asks.length, update.bids.length + update.asks.length]).toEqual([100, 100])
    const book = createLiveBook()
    book.reset({ lastUpdateId: lastId, bids, asks }, 1000)
    expect(book.apply({ kind: 'depth', id: 'BTCUSDT', ...update })).toBe('gap')
  })

  it('takes the update on a snapshot that reaches into it: levels replaced, put in their place, or gone', () => {
    const snapshot = levels('btcusdt-depth-snap.csv')
    const update = levels('btcusdt-depth-update.csv')
    const book = createLiveBook()
    book.reset({ lastUpdateId: update.firstId, bids: snapshot.bids, asks: snapshot.asks }, 1000)
    expect(book.apply({ kind: 'depth', id: 'BTCUSDT', ...update })).toBe('applied')
    const byPrice = new Map([...snapshot.asks, ...update.asks].map(([price, qty]) => [price, qty]))
    const expected = [...byPrice].filter(([, qty]) => qty > 0).sort(([a], [b]) => a - b)
    expect(book.asks(1000)).toEqual(expected)
  })
})

describe.skipIf(!isHere)("ccxt's recorded cases", () => {
  const caseSchema = z.object({
    description: z.string(),
    method: z.string(),
    input: z.array(z.unknown()),
    httpResponse: z.unknown(),
    parsedResponse: z.unknown(),
  })
  const cases = isHere
    ? Object.values(
        z.object({ methods: z.record(z.string(), z.array(caseSchema)) }).parse(read('ccxt-static-response.json'))
          .methods,
      ).flat()
    : []

  /** One perpetual contract, as `/fapi/v1/exchangeInfo` lists it; four of the cases are of it. */
  const perpetual = {
    symbol: 'BTCUSDT',
    pair: 'BTCUSDT',
    contractType: 'PERPETUAL',
    status: 'TRADING',
    baseAsset: 'BTC',
    quoteAsset: 'USDT',
    marginAsset: 'USDT',
    pricePrecision: 2,
    quantityPrecision: 3,
    baseAssetPrecision: 8,
    quotePrecision: 8,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: '556.80', maxPrice: '4529764', tickSize: '0.10' },
      { filterType: 'LOT_SIZE', minQty: '0.001', maxQty: '1000', stepSize: '0.001' },
    ],
  }
  /** First bracket of BTCUSDT at the time of the recorded position: maintenance 0.4 %. */
  const brackets = [
    {
      symbol: 'BTCUSDT',
      brackets: [
        { bracket: 1, initialLeverage: 125, notionalCap: 50_000, notionalFloor: 0, maintMarginRatio: 0.004, cum: 0 },
      ],
    },
  ]

  it('are all there', () => expect(cases).toHaveLength(12))

  it.each(cases.map((recorded) => [`${recorded.method}: ${recorded.description}`, recorded] as const))(
    '%s',
    async (_name, { method, input, httpResponse, parsedResponse }) => {
      exchange.answers.set('/fapi/v1/exchangeInfo', { symbols: [perpetual] })
      exchange.answers.set('/api/v3/exchangeInfo', infoOf('BTCUSDT', 'SOLUSDT', 'LTCUSDT'))
      exchange.answers.set('/leverageBracket', brackets)
      exchange.answers.set('/', httpResponse)
      const client = new ccxt.binance({
        enableRateLimit: false,
        apiKey: 'none',
        secret: 'none',
        options: { fetchMarkets: { types: ['spot', 'linear'] }, fetchCurrencies: false },
      })
      const { api } = client.urls
      const here = Object.keys(z.record(z.string(), z.unknown()).parse(api)).map((name) => [
        name,
        exchange.url + pathOf(name),
      ])
      client.urls = { ...client.urls, api: { ...api, ...Object.fromEntries(here) } }
      await client.loadMarkets()
      const call: unknown = Reflect.get(client, method)
      if (typeof call !== 'function') throw new Error(`ccxt has no ${method}`)
      const parsed: unknown = await Reflect.apply(
        call,
        client,
        input.map((value) => value ?? undefined),
      )
      expect(plain(parsed)).toMatchObject(plainRecord(parsedResponse))
    },
  )

  /** ccxt's own base paths, so that the markets of each kind are found at their own address. */
  function pathOf(name: string): string {
    const version = /V([123])$/.exec(name)?.[1] ?? '1'
    if (name.startsWith('fapi')) return `/fapi/v${version}`
    return name === 'public' || name === 'private' ? '/api/v3' : `/${name}`
  }

  /** What JSON holds of a value, without the nulls that stand for nothing. */
  function plain(value: unknown): unknown {
    return JSON.parse(JSON.stringify(value, (_key, inner: unknown) => (inner === null ? undefined : inner)))
  }

  function plainRecord(value: unknown): object {
    const bare = plain(value)
    return Array.isArray(bare) ? bare : z.looseObject({}).parse(bare)
  }
})
