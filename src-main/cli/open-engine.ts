import type { Outcome } from '@shared/contract/outcome'
import { type Engine, openEngine } from '../engine/engine'
import { systemClock } from '../engine/market/clock'
import { readSettings } from '../engine/settings-file'
import { createLog } from './log'
import type { Places } from './places'

/** The engine inside this process, on the trader's own data folder and settings. */
export async function openEngineHere(places: Places): Promise<Outcome<Engine>> {
  const settings = readSettings(places.dataDir, process.env)
  if (!settings.ok) return settings
  return openEngine({ places, settings: settings.value, clock: systemClock, log: createLog(process.env) })
}
