import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { MarketContext } from '@shared/contract/context'
import { actionSchema, type Probabilities } from '@shared/contract/decision'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import type { Settings } from '@shared/contract/settings'
import { z } from 'zod'
import type { GatewayAnswer } from '../../gateway/answer'
import { policyAnswer } from './policy'
import { openPolicyThread, type PolicyThread } from './policy-thread'

export type UserPolicyProblemCode = 'policy_missing' | 'policy_unusable'

/** A trader's own policy: a module that exports `decide(context)`, asked in a thread of its own. */
export interface UserPolicy {
  /** Its path and the SHA-256 of its text: another text is another run. */
  readonly name: string
  decide(context: MarketContext): Promise<GatewayAnswer>
  /** Ends its thread. */
  close(): Promise<void>
}

/** What `decide` must answer; anything else is a hold, with the reason in the rationale. */
const wordSchema = z.strictObject({
  action: actionSchema,
  confidence: z.number().min(0).max(1).default(1),
  rationale: z.string().max(2000).default(''),
})

/** How long a module may think, or load. */
const answerWithinMs = 10_000

export interface UserPolicyOptions {
  readonly settings: Pick<Settings, 'routing'>
  /** The built program of `policy-worker.ts`. */
  readonly program: string
  readonly answerWithinMs?: number
}

export async function loadUserPolicy(
  path: string,
  { settings, program, ...within }: UserPolicyOptions,
): Promise<Outcome<UserPolicy, UserPolicyProblemCode>> {
  const file = resolve(path)
  const text = readIfThere(file)
  if (text === null) {
    return failure('policy_missing', `${file} cannot be read. Write models, rules, hold, random, or a module's path.`)
  }
  const thread = await openPolicyThread({ program, file, answerWithinMs, ...within })
  if (!thread.ok) return thread
  const name = `${path} ${createHash('sha256').update(text).digest('hex')}`
  return success({
    name,
    async decide(context) {
      const word = await wordOf(thread.value, context)
      return policyAnswer(context, settings, name, { ...word, probabilities: probabilitiesOf(word) })
    },
    close: thread.value.close,
  })
}

type Word = z.output<typeof wordSchema>

async function wordOf(thread: PolicyThread, context: MarketContext): Promise<Word> {
  const answered = await thread.ask(context)
  if (!answered.ok) return held(`The policy failed (${answered.problem.message}).`)
  const word = wordSchema.safeParse(answered.value)
  if (word.success) return word.data
  const fault = word.error.issues[0]
  return held(`The policy's answer cannot be used (${fault?.path.join('.') ?? ''}: ${fault?.message ?? ''}).`)
}

function held(rationale: string): Word {
  return { action: 'hold', confidence: 0, rationale }
}

/** Above a third: the chosen of three actions is the most probable one. */
const leastConfidence = 0.34

/** The action's confidence, the rest shared by the others; never so little that another action is more probable. */
function probabilitiesOf({ action, confidence }: Word): Probabilities {
  const own = Math.max(confidence, leastConfidence)
  const rest = (1 - own) / 2
  return { buy: rest, sell: rest, hold: rest, [action]: own }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
