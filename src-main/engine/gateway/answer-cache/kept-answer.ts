import { createHash } from 'node:crypto'
import { type ModelAnswer, modelAnswerSchema } from '@shared/contract/inference'
import type { z } from 'zod'

/** What a model answered, without the times that were measured on the way. */
export const keptAnswerSchema = modelAnswerSchema.omit({ decisionMs: true, rationaleMs: true, waitedMs: true })

export type KeptAnswer = Readonly<z.infer<typeof keptAnswerSchema>>

export function keptAnswer({ answers, rationale, leftOut, tokens }: ModelAnswer): KeptAnswer {
  return { answers, rationale, leftOut, tokens }
}

/** No model took any time over it. */
export function recalledAnswer(kept: KeptAnswer): ModelAnswer {
  return { ...kept, decisionMs: 0, rationaleMs: 0, waitedMs: 0 }
}

/** Of a row, so that a changed one is noticed even where it still reads as an answer. */
export function rowDigest(key: string, answer: string): string {
  return createHash('sha256').update(`${key} ${answer}`).digest('hex')
}

/** Null for a row that is not what was once written. */
export function readKeptAnswer(
  key: string,
  row: { readonly answer: string; readonly digest: string },
): KeptAnswer | null {
  if (rowDigest(key, row.answer) !== row.digest) return null
  const parsed = keptAnswerSchema.safeParse(jsonOrNull(row.answer))
  return parsed.success ? parsed.data : null
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
