import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { type Settings, settingsSchema } from '@shared/contract/settings'
import { z } from 'zod'

const fileName = 'settings.json'

/** Settings that the environment overrides, under the names of the system this one succeeds. */
const environmentSchema = z.object({
  MIN_LLM_CONFIDENCE: z.coerce.number().min(0).max(1).optional(),
})

export type SettingsProblem = 'settings_unreadable' | 'settings_invalid'

/**
 * Reads `settings.json` from the data folder; without one, everything has its default. Any part of the settings may
 * be left out; an unknown or bad one is refused by name, because a misspelt limit must never be a limit that is off.
 */
export function readSettings(dataDir: string, env: NodeJS.ProcessEnv): Outcome<Settings, SettingsProblem> {
  const path = join(dataDir, fileName)
  const written = readIfThere(path)
  if (!written.ok) return written
  const settings = settingsSchema.safeParse(written.value)
  if (!settings.success) {
    return failure(
      'settings_invalid',
      `Settings in ${path} cannot be used: ${explain(settings.error)}. Mend or remove it.`,
    )
  }
  const environment = environmentSchema.safeParse(env)
  if (!environment.success) {
    return failure(
      'settings_invalid',
      `The environment holds a setting that cannot be used: ${explain(environment.error)}.`,
    )
  }
  const { MIN_LLM_CONFIDENCE } = environment.data
  if (MIN_LLM_CONFIDENCE === undefined) return success(settings.data)
  return success({ ...settings.data, risk: { ...settings.data.risk, minConfidence: MIN_LLM_CONFIDENCE } })
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

function explain(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`).join('; ')
}
