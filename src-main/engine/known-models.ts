import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Timeframe, timeframeMs } from '@shared/contract/candle'
import type { KnownModel } from './analysis/report/recorded-models'
import { loadCatalogue } from './models/catalogue'
import { manifestFile } from './models/manifest'
import type { Places } from './places'

/**
 * How far the starter's training candles reach (resources/models/starter/README.md): candles of an hour and longer to
 * the end of 2020, shorter ones to 2023-04-07.
 */
const starterCutoffMs = { hourly: Date.UTC(2021, 0, 1), shorter: Date.UTC(2023, 3, 8) } as const

/** What is known of a model by the SHA-256 of its file: the starter, and what the library has installed or lists. */
export function knownModels(
  places: Pick<Places, 'dataDir' | 'cataloguePath' | 'starterPath'>,
  timeframe: Timeframe,
): (modelHash: string) => KnownModel | null {
  const { dataDir, cataloguePath, starterPath } = places
  const { entries } = loadCatalogue(cataloguePath, join(dataDir, 'catalogue.json'))
  // Names for a report: a list that cannot be read costs names, and `models list` says what is wrong with it.
  const manifest = manifestFile(join(dataDir, 'models.json')).read()
  const installed = manifest.ok ? manifest.value.models : []
  const starterHash = hashOf(starterPath)
  return (modelHash) => {
    if (modelHash === starterHash) {
      const isHourly = timeframeMs[timeframe] >= timeframeMs['1h']
      return { name: 'starter', knowledgeCutoffMs: isHourly ? starterCutoffMs.hourly : starterCutoffMs.shorter }
    }
    const file = installed.find(({ sha256 }) => sha256 === modelHash)
    const entry = entries.find(({ id, sha256 }) => id === file?.entryId || sha256 === modelHash)
    if (entry === undefined) return file === undefined ? null : { name: file.id, knowledgeCutoffMs: null }
    return { name: entry.title, knowledgeCutoffMs: endOfMonthMs(entry.knowledgeCutoff) }
  }
}

/** The first moment after the month: "2023-10" is known up to the end of October. */
function endOfMonthMs(month: string | null): number | null {
  if (month === null) return null
  const [year = 0, ofYear = 0] = month.split('-').map(Number)
  return Date.UTC(year, ofYear)
}

function hashOf(path: string): string | null {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex')
  } catch {
    return null
  }
}
