import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { canonicalJson } from '@shared/contract/canonical'
import { decisionSchema } from '@shared/contract/decision'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import type { Settings } from '@shared/contract/settings'
import Database from 'better-sqlite3'
import { z } from 'zod'
import type { GatewayAnswer } from './answer'
import { isFailure } from './fallback'
import type { Gateway } from './gateway'

/**
 * Answers that models have given, by all that they depend on. A backtest that is run again, with other limits or other
 * costs, asks no model twice, and its journal is the same as if it had.
 */
export interface AnswerCache {
  /** The same question is put to the models once. */
  around(models: Gateway['decide'], settings: Settings): Gateway['decide']
  /** How often an answer was known, and how often a model was asked. */
  counts(): { readonly known: number; readonly asked: number }
  close(): void
}

const fileName = 'answers.db'

const answerSchema = decisionSchema
  .pick({
    action: true,
    probabilities: true,
    confidence: true,
    rationale: true,
    routedTo: true,
    servedBy: true,
    routeReason: true,
    hops: true,
    model: true,
    tokens: true,
    exitSource: true,
  })
  .extend({
    orderBias: z.number().nullable(),
    conviction: z.number().nullable(),
    askedExits: z.object({ stopAtr: z.number(), takeProfitAtr: z.number() }).nullable(),
  })

const rowSchema = z.object({ answer: z.string() }).optional()

/** `identities`: hashes of the model files and prompts that answer. */
export function openAnswerCache(
  dir: string,
  identities: Readonly<Record<string, string>>,
): Outcome<AnswerCache, 'answers_unreadable'> {
  const path = join(dir, fileName)
  try {
    mkdirSync(dir, { recursive: true })
    const database = new Database(path, { timeout: 5000 })
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = NORMAL')
    database.exec('CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer TEXT NOT NULL) WITHOUT ROWID')
    return success(cacheOver(database, identities))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return failure('answers_unreadable', `${path} cannot be used (${reason}). Remove it: it holds known answers alone.`)
  }
}

function cacheOver(database: Database.Database, identities: Readonly<Record<string, string>>): AnswerCache {
  const find = database.prepare('SELECT answer FROM answers WHERE key = ?')
  const put = database.prepare('INSERT OR REPLACE INTO answers (key, answer) VALUES (?, ?)')
  const counts = { known: 0, asked: 0 }

  function read(key: string): GatewayAnswer | null {
    const row = rowSchema.parse(find.get(key))
    if (row === undefined) return null
    const parsed = answerSchema.safeParse(JSON.parse(row.answer))
    return parsed.success ? { ...parsed.data, latencyMs: 0, rationaleMs: 0 } : null
  }

  return {
    around(models, { routing, inference }) {
      const { seed, rationale, rationaleMaxTokens, optionOrders, promptForms, gpu, contextTokens } = inference
      const asked = { seed, rationale, rationaleMaxTokens, optionOrders, promptForms, gpu, contextTokens }
      const common = canonicalJson({ identities, routing, asked })
      return async (request) => {
        const question = canonicalJson({ context: request.context, preference: request.preference })
        const key = createHash('sha256').update(`${common}\n${question}`).digest('hex')
        const known = read(key)
        if (known !== null) {
          counts.known++
          return known
        }
        counts.asked++
        const answer = await models(request)
        const { latencyMs: _latency, rationaleMs: _rationale, ...kept } = answer
        // What nobody answered, or what was answered after a failure, may be answered otherwise next time.
        const isWhole = answer.servedBy !== 'none' && !answer.hops.some(isFailure)
        if (isWhole) put.run(key, JSON.stringify(kept))
        return answer
      }
    },
    counts: () => ({ ...counts }),
    close: () => database.close(),
  }
}
