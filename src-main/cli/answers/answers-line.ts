import { join } from 'node:path'
import type { Outcome } from '@shared/contract/outcome'
import { answerFileName, answerFileSize } from '../../engine/gateway/answer-cache/answer-file'
import type { Places } from '../../engine/places'
import { readAnswerSettings } from '../../engine/settings-file'

export interface KeptAnswersState {
  readonly cache: 'off' | 'replay' | 'always'
  readonly entries: number
  readonly bytes: number
  readonly mostBytes: number
}

/** What is kept here, and when it is used. */
export function keptAnswersHere({ dataDir }: Pick<Places, 'dataDir'>): Outcome<KeptAnswersState> {
  const settings = readAnswerSettings(dataDir)
  if (!settings.ok) return settings
  const size = answerFileSize(join(dataDir, answerFileName))
  return size.ok ? { ok: true, value: { ...settings.value, ...size.value } } : size
}

const used = { off: 'not used, as set', replay: 'used in replays and backtests', always: 'used everywhere, as set' }

export function answersLine({ cache, entries, bytes, mostBytes }: KeptAnswersState): string {
  const megabytes = (amount: number): string => `${(amount / 1e6).toFixed(1)} MB`
  return `${entries} kept, ${megabytes(bytes)} of ${megabytes(mostBytes)} at most; ${used[cache]}`
}
