import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { MarketContext } from '@shared/contract/context'
import { actionSchema, type Probabilities } from '@shared/contract/decision'
import type { JournalEvent } from '@shared/contract/journal'
import { type Failure, failure, type Outcome, success } from '@shared/contract/outcome'
import type { Settings } from '@shared/contract/settings'
import { z } from 'zod'
import type { GatewayAnswer } from '../../gateway/answer'
import { policyAnswer } from './policy'
import { openPolicyThread, type PolicyThread } from './policy-thread'

export type UserPolicyProblemCode = 'policy_missing' | 'policy_unusable'

/**
 * A trader's own policy: a module that exports `decide(context)`, asked in a thread of its own.
 *
 * Its failures are of two kinds. What the module itself does (it throws, ends its thread, answers nonsense) is the same
 * on every machine, and a hold. Where it is cut off, because it took too long or filled the memory, another machine might
 * have heard an answer: nothing is made up, and the run ends before that candle. So a journal never depends on how fast
 * a machine is.
 */
export interface UserPolicy {
  /** Its path and the SHA-256 of its text: another text is another run. */
  readonly name: string
  decide(context: MarketContext): Promise<Outcome<GatewayAnswer, 'policy_cut_off'>>
  /** Ends its thread. */
  close(): Promise<void>
}

/** What `decide` must answer; anything else is a hold, with the reason in the rationale. */
const wordSchema = z.strictObject({
  action: actionSchema,
  confidence: z.number().min(0).max(1).default(1),
  rationale: z.string().max(2000).default(''),
})

/** How long a module may think, or load. Far longer than honest work takes: who is cut off ends the run. */
const answerWithinMs = 60_000
/** What a module may remember, in mebibytes: the same on every machine, which by itself would allow a share of its memory. */
const heapMb = 2048

export interface UserPolicyOptions {
  readonly settings: Pick<Settings, 'routing'>
  /** The built program of `policy-worker.ts`. */
  readonly program: string
  readonly answerWithinMs?: number
  readonly heapMb?: number
}

export async function loadUserPolicy(
  path: string,
  { settings, program, ...limits }: UserPolicyOptions,
): Promise<Outcome<UserPolicy, UserPolicyProblemCode>> {
  const file = resolve(path)
  const text = readIfThere(file)
  if (text === null) {
    return failure('policy_missing', `${file} cannot be read. Write models, rules, hold, random, or a module's path.`)
  }
  const thread = await openPolicyThread({ program, file, answerWithinMs, heapMb, ...limits })
  if (!thread.ok) return thread
  const name = `${path} ${createHash('sha256').update(text).digest('hex')}`
  return success({
    name,
    async decide(context) {
      const word = await wordOf(thread.value, context)
      if ('problem' in word) return cutOff(path, context, word)
      return success(policyAnswer(context, settings, name, { ...word, probabilities: probabilitiesOf(word) }))
    },
    close: thread.value.close,
  })
}

/**
 * A policy's answers for a run that goes on: before the first of them the module is asked once more about all that the
 * run has decided on, so that it remembers what it would if the run had never stopped. `history`: the run's events.
 */
export function continuedPolicy(policy: UserPolicy, history: readonly JournalEvent[]): UserPolicy['decide'] {
  const passed = history.flatMap((event) => (event.type === 'decision.made' ? [event.payload.context] : []))
  return async (context) => {
    for (const earlier of passed.splice(0)) {
      const reminded = await policy.decide(earlier)
      if (!reminded.ok) return reminded
    }
    return policy.decide(context)
  }
}

function cutOff(path: string, { symbol, asOfMs }: MarketContext, { problem }: Failure<'cut_off'>) {
  return failure(
    'policy_cut_off',
    `${path} was cut off on ${symbol} at ${new Date(asOfMs).toISOString()}: ${problem.message}. Nothing was decided there. Mend the module and run it again; with the same module and --out, the same command goes on from there.`,
  )
}

type Word = z.output<typeof wordSchema>

async function wordOf(thread: PolicyThread, context: MarketContext): Promise<Word | Failure<'cut_off'>> {
  const answered = await thread.ask(context)
  if (!answered.ok) {
    const { code, message } = answered.problem
    return code === 'cut_off' ? failure(code, message) : held(`The policy failed (${message}).`)
  }
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
