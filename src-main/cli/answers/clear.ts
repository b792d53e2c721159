import { join } from 'node:path'
import { answerFileName, clearAnswerFile } from '../../engine/gateway/answer-cache/answer-file'
import type { Places } from '../../engine/places'
import { failWith } from '../exit'
import { print } from '../output'

/** Forgets every kept answer, beside a running desk too. */
export function clearAnswers(places: Places, options: { json: boolean }): number {
  const cleared = clearAnswerFile(join(places.dataDir, answerFileName))
  if (!cleared.ok) return failWith(cleared.problem)
  return print(options.json, { forgotten: cleared.value }, () => [`${cleared.value} answers are forgotten.`])
}
