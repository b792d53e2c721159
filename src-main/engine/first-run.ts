import { sampleStretches } from './market/sample'
import type { Places } from './places'
import type { RunRequest } from './runs'

/** One hourly candle a second: slow enough to read, fast enough to see the desk at work. */
const firstRunSpeed = 3600

/**
 * What the desk runs over when nobody says anything else: recorded hours of BTC and ETH from two days before the fall
 * of May 2021 on. A restart continues it where it was left.
 */
export function firstRun({ sampleDataDir }: Pick<Places, 'sampleDataDir'>): RunRequest {
  const { crash, years } = sampleStretches
  return {
    venue: 'replay',
    symbols: crash.symbols,
    timeframe: crash.timeframe,
    fromMs: crash.fromMs,
    toMs: years.toMs,
    modelPreference: null,
    candlesDir: sampleDataDir,
    speed: firstRunSpeed,
  }
}
