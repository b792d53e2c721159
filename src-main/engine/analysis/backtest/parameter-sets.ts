import { failure, type Outcome, success } from '@shared/contract/outcome'
import { type Settings, settingsSchema } from '@shared/contract/settings'
import { z } from 'zod'

/** One setting, by its path (`risk.stopAtr`), with the values that are tried. */
export interface SweptSetting {
  readonly setting: string
  readonly values: readonly SettingValue[]
}

export type SettingValue = string | number | boolean | null

export interface ParameterSet {
  readonly parameters: Readonly<Record<string, SettingValue>>
  readonly settings: Settings
}

/** Every combination of the values, each as whole settings; a value that the settings refuse is named. */
export function parameterSets(
  settings: Settings,
  swept: readonly SweptSetting[],
): Outcome<readonly ParameterSet[], 'settings_invalid'> {
  let combinations: Readonly<Record<string, SettingValue>>[] = [{}]
  for (const { setting, values } of swept) {
    combinations = combinations.flatMap((before) => values.map((value) => ({ ...before, [setting]: value })))
  }
  const sets: ParameterSet[] = []
  for (const parameters of combinations) {
    let changed: unknown = settings
    for (const [setting, value] of Object.entries(parameters)) changed = withSetting(changed, setting.split('.'), value)
    const parsed = settingsSchema.safeParse(changed)
    if (!parsed.success) {
      return failure('settings_invalid', `${wordsOf(parameters)} cannot be set: ${z.prettifyError(parsed.error)}`)
    }
    sets.push({ parameters, settings: parsed.data })
  }
  return success(sets)
}

/** "risk.stopAtr=1, risk.takeProfitAtr=2". */
export function wordsOf(parameters: ParameterSet['parameters']): string {
  const words = Object.entries(parameters).map(([setting, value]) => `${setting}=${value}`)
  return words.length === 0 ? 'own settings' : words.join(', ')
}

const objectSchema = z.record(z.string(), z.unknown())

function withSetting(settings: unknown, [name, ...rest]: readonly string[], value: SettingValue): unknown {
  if (name === undefined) return value
  const object = objectSchema.safeParse(settings)
  const before = object.success ? object.data : {}
  return { ...before, [name]: withSetting(before[name], rest, value) }
}
