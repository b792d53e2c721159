import { createHash } from 'node:crypto'
import type { MarketTick } from '@shared/contract/market-data'

/** SHA-256 over trades and books as they pass, their figures as 64-bit floats. */
export interface TickDigest {
  add(tick: MarketTick): void
  /** In hex; ends the digest. */
  end(): string
}

export function createTickDigest(): TickDigest {
  const hash = createHash('sha256')
  return {
    add(tick) {
      hash.update(new Uint8Array(Float64Array.from(figuresOf(tick)).buffer))
    },
    end: () => hash.digest('hex'),
  }
}

function figuresOf(tick: MarketTick): readonly number[] {
  if (tick.kind === 'trade') {
    const { timeMs, tradeId, price, qtyBase, aggressor } = tick.trade
    return [timeMs, tradeId, price, qtyBase, aggressor === 'buy' ? 1 : -1]
  }
  const { atMs, bids, asks } = tick.book
  return [atMs, bids.length, asks.length, ...bids.flat(), ...asks.flat()]
}
