import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { MarketContext } from '@shared/contract/context'
import { actionSchema, type Probabilities } from '@shared/contract/decision'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import type { Settings } from '@shared/contract/settings'
import { z } from 'zod'
import type { GatewayAnswer } from '../../gateway/answer'
import { policyAnswer } from './policy'

export type UserPolicyProblemCode = 'policy_missing' | 'policy_unusable'

/** A trader's own policy: a module that exports `decide(context)`, asked in this process. */
export interface UserPolicy {
  /** Its path and the SHA-256 of its text: another text is another run. */
  readonly name: string
  decide(context: MarketContext): Promise<GatewayAnswer>
}

/** What `decide` must answer; anything else is a hold, with the reason in the rationale. */
const wordSchema = z.strictObject({
  action: actionSchema,
  confidence: z.number().min(0).max(1).default(1),
  rationale: z.string().max(2000).default(''),
})

const exportSchema = z.object({ decide: z.function({ input: [z.unknown()], output: z.unknown() }) })

/** An asynchronous policy that does not answer holds; one that never returns cannot be stopped from inside. */
const answerWithinMs = 10_000

export async function loadUserPolicy(
  path: string,
  settings: Pick<Settings, 'routing'>,
): Promise<Outcome<UserPolicy, UserPolicyProblemCode>> {
  const file = resolve(path)
  const text = readIfThere(file)
  if (text === null) {
    return failure('policy_missing', `${file} cannot be read. Write models, rules, hold, random, or a module's path.`)
  }
  const loaded = await load(file)
  if (!loaded.ok) return loaded
  const { decide } = loaded.value
  const name = `${path} ${createHash('sha256').update(text).digest('hex')}`
  return success({
    name,
    async decide(context) {
      const word = await wordOf(decide, context)
      return policyAnswer(context, settings, name, { ...word, probabilities: probabilitiesOf(word) })
    },
  })
}

type Word = z.output<typeof wordSchema>

async function load(file: string): Promise<Outcome<{ decide: (context: unknown) => unknown }, UserPolicyProblemCode>> {
  try {
    const module: unknown = await import(/* @vite-ignore */ pathToFileURL(file).href)
    const parsed = exportSchema.safeParse(module)
    if (parsed.success) return success({ decide: parsed.data.decide })
    return failure('policy_unusable', `${file} exports no function decide(context).`)
  } catch (error) {
    return failure('policy_unusable', `${file} cannot be loaded: ${reasonOf(error)}.`)
  }
}

async function wordOf(decide: (context: unknown) => unknown, context: MarketContext): Promise<Word> {
  try {
    // A copy: what a policy does to its context is its own affair.
    const answered = await withinTime(decide(structuredClone(context)))
    const word = wordSchema.safeParse(answered)
    if (word.success) return word.data
    const fault = word.error.issues[0]
    return held(`The policy's answer cannot be used (${fault?.path.join('.') ?? ''}: ${fault?.message ?? ''}).`)
  } catch (error) {
    return held(`The policy failed (${reasonOf(error)}).`)
  }
}

async function withinTime(answer: unknown): Promise<unknown> {
  if (!(answer instanceof Promise)) return answer
  const stop = new AbortController()
  const late = sleep(answerWithinMs, null, { signal: stop.signal, ref: false }).then(() => {
    throw new Error(`no answer within ${answerWithinMs} ms`)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    stop.abort()
    late.catch(() => undefined)
  }
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

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
