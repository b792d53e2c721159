import { join } from 'node:path'
import type { MarketSymbol, Timeframe } from '@shared/contract/candle'

/** One stretch of recorded market that comes with the product, see `resources/sample-data/README.md`. */
export interface SampleStretch {
  readonly title: string
  readonly symbols: readonly MarketSymbol[]
  readonly timeframe: Timeframe
  /** A window of open times [fromMs, toMs) with at least 600 candles of warm-up recorded before it. */
  readonly fromMs: number
  readonly toMs: number
}

const bitcoinAndEther: readonly MarketSymbol[] = ['BTC/USDT', 'ETH/USDT']

export const sampleStretches = {
  years: {
    title: 'Bull and bear, 2021 to October 2022',
    symbols: bitcoinAndEther,
    timeframe: '1h',
    fromMs: Date.UTC(2021, 0, 1),
    toMs: Date.UTC(2022, 9, 11),
  },
  crash: {
    title: 'The fall of 19 May 2021',
    symbols: bitcoinAndEther,
    timeframe: '1h',
    fromMs: Date.UTC(2021, 4, 17),
    toMs: Date.UTC(2021, 4, 21),
  },
  outage: {
    title: 'Binance stands still on 24 March 2023',
    symbols: bitcoinAndEther,
    timeframe: '1m',
    fromMs: Date.UTC(2023, 2, 24, 10),
    toMs: Date.UTC(2023, 2, 24, 18),
  },
  fall: {
    title: 'Eight per cent in an hour, 26 April 2023',
    symbols: bitcoinAndEther,
    timeframe: '1m',
    fromMs: Date.UTC(2023, 3, 26, 16),
    toMs: Date.UTC(2023, 3, 27),
  },
} as const satisfies Record<string, SampleStretch>

export function sampleDataDir(resourcesDir: string): string {
  return join(resourcesDir, 'sample-data')
}
