import { readFile } from 'node:fs/promises'
import { type MarketSymbol, symbolParts } from '@shared/contract/candle'
import { type SymbolRules, symbolRulesSchema } from '@shared/contract/exchange-rules'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { z } from 'zod'

export type ExchangeRulesProblemCode = 'exchange_info_missing' | 'exchange_info_broken'

const text = z.string()

/** The parts of `/api/v3/exchangeInfo` that are used; filters of other types pass through unread. */
const symbolInfoSchema = z.object({
  baseAsset: text,
  quoteAsset: text,
  status: text.default('TRADING'),
  orderTypes: z.array(text).nullable().default(null),
  filters: z.array(z.looseObject({ filterType: text })),
})

const exchangeInfoSchema = z.object({
  rateLimits: z
    .array(z.looseObject({ rateLimitType: text, interval: text, intervalNum: z.int(), limit: z.int().positive() }))
    .default([]),
  symbols: z.array(symbolInfoSchema),
})

const priceFilter = z.object({ filterType: z.literal('PRICE_FILTER'), minPrice: text, maxPrice: text, tickSize: text })
const lotFields = { minQty: text, maxQty: text, stepSize: text }
const lotSize = z.object({ filterType: z.literal('LOT_SIZE'), ...lotFields })
const marketLotSize = z.object({ filterType: z.literal('MARKET_LOT_SIZE'), ...lotFields })
const notional = z.object({
  filterType: z.literal('NOTIONAL'),
  minNotional: text,
  applyMinToMarket: z.boolean(),
  maxNotional: text,
  applyMaxToMarket: z.boolean(),
  avgPriceMins: z.int().default(0),
})
/** The form that NOTIONAL replaced; exchanges that follow Binance still answer with it. */
const minNotional = z.object({
  filterType: z.literal('MIN_NOTIONAL'),
  minNotional: text,
  applyToMarket: z.boolean(),
  avgPriceMins: z.int().default(0),
})
const percentPrice = z.object({
  filterType: z.literal('PERCENT_PRICE'),
  multiplierUp: text,
  multiplierDown: text,
  avgPriceMins: z.int().default(0),
})
const percentPriceBySide = z.object({
  filterType: z.literal('PERCENT_PRICE_BY_SIDE'),
  bidMultiplierUp: text,
  bidMultiplierDown: text,
  askMultiplierUp: text,
  askMultiplierDown: text,
  avgPriceMins: z.int().default(0),
})
const maxNumOrders = z.object({ filterType: z.literal('MAX_NUM_ORDERS'), maxNumOrders: z.int() })
const maxNumAlgoOrders = z.object({ filterType: z.literal('MAX_NUM_ALGO_ORDERS'), maxNumAlgoOrders: z.int() })
const maxPosition = z.object({ filterType: z.literal('MAX_POSITION'), maxPosition: text })
const trailingDelta = z.object({
  filterType: z.literal('TRAILING_DELTA'),
  minTrailingAboveDelta: z.int(),
  maxTrailingAboveDelta: z.int(),
  minTrailingBelowDelta: z.int(),
  maxTrailingBelowDelta: z.int(),
})
const icebergParts = z.object({ filterType: z.literal('ICEBERG_PARTS'), limit: z.int() })

/** Eight decimals: the finest that Binance uses anywhere. */
const finestStep = '0.00000001'

type RawFilters = readonly { readonly filterType: string }[]

/**
 * The rules of every symbol in an `exchangeInfo` file (the whole answer or an excerpt). The answer is total: a symbol
 * that the file lacks gets `assumedRules`.
 */
export async function loadSymbolRules(
  path: string,
): Promise<Outcome<(symbol: MarketSymbol) => SymbolRules, ExchangeRulesProblemCode>> {
  const content = await readFile(path, 'utf8').catch(() => null)
  if (content === null) return failure('exchange_info_missing', `${path} cannot be read. Restore the exchange rules.`)
  const info = readExchangeInfo(parsedJson(content))
  if (info === null) return failure('exchange_info_broken', `${path} is not an exchangeInfo answer. Restore it.`)
  const [unreadable] = info.unreadable
  if (unreadable !== undefined) {
    return failure('exchange_info_broken', `${path}: the filters of ${unreadable} cannot be read.`)
  }
  const rules = new Map<MarketSymbol, SymbolRules>(info.rules.map((rule) => [rule.symbol, rule]))
  return success((symbol) => rules.get(symbol) ?? assumedRules(symbol))
}

/** What an `exchangeInfo` answer says. */
export interface ExchangeInfo {
  readonly rules: readonly SymbolRules[]
  /** Pairs whose filters are not what Binance documents, or whose name no symbol of ours can have. */
  readonly unreadable: readonly string[]
  /** REQUEST_WEIGHT allowed a minute; null where the answer does not say. */
  readonly weightPerMinute: number | null
}

