import { readFile } from 'node:fs/promises'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { pairParts } from '@shared/rules/pair-name'
import { z } from 'zod'
import { wireDecimals } from './wire-figure'

/** One symbol of `exchangeInfo`; fields that nothing here reads pass through. */
const listedSymbolSchema = z.looseObject({
  symbol: z.string(),
  status: z.string(),
  baseAsset: z.string(),
  quoteAsset: z.string(),
  filters: z.array(z.looseObject({ filterType: z.string() })),
})

export type ListedSymbol = z.infer<typeof listedSymbolSchema>

const exchangeInfoSchema = z.object({ symbols: z.array(listedSymbolSchema) })
const lotSizeSchema = z.object({ filterType: z.literal('LOT_SIZE'), stepSize: z.string() })

/** What Binance sends of every spot symbol and an excerpt of `exchangeInfo` may leave out. */
const spotFields = {
  baseAssetPrecision: 8,
  quotePrecision: 8,
  quoteAssetPrecision: 8,
  baseCommissionPrecision: 8,
  quoteCommissionPrecision: 8,
  orderTypes: ['LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT_LIMIT'],
  icebergAllowed: true,
  ocoAllowed: true,
  quoteOrderQtyMarketAllowed: true,
  allowTrailingStop: true,
  cancelReplaceAllowed: true,
  isSpotTradingAllowed: true,
  isMarginTradingAllowed: false,
  permissions: ['SPOT'],
  permissionSets: [['SPOT']],
  defaultSelfTradePreventionMode: 'NONE',
  allowedSelfTradePreventionModes: ['NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'],
}

/** The rate limits that Binance spot states. */
export const statedRateLimits = [
  { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 6000 },
  { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 50 },
  { rateLimitType: 'ORDERS', interval: 'DAY', intervalNum: 1, limit: 160_000 },
  { rateLimitType: 'RAW_REQUESTS', interval: 'MINUTE', intervalNum: 5, limit: 61_000 },
] as const

/** Reads the symbols of an `exchangeInfo` answer or of an excerpt of one. */
export async function readListings(
  path: string,
): Promise<Outcome<ReadonlyMap<string, ListedSymbol>, 'exchange_info_broken'>> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const info = exchangeInfoSchema.safeParse(parsedJson(text))
  if (!info.success) return failure('exchange_info_broken', `${path} is not an exchangeInfo answer. Restore it.`)
  return success(new Map(info.data.symbols.map((listed) => [listed.symbol, { ...spotFields, ...listed }])))
}

/** A listing for a recorded pair that no exchange information is known of: its own decimals, and no other bound. */
export function assumedListing(pair: string, priceDecimals: number): ListedSymbol {
  const { base, quote } = pairParts(pair) ?? { base: pair, quote: '' }
  const tickSize = (10 ** -priceDecimals).toFixed(wireDecimals)
  const finest = (10 ** -wireDecimals).toFixed(wireDecimals)
  return {
    ...spotFields,
    symbol: pair,
    status: 'TRADING',
    baseAsset: base,
    quoteAsset: quote,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: tickSize, maxPrice: '1000000.00000000', tickSize },
      { filterType: 'LOT_SIZE', minQty: finest, maxQty: '900000000.00000000', stepSize: finest },
      {
        filterType: 'NOTIONAL',
        minNotional: '5.00000000',
        applyMinToMarket: true,
        maxNotional: '9000000.00000000',
        applyMaxToMarket: false,
        avgPriceMins: 5,
      },
    ],
  }
}

/** Decimals of the symbol's lots; eight where none are stated. */
export function lotDecimals(listed: ListedSymbol): number {
  for (const filter of listed.filters) {
    const lot = lotSizeSchema.safeParse(filter)
    if (lot.success) return Math.max(0, lot.data.stepSize.replace(/0+$/, '').split('.')[1]?.length ?? 0)
  }
  return wireDecimals
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
