import type { RunSpec } from '@shared/contract/journal'
import type { Settings } from '@shared/contract/settings'

/** A run over hourly candles from the first to the last. */
export function hourlyReplay(symbols: readonly string[], settings: Settings): RunSpec {
  return {
    venue: 'replay',
    symbols: [...symbols],
    timeframe: '1h',
    fromMs: 0,
    toMs: null,
    modelPreference: null,
    dataHash: null,
    settings,
  }
}