/** Null where the value is no `exchangeInfo` answer at all. */
export function readExchangeInfo(value: unknown): ExchangeInfo | null {
  const info = exchangeInfoSchema.safeParse(value)
  if (!info.success) return null
  const rules: SymbolRules[] = []
  const unreadable: string[] = []
  for (const { baseAsset, quoteAsset, status, orderTypes, filters } of info.data.symbols) {
    const symbol = `${baseAsset}/${quoteAsset}`
    const named = { symbol, base: baseAsset, quote: quoteAsset, status, orderTypes }
    const parsed = symbolRulesSchema.safeParse({ ...named, ...rulesOf(filters) })
    if (parsed.success) rules.push(parsed.data)
    else unreadable.push(symbol)
  }
  const weight = info.data.rateLimits.find(
    ({ rateLimitType, interval, intervalNum }) =>
      rateLimitType === 'REQUEST_WEIGHT' && interval === 'MINUTE' && intervalNum === 1,
  )
  return { rules, unreadable, weightPerMinute: weight?.limit ?? null }
}

/** Of a symbol without a filter everything goes that the filter would bound, at the finest step that Binance knows. */
function rulesOf(filters: RawFilters): Partial<SymbolRules> {
  const price = found(filters, priceFilter)
  const lot = found(filters, lotSize)
  const marketLot = found(filters, marketLotSize)
  return {
    tickSize: price?.tickSize ?? finestStep,
    minPrice: price?.minPrice ?? '0',
    maxPrice: price?.maxPrice ?? '0',
    stepSize: lot?.stepSize ?? finestStep,
    minQty: lot?.minQty ?? '0',
    maxQty: lot?.maxQty ?? '0',
    marketStepSize: marketLot?.stepSize ?? '0',
    marketMinQty: marketLot?.minQty ?? '0',
    marketMaxQty: marketLot?.maxQty ?? '0',
    ...notionalBounds(filters),
    ...priceBounds(filters),
    maxNumOrders: found(filters, maxNumOrders)?.maxNumOrders ?? null,
    maxNumAlgoOrders: found(filters, maxNumAlgoOrders)?.maxNumAlgoOrders ?? null,
    maxPosition: found(filters, maxPosition)?.maxPosition ?? null,
    icebergParts: found(filters, icebergParts)?.limit ?? null,
    source: 'exchange_info',
  }
}

function notionalBounds(
  filters: RawFilters,
): Pick<SymbolRules, 'minNotional' | 'applyMinToMarket' | 'maxNotional' | 'applyMaxToMarket' | 'notionalAvgPriceMins'> {
  const both = found(filters, notional)
  const least = found(filters, minNotional)
  return {
    minNotional: both?.minNotional ?? least?.minNotional ?? '0',
    applyMinToMarket: both?.applyMinToMarket ?? least?.applyToMarket ?? false,
    maxNotional: both?.maxNotional ?? '0',
    applyMaxToMarket: both?.applyMaxToMarket ?? false,
    notionalAvgPriceMins: both?.avgPriceMins ?? least?.avgPriceMins ?? 0,
  }
}

function priceBounds(filters: RawFilters): Pick<SymbolRules, 'percentPrice' | 'percentPriceBySide' | 'trailingDelta'> {
  const trailing = found(filters, trailingDelta)
  return {
    percentPrice: found(filters, percentPrice) ?? null,
    percentPriceBySide: found(filters, percentPriceBySide) ?? null,
    trailingDelta: trailing
      ? {
          minAbove: trailing.minTrailingAboveDelta,
          maxAbove: trailing.maxTrailingAboveDelta,
          minBelow: trailing.minTrailingBelowDelta,
          maxBelow: trailing.maxTrailingBelowDelta,
        }
      : null,
  }
}

/** The first filter that has the schema's shape. */
function found<Filter>(filters: RawFilters, schema: z.ZodType<Filter>): Filter | undefined {
  for (const filter of filters) {
    const parsed = schema.safeParse(filter)
    if (parsed.success) return parsed.data
  }
  return undefined
}

/**
 * Stand-in for a symbol of which no rules are known: eight decimals, the finest that Binance uses anywhere, and orders
 * of at least 10 units of the quote asset, the highest minimum it asks of USDT pairs.
 */
export function assumedRules(symbol: MarketSymbol): SymbolRules {
  return {
    symbol,
    ...symbolParts(symbol),
    tickSize: finestStep,
    minPrice: '0',
    maxPrice: '0',
    stepSize: finestStep,
    minQty: '0',
    maxQty: '0',
    marketStepSize: '0',
    marketMinQty: '0',
    marketMaxQty: '0',
    minNotional: '10',
    applyMinToMarket: true,
    maxNotional: '0',
    applyMaxToMarket: false,
    notionalAvgPriceMins: 0,
    percentPrice: null,
    percentPriceBySide: null,
    maxNumOrders: null,
    maxNumAlgoOrders: null,
    maxPosition: null,
    trailingDelta: null,
    icebergParts: null,
    orderTypes: null,
    status: 'TRADING',
    source: 'assumed',
  }
}

function parsedJson(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return null
  }
}
