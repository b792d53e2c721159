import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CalibrationMap, calibrationFileSchema } from '@shared/contract/calibration'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { withMaps } from '@shared/rules/calibration'
import { makeDataFolder } from '../data-folder'
import { wholeFile } from '../whole-file'

export type CalibrationFileProblemCode = 'calibration_unreadable' | 'calibration_invalid' | 'calibration_unwritable'

const fileName = 'calibration.json'

/** Every map in the data folder's `calibration.json`; none where there is no such file. */
export function readCalibration(dataDir: string): Outcome<readonly CalibrationMap[], CalibrationFileProblemCode> {
  const path = join(dataDir, fileName)
  const advice = 'Remove the file and fit the maps again: quartet eval decisions --fit-calibration.'
  const written = readIfThere(path)
  if (!written.ok) return failure(written.problem.code, `${written.problem.message} ${advice}`)
  if (written.value === undefined) return success([])
  const parsed = calibrationFileSchema.safeParse(written.value)
  if (parsed.success) return success(parsed.data.maps)
  const faults = parsed.error.issues.map(({ path: at, message }) => `${at.join('.') || 'the whole'}: ${message}`)
  return failure('calibration_invalid', `${path} cannot be used: ${faults.join('; ')}. ${advice}`)
}

/**
 * Puts new maps beside those that are there, in place of those for the same model, prompt, class of pairs and candles.
 * The file is replaced as a whole; one that cannot be read is left as it is. Answers with the file's path.
 */
export function addCalibration(
  dataDir: string,
  maps: readonly CalibrationMap[],
): Outcome<string, CalibrationFileProblemCode> {
  const known = readCalibration(dataDir)
  if (!known.ok) return known
  const path = join(dataDir, fileName)
  const file = wholeFile(path)
  try {
    makeDataFolder(dataDir)
    const document = { version: 1, maps: withMaps(known.value, maps) }
    writeFileSync(file.unfinishedPath, `${JSON.stringify(document, null, 2)}\n`)
    file.finish()
    return success(path)
  } catch (error) {
    file.abandon()
    return failure('calibration_unwritable', `${path} cannot be written: ${reasonOf(error)}.`)
  }
}

/** Undefined, which no JSON text is, where there is no file. */
function readIfThere(path: string): Outcome<unknown, CalibrationFileProblemCode> {
  try {
    return success(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return success(undefined)
    return failure('calibration_unreadable', `${path} cannot be read: ${reasonOf(error)}.`)
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
