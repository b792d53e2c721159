import { existsSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { symbolRulesSchema } from '@shared/contract/exchange-rules'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadSymbolRules, readExchangeInfo } from '../../../src-main/engine/market/exchange-rules'
import { rootDir } from '../../helpers/repository'
import { temporaryFolder } from '../../helpers/temporary-folder'

const bundled = fileURLToPath(new URL('../../../resources/exchange-info.json', import.meta.url))
const recordedInfo = join(rootDir, '../shared/data/binance/exchangeInfo-spot-2023-09.json.gz')
let dir: string
beforeAll(async () => {
  dir = temporaryFolder('rules')
})
afterAll(() => rm(dir, { recursive: true }))

async function rulesFrom(path: string) {
  const rules = await loadSymbolRules(path)
  if (!rules.ok) throw new Error(rules.problem.message)
  return rules.value
}

test("BTC/USDT has Binance's own filters", async () => {
  expect((await rulesFrom(bundled))('BTC/USDT')).toEqual({
    symbol: 'BTC/USDT',
    base: 'BTC',
    quote: 'USDT',
    tickSize: '0.01000000',
    minPrice: '0.01000000',
    maxPrice: '1000000.00000000',
    stepSize: '0.00001000',
    minQty: '0.00001000',
    maxQty: '9000.00000000',
    marketStepSize: '0.00000000',
    marketMinQty: '0.00000000',
    marketMaxQty: '168.82682004',
    minNotional: '5.00000000',
    applyMinToMarket: true,
    maxNotional: '9000000.00000000',
    applyMaxToMarket: false,
    notionalAvgPriceMins: 5,
    percentPrice: null,
    percentPriceBySide: {
      bidMultiplierUp: '5',
      bidMultiplierDown: '0.2',
      askMultiplierUp: '5',
      askMultiplierDown: '0.2',
      avgPriceMins: 5,
    },
    maxNumOrders: 200,
    maxNumAlgoOrders: 5,
    maxPosition: null,
    trailingDelta: { minAbove: 10, maxAbove: 2000, minBelow: 10, maxBelow: 2000 },
    icebergParts: 10,
    orderTypes: null,
    status: 'TRADING',
    source: 'exchange_info',
  })
})

test('a pair nobody has heard of gets rules that say that they are assumed', async () => {
  const rules = (await rulesFrom(bundled))('NEVERSEEN/USDT')
  expect(symbolRulesSchema.safeParse(rules).success).toBe(true)
  expect(rules).toMatchObject({ base: 'NEVERSEEN', quote: 'USDT', minNotional: '10', source: 'assumed' })
})

test('the older MIN_NOTIONAL filter counts as well', async () => {
  const path = join(dir, 'older.json')
  const filters = [
    { filterType: 'PRICE_FILTER', minPrice: '0.01', maxPrice: '100', tickSize: '0.01' },
    { filterType: 'LOT_SIZE', minQty: '0.1', maxQty: '9', stepSize: '0.1' },
    { filterType: 'MIN_NOTIONAL', minNotional: '12', applyToMarket: true, avgPriceMins: 5 },
  ]
  await writeFile(path, JSON.stringify({ symbols: [{ baseAsset: 'OLD', quoteAsset: 'USDT', filters }] }))
  expect((await rulesFrom(path))('OLD/USDT')).toMatchObject({
    minNotional: '12',
    applyMinToMarket: true,
    maxNotional: '0',
  })
})

test.each([
  ['{', 'exchange_info_broken'],
  ['{"symbols": 3}', 'exchange_info_broken'],
  [
    '{"symbols": [{"baseAsset": "A", "quoteAsset": "B", "filters": [{"filterType": "MAX_POSITION", "maxPosition": "x"}]}]}',
    'exchange_info_broken',
  ],
])('%s is refused', async (content, code) => {
  const path = join(dir, 'bad.json')
  await writeFile(path, content)
  expect(await loadSymbolRules(path)).toMatchObject({ ok: false, problem: { code } })
})

test('a missing file is refused', async () => {
  expect(await loadSymbolRules(join(dir, 'none.json'))).toMatchObject({ problem: { code: 'exchange_info_missing' } })
})

test("all of Binance's spot symbols of September 2023 are read", async ({ skip }) => {
  if (!existsSync(recordedInfo)) return skip(`${recordedInfo} is not here`)
  const info = readExchangeInfo(JSON.parse(gunzipSync(readFileSync(recordedInfo)).toString('utf8')))
  expect(info).toMatchObject({ unreadable: [], weightPerMinute: 6000 })
  expect(info?.rules).toHaveLength(2292)
  expect(info?.rules.filter((rules) => rules.status === 'BREAK')).toHaveLength(952)
  expect(info?.rules.find((rules) => rules.symbol === 'BTCUP/USDT')?.maxPosition).toBe('547.00000000')
})

test('a symbol without any filter can be traded at the finest step', () => {
  const info = readExchangeInfo({ symbols: [{ baseAsset: 'BARE', quoteAsset: 'USDT', filters: [] }] })
  expect(info?.rules).toMatchObject([
    { symbol: 'BARE/USDT', tickSize: '0.00000001', stepSize: '0.00000001', minNotional: '0', maxNumOrders: null },
  ])
})

test('a symbol that cannot be read does not keep the others from being read', () => {
  const filters = [{ filterType: 'SOMETHING_NEW', of: 'tomorrow' }]
  const info = readExchangeInfo({
    symbols: [
      { baseAsset: '币安人生', quoteAsset: 'USDT', filters },
      { baseAsset: 'BTC', quoteAsset: 'USDT', filters },
    ],
  })
  expect(info?.rules.map((rules) => rules.symbol)).toEqual(['BTC/USDT'])
  expect(info?.unreadable).toEqual(['币安人生/USDT'])
})
