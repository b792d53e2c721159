import { z } from 'zod'
import { symbolSchema } from './candle'
import { decimalText } from './money'

/**
 * What an exchange demands of orders in one symbol: Binance spot's filters, as `exchangeInfo` words them
 * (https://developers.binance.com/docs/binance-spot-api-docs/filters). A bound of "0" is switched off.
 */
export const symbolRulesSchema = z.object({
  symbol: symbolSchema,
  base: z.string(),
  quote: z.string(),
  /** PRICE_FILTER */
  tickSize: decimalText,
  minPrice: decimalText,
  maxPrice: decimalText,
  /** LOT_SIZE */
  stepSize: decimalText,
  minQty: decimalText,
  maxQty: decimalText,
  /** MARKET_LOT_SIZE */
  marketStepSize: decimalText,
  marketMinQty: decimalText,
  marketMaxQty: decimalText,
  /** NOTIONAL (or MIN_NOTIONAL), and whether it holds for market orders. */
  minNotional: decimalText,
  applyMinToMarket: z.boolean(),
  maxNotional: decimalText,
  applyMaxToMarket: z.boolean(),
  /** Minutes of the average price that NOTIONAL measures market orders at; 0 means the last price. */
  notionalAvgPriceMins: z.int().nonnegative(),
  /** PERCENT_PRICE */
  percentPrice: z
    .object({ multiplierUp: decimalText, multiplierDown: decimalText, avgPriceMins: z.int().nonnegative() })
    .nullable(),
  /** PERCENT_PRICE_BY_SIDE: bounds of a buy's price (bid) and of a sell's (ask). */
  percentPriceBySide: z
    .object({
      bidMultiplierUp: decimalText,
      bidMultiplierDown: decimalText,
      askMultiplierUp: decimalText,
      askMultiplierDown: decimalText,
      avgPriceMins: z.int().nonnegative(),
    })
    .nullable(),
  /** MAX_NUM_ORDERS: open orders of the symbol. */
  maxNumOrders: z.int().positive().nullable(),
  /** MAX_NUM_ALGO_ORDERS: open orders of the symbol that wait for a trigger. */
  maxNumAlgoOrders: z.int().nonnegative().nullable(),
  /** MAX_POSITION, in the base asset: what is held and what open buys may add. */
  maxPosition: decimalText.nullable(),
  /** TRAILING_DELTA, in basis points: above the price (a buy's stop) and below it (a sell's). */
  trailingDelta: z.object({ minAbove: z.int(), maxAbove: z.int(), minBelow: z.int(), maxBelow: z.int() }).nullable(),
  /** ICEBERG_PARTS: most parts that an iceberg order may be split into. */
  icebergParts: z.int().positive().nullable(),
  /** Order types that the symbol takes, in Binance's words (LIMIT, STOP_LOSS_LIMIT, ...); null where unknown: all. */
  orderTypes: z.array(z.string()).nullable(),
  /** TRADING, or why it is not traded (BREAK, HALT, ...). */
  status: z.string(),
  /** `exchange_info` for a symbol of the bundled excerpt; `assumed` where none is known and safe defaults stand in. */
  source: z.enum(['exchange_info', 'assumed']),
})

export type SymbolRules = Readonly<z.infer<typeof symbolRulesSchema>>
