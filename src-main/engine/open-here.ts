import type { Outcome } from '@shared/contract/outcome'
import { type Engine, openEngine } from './engine'
import { createLog } from './log'
import { systemClock } from './market/clock'
import type { Places } from './places'
import { readSettings } from './settings-file'

/** The engine inside this process, on the trader's own data folder and settings and on the real clock. */
export async function openEngineHere(places: Places): Promise<Outcome<Engine>> {
  const settings = readSettings(places.dataDir, process.env)
  if (!settings.ok) return settings
  return openEngine({ places, settings: settings.value, clock: systemClock, log: createLog(process.env) })
}
