import { InvalidArgumentError } from 'commander'
import type { SettingValue, SweptSetting } from '../engine/analysis/backtest/parameter-sets'
import type { NamedFile } from './backtest'

/** Readers of the words of `quartet backtest`. */

/** Figures that a sweep may be sorted by; the largest is best, but for the drawdown. */
export const criteria = ['sharpe', 'netReturn', 'profitFactor', 'drawdown'] as const

export type Criterion = (typeof criteria)[number]

export function namedFileWord(word: string, before: readonly NamedFile[]): readonly NamedFile[] {
  const [, name, path] = /^([^=]+)=(.+)$/.exec(word) ?? []
  if (name === undefined || path === undefined) {
    throw new InvalidArgumentError(
      `"${word}" names no file. Write a name and a file of settings: careful=careful.json.`,
    )
  }
  return [...before, { name, path }]
}

export function sweepWord(word: string, before: readonly SweptSetting[]): readonly SweptSetting[] {
  const [, setting, list] = /^([A-Za-z]+(?:\.[A-Za-z]+)+)=(.+)$/.exec(word) ?? []
  if (setting === undefined || list === undefined) {
    throw new InvalidArgumentError(`"${word}" sweeps nothing. Write a setting and its values: risk.stopAtr=1,2,3.`)
  }
  return [...before, { setting, values: list.split(',').map(settingValue) }]
}

function settingValue(text: string): SettingValue {
  if (text === 'true' || text === 'false') return text === 'true'
  if (text === 'null') return null
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
}

export interface WindowLengths {
  readonly trainMs: number
  readonly testMs: number
}

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 604_800_000 }

export function windowsWord(word: string): WindowLengths {
  const [, train, trainUnit, test, testUnit] = /^train=(\d+)([hdw]),test=(\d+)([hdw])$/.exec(word) ?? []
  const trainMs = Number(train) * (unitMs[trainUnit ?? ''] ?? Number.NaN)
  const testMs = Number(test) * (unitMs[testUnit ?? ''] ?? Number.NaN)
  if (!(trainMs > 0 && testMs > 0)) {
    throw new InvalidArgumentError(`"${word}" is no walk. Write how long to choose and to trade: train=90d,test=30d.`)
  }
  return { trainMs, testMs }
}
