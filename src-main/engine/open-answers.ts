import { join } from 'node:path'
import type { AnswerSettings } from '@shared/contract/settings'
import { type AnswerCache, createAnswerCache } from './gateway/answer-cache/answer-cache'
import { answerFileName, openAnswerFile } from './gateway/answer-cache/answer-file'
import type { CacheUse } from './gateway/gateway'
import type { GatewayLog } from './gateway/gateway-log'

/** The kept answers of a data folder, opened when they are first needed; undefined where none are to be kept. */
export function openAnswersHere(
  { dataDir }: { readonly dataDir: string },
  { cache, mostBytes }: AnswerSettings,
  { log, nowMs }: { readonly log: GatewayLog; nowMs(): number },
): AnswerCache | undefined {
  if (cache === 'off') return undefined
  return createAnswerCache(() => {
    const opened = openAnswerFile({ path: join(dataDir, answerFileName), mostBytes, log, nowMs })
    if (opened.ok) return opened.value
    log.warn({ problem: opened.problem }, 'Answers are not kept')
    return null
  })
}

/** A live market and a single request are asked about anew unless the trader wants otherwise; recorded history is not. */
export function cacheUse({ cache }: AnswerSettings, venue: 'replay' | 'binance' | 'request'): CacheUse {
  return cache === 'always' || (cache === 'replay' && venue === 'replay') ? 'read_write' : 'off'
}
