import type { MarketSymbol, Timeframe } from '@shared/contract/candle'
import { type ContextBuilder, createContextBuilder } from '../context/context-builder'
import type { Venue } from '../market/venue'

/** One builder of contexts per symbol, made when the symbol is first met and warmed up with what the venue has of it. */
export function contextBuilders(
  venue: Pick<Venue, 'warmUp'>,
  timeframe: Timeframe,
): (symbol: MarketSymbol) => ContextBuilder {
  const builders = new Map<MarketSymbol, ContextBuilder>()
  return (symbol) => {
    const known = builders.get(symbol)
    if (known !== undefined) return known
    const builder = createContextBuilder({ symbol, timeframe })
    builder.warm(venue.warmUp(symbol))
    builders.set(symbol, builder)
    return builder
  }
}
