import type { Outcome } from '@shared/contract/outcome'
import { type Engine, openEngine } from './engine'
import { createLog } from './log'
import { systemClock, type WallClock } from './market/clock'
import type { Places } from './places'
import { readAnswerSettings, readSettings } from './settings-file'

/** The engine inside this process, on the trader's own data folder and settings and, unless told otherwise, the real clock. */
export async function openEngineHere(places: Places, clock: WallClock = systemClock): Promise<Outcome<Engine>> {
  const settings = readSettings(places.dataDir, process.env)
  if (!settings.ok) return settings
  const answers = readAnswerSettings(places.dataDir)
  if (!answers.ok) return answers
  const log = createLog(process.env)
  return openEngine({ places, settings: settings.value, answers: answers.value, clock, log })
}
