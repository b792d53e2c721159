import { createHash, type Hash, hash } from 'node:crypto'
import type { Candle, MarketSymbol } from '@shared/contract/candle'

const figuresPerCandle = 6
const candlesPerUpdate = 1024

/** SHA-256 over candles as they pass: open time, open, high, low, close and volume of each as 64-bit floats. */
export interface CandleDigest {
  add(candle: Candle): void
  /** In hex; ends the digest. */
  end(): string
}

export function createCandleDigest(): CandleDigest {
  const digest: Hash = createHash('sha256')
  const figures = new Float64Array(candlesPerUpdate * figuresPerCandle)
  let at = 0
  const flush = (): void => {
    digest.update(new Uint8Array(figures.buffer, 0, at * figures.BYTES_PER_ELEMENT))
    at = 0
  }
  return {
    add({ openTimeMs, open, high, low, close, volume }) {
      figures[at++] = openTimeMs
      figures[at++] = open
      figures[at++] = high
      figures[at++] = low
      figures[at++] = close
      figures[at++] = volume
      if (at === figures.length) flush()
    },
    end() {
      flush()
      return digest.digest('hex')
    },
  }
}

/** One hash for the histories of several symbols. */
export function dataHashOf(histories: readonly { readonly symbol: MarketSymbol; readonly digest: string }[]): string {
  return hash('sha256', histories.map(({ symbol, digest }) => `${symbol} ${digest}\n`).join(''), 'hex')
}
