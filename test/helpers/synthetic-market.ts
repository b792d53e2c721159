import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Candle, type MarketSymbol, type Timeframe, timeframeMs } from '@shared/contract/candle'
import { seededRandom } from '@shared/rules/seeded-random'

export interface SyntheticMarket {
  readonly symbol: MarketSymbol
  readonly seed: number
  readonly startPrice: number
  readonly fromMs: number
  readonly count: number
  readonly timeframe: Timeframe
}

/** How often a candle is missing, and how often nobody trades in one. */
const gapChance = 0.02
const silentChance = 0.03
const volatility = 0.015

/** A random walk with gaps, silent candles and wicks: made prices that mean nothing, the same for the same seed. */
export function syntheticCandles({ seed, startPrice, fromMs, count, timeframe }: SyntheticMarket): readonly Candle[] {
  const random = seededRandom(seed)
  const move = (): number => 1 + volatility * (random.fraction() + random.fraction() - 1)
  let close = startPrice
  const candles: Candle[] = []
  for (let place = 0; place < count; place += 1) {
    const open = cents(close * (random.fraction() < 0.2 ? move() : 1))
    const isSilent = random.fraction() < silentChance
    close = isSilent ? open : cents(open * move() * move())
    const high = isSilent ? open : cents(Math.max(open, close) * (1 + 0.3 * volatility * random.fraction()))
    const low = isSilent ? open : cents(Math.min(open, close) * (1 - 0.3 * volatility * random.fraction()))
    const volume = isSilent ? 0 : cents(1 + 20 * random.fraction() ** 3)
    const openTimeMs = fromMs + place * timeframeMs[timeframe]
    if (random.fraction() >= gapChance) candles.push({ openTimeMs, open, high, low, close, volume })
  }
  return candles
}

/** Writes the markets as candle files into the folder. */
export function writeSyntheticMarkets(dir: string, markets: readonly SyntheticMarket[]): void {
  mkdirSync(dir, { recursive: true })
  for (const market of markets) {
    const rows = syntheticCandles(market).map(({ openTimeMs, open, high, low, close, volume }) =>
      [openTimeMs, open, high, low, close, volume].join(','),
    )
    const name = `${market.symbol.replace('/', '')}-${market.timeframe}.csv`
    writeFileSync(join(dir, name), `${['timestamp_ms,open,high,low,close,volume', ...rows].join('\n')}\n`)
  }
}

function cents(price: number): number {
  return Math.round(price * 100) / 100
}
