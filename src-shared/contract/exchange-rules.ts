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
  /** `exchange_info` for a symbol of the bundled excerpt; `assumed` where none is known and safe defaults stand in. */
  source: z.enum(['exchange_info', 'assumed']),
})

export type SymbolRules = Readonly<z.infer<typeof symbolRulesSchema>>
