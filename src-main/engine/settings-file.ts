import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Slot } from '@shared/contract/model'
import type { NewsSettings } from '@shared/contract/news'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { type AnswerSettings, type LibrarySettings, type Settings, settingsFileSchema } from '@shared/contract/settings'
import { z } from 'zod'
import { makeDataFolder } from './data-folder'
import { settingsFaults } from './settings-names'
import { wholeFile } from './whole-file'

const fileName = 'settings.json'

/** Settings that the environment overrides, under the names of the system this one succeeds. */
const environmentSchema = z.object({
  MIN_LLM_CONFIDENCE: z.coerce.number().min(0).max(1).optional(),
})

export type SettingsProblem = 'settings_unreadable' | 'settings_invalid' | 'settings_unwritable'

/**
 * Reads `settings.json` from the data folder; without one, everything has its default. Any part of the settings may
 * be left out; an unknown or bad one is refused by name, because a misspelt limit must never be a limit that is off.
 */
export function readSettings(dataDir: string, env: NodeJS.ProcessEnv): Outcome<Settings, SettingsProblem> {
  const file = readFile(dataDir)
  if (!file.ok) return file
  const { models: _library, answers: _answers, ...settings } = file.value.settings
  const environment = environmentSchema.safeParse(env)
  if (!environment.success) {
    return failure(
      'settings_invalid',
      `The environment holds a setting that cannot be used: ${settingsFaults(environment.error)}.`,
    )
  }
  const { MIN_LLM_CONFIDENCE } = environment.data
  if (MIN_LLM_CONFIDENCE === undefined) return success(settings)
  return success({ ...settings, risk: { ...settings.risk, minConfidence: MIN_LLM_CONFIDENCE } })
}

/** Settings out of any file, to compare with: the whole of them, what it leaves out at its default. */
export function readSettingsFile(path: string): Outcome<Settings, SettingsProblem> {
  const written = readIfThere(path)
  if (!written.ok) return written
  const parsed = settingsFileSchema.safeParse(written.value)
  if (!existsSync(path)) return failure('settings_unreadable', `${path} does not exist. Name a file of settings.`)
  if (!parsed.success) {
    return failure('settings_invalid', `Settings in ${path} cannot be used: ${settingsFaults(parsed.error)}.`)
  }
  const { models: _library, answers: _answers, ...settings } = parsed.data
  return success(settings)
}

/** The part of the same file that concerns the model library. */
export function readLibrarySettings(dataDir: string): Outcome<LibrarySettings, SettingsProblem> {
  const file = readFile(dataDir)
  return file.ok ? success(file.value.settings.models) : file
}

/** The part of the same file that concerns answers which models have given before. */
export function readAnswerSettings(dataDir: string): Outcome<AnswerSettings, SettingsProblem> {
  const file = readFile(dataDir)
  return file.ok ? success(file.value.settings.answers) : file
}

/**
 * Gives a slot its model file, or takes it away with null. Everything else in `settings.json` stays as the trader wrote
 * it; a file that cannot be used is left alone.
 */
export function writeModelFile(dataDir: string, slot: Slot, path: string | null): Outcome<null, SettingsProblem> {
  const file = readFile(dataDir)
  if (!file.ok) return file
  const { raw, settings } = file.value
  const { [slot]: _before, ...others } = settings.inference.modelFiles
  const modelFiles = path === null ? others : { ...others, [slot]: path }
  return writeFile(dataDir, { ...raw, inference: { ...(isRecord(raw.inference) ? raw.inference : {}), modelFiles } })
}

/** Turns news on or off, or names other feeds; the rest of `settings.json` stays as the trader wrote it. */
export function writeNewsSettings(
  dataDir: string,
  change: Partial<Pick<NewsSettings, 'enabled' | 'feeds'>>,
): Outcome<NewsSettings, SettingsProblem> {
  const file = readFile(dataDir)
  if (!file.ok) return file
  const { raw } = file.value
  const changed = { ...raw, news: { ...(isRecord(raw.news) ? raw.news : {}), ...change } }
  const checked = settingsFileSchema.safeParse(changed)
  if (!checked.success) return failure('settings_invalid', `That cannot be set: ${settingsFaults(checked.error)}.`)
  const written = writeFile(dataDir, changed)
  return written.ok ? success(checked.data.news) : written
}

function writeFile(dataDir: string, changed: Record<string, unknown>): Outcome<null, SettingsProblem> {
  const settingsPath = join(dataDir, fileName)
  const whole = wholeFile(settingsPath)
  try {
    makeDataFolder(dataDir)
    writeFileSync(whole.unfinishedPath, `${JSON.stringify(changed, null, 2)}\n`)
    whole.finish()
    return success(null)
  } catch (error) {
    whole.abandon()
    const why = error instanceof Error ? error.message : String(error)
    return failure('settings_unwritable', `Settings in ${settingsPath} cannot be written (${why}).`)
  }
}

interface SettingsFile {
  /** As it was written. */
  readonly raw: Record<string, unknown>
  readonly settings: z.infer<typeof settingsFileSchema>
}

function readFile(dataDir: string): Outcome<SettingsFile, SettingsProblem> {
  const path = join(dataDir, fileName)
  const written = readIfThere(path)
  if (!written.ok) return written
  const settings = settingsFileSchema.safeParse(written.value)
  if (settings.success) return success({ raw: isRecord(written.value) ? written.value : {}, settings: settings.data })
  return failure(
    'settings_invalid',
    `Settings in ${path} cannot be used: ${settingsFaults(settings.error)}. Mend or remove it.`,
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readIfThere(path: string): Outcome<unknown, SettingsProblem> {
  try {
    return success(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    if (isMissing(error)) return success({})
    const reason = error instanceof Error ? error.message : String(error)
    return failure('settings_unreadable', `Settings in ${path} cannot be read: ${reason}. Mend or remove the file.`)
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}
