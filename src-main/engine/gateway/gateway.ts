/**
 * The gateway room: route by rule, ask the slot's model, retry and fall back, and say afterwards who really answered.
 * Trouble that must be expected ends in an answer: without any model the answer is to hold.
 */
import { existsSync } from 'node:fs'
import { freemem } from 'node:os'
import type { MarketContext } from '@shared/contract/context'
import type { AskModel, LoadModel, ModelProblemCode } from '@shared/contract/inference'
import { type Hop, type Slot, type SlotHealth, slotSchema } from '@shared/contract/model'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import type { Settings } from '@shared/contract/settings'
import { route } from '@shared/rules/routing'
import { slotDefaults } from '@shared/rules/slot-defaults'
import { type DecidedPart, decidedBy, type GatewayAnswer, heldWithoutModel } from './answer'
import type { AnswerCache } from './answer-cache/answer-cache'
import { createLocalBackend } from './backends/local-backend'
import { physicalCores } from './backends/physical-cores'
import { createResidency } from './backends/residency'
import { type Backends, failedHop, fallbackChain, isFailure, notInstalledHop } from './fallback'
import type { GatewayLog } from './gateway-log'
import { type PromptBook, readPromptBook } from './prompt/prompt-file'
import { decisionQuestion, sentimentQuestion } from './question'
import { createSlotRecord } from './slot-record'
import { verdictOf } from './verdict'

export type { GatewayAnswer } from './answer'

export interface GatewayOptions {
  readonly settings: Settings
  /** The bundled starter model, a GGUF file. */
  readonly starterPath: string
  /** Folder of the prompt files. */
  readonly promptsDir: string
  /** The built inference program. */
  readonly inferenceProgram: string
  /** A plain Node runtime for the inference processes. */
  readonly nodePath: string
  readonly log: GatewayLog
  /** Milliseconds that only go forward; for measurements alone. */
  clock(): number
  /** In [0, 1), for the jitter of restarts; never reaches an answer. */
  random?(): number
  /** Where answers are kept; without one every question is asked. */
  readonly answers?: AnswerCache | undefined
}

export interface GatewayRequest {
  readonly context: MarketContext
  /** Overrides the routing rules. */
  readonly preference: Slot | null
  /** Whoever waits for a live market goes before a backtest. */
  readonly priority?: AskModel['priority']
  /** `read_write`: an answer that is kept is taken for the model's, and one that is not is kept. `off` unless named. */
  readonly cache?: CacheUse
}

export type CacheUse = 'off' | 'read_write'

export interface HeadlineRequest {
  readonly headline: string
  readonly slot: Slot
  readonly priority?: AskModel['priority']
}

export interface HeadlineJudgement {
  readonly probabilities: { readonly positive: number; readonly neutral: number; readonly negative: number }
  readonly orderBias: number | null
  readonly modelHash: string
  readonly promptVersion: string
}

export type HeadlineProblemCode = ModelProblemCode | 'not_installed'

export interface Gateway {
  /** Never throws for a model that is missing, broken, slow or dead; to be called before `close`. */
  decide(request: GatewayRequest): Promise<GatewayAnswer>
  /** Asks one slot's own model about a headline; the starter cannot read, so nobody stands in. */
  judgeHeadline(request: HeadlineRequest): Promise<Outcome<HeadlineJudgement, HeadlineProblemCode>>
  health(): SlotHealth[]
  /** Starts the starter's process early, so that the first decision does not wait for it. */
  warmUp(): Promise<void>
  /** The user's word that suspended models may be tried again. */
  reopen(): void
  /** Ends every inference process and returns when they are gone. */
  close(): Promise<void>
}

/** The starter is so small that a second thread slows it down; its prompt and its words take 150 tokens. */
const starterLoad = {
  adapterPath: null,
  threads: 1,
  gpu: 'off',
  contextTokens: 512,
  sequences: 1,
  form: 'template',
} as const satisfies Omit<LoadModel, 'path'>
/** Sampling is off: the same question has the same answer. */
const temperature = 0

export function createGateway(options: GatewayOptions): Gateway {
  return openGateway({ ...options, prompts: readPromptBook(options.promptsDir), backends: localBackends(options) })
}

/** The gateway over given backends. */
export function openGateway(
  options: Pick<GatewayOptions, 'settings' | 'clock' | 'answers'> & {
    readonly prompts: PromptBook
    readonly backends: Backends
  },
): Gateway {
  const { settings, clock, prompts, backends } = options
  const { own, starter } = backends
  const sampling = { ...settings.inference, temperature, priority: 'live' } as const
  const records = new Map(slotSchema.options.map((slot) => [slot, createSlotRecord()]))

  /** Asks along the chain until somebody answers. */
  async function ask(
    context: MarketContext,
    slot: Slot,
    priority: AskModel['priority'],
    answers: AnswerCache | undefined,
  ): Promise<DecidedPart> {
    const hops: Hop[] = own.has(slot) ? [] : [notInstalledHop(slot)]
    for (const { servedBy, form, ask: put } of fallbackChain(slot, backends)) {
      const question = decisionQuestion({ servedBy, form }, context, { ...sampling, priority }, prompts)
      const { promptVersion } = question
      const recall = answers?.recall({ context, promptVersion, isWhole: (answer) => verdictOf(answer) !== null })
      const { problems, answered } = await put(question.ask, recall)
      hops.push(...problems.map(({ code }) => failedHop(servedBy, code)))
      if (answered === null) continue
      const verdict = verdictOf(answered.answer)
      if (verdict !== null) return decidedBy(servedBy, answered, verdict, question, hops)
      hops.push(failedHop(servedBy, 'answer_invalid'))
    }
    return heldWithoutModel(hops, sampling)
  }

  return {
    async decide({ context, preference, priority = 'live', cache = 'off' }) {
      const startedAt = clock()
      const { slot, reason } = route(context, settings.routing, preference)
      const decided = await ask(context, slot, priority, cache === 'off' ? undefined : options.answers)
      const latencyMs = clock() - startedAt
      records.get(slot)?.add({ latencyMs, errors: decided.hops.filter(isFailure).length })
      const exitSource = decided.askedExits === null ? 'rule' : 'model'
      return { ...decided, routedTo: slot, routeReason: reason, exitSource, latencyMs }
    },
    async judgeHeadline({ headline, slot, priority = 'live' }) {
      const backend = own.get(slot)
      if (backend === undefined) {
        return failure('not_installed', `No model is installed for ${slot}. Install one, or use the lexicon.`)
      }
      const question = sentimentQuestion(backend, headline, { ...sampling, priority }, prompts)
      const { problems, answered } = await backend.ask(question.ask)
      const [answer] = answered?.answer.answers ?? []
      if (answered === null || answer === undefined) {
        return { ok: false, problem: problems.at(-1) ?? { code: 'answer_invalid', message: 'The model said nothing.' } }
      }
      const { positive = 0, neutral = 0, negative = 0 } = answer.probabilities
      const { modelHash } = answered.model
      const { promptVersion } = question
      return success({
        probabilities: { positive, neutral, negative },
        orderBias: answer.orderBias,
        modelHash,
        promptVersion,
      })
    },
    health: () =>
      slotSchema.options.map((slot) => {
        const file = settings.inference.modelFiles[slot]
        const backend = own.get(slot) ?? starter
        const { healthy, reason } = backend.health()
        const record = records.get(slot)
        return {
          slot,
          installed: file !== undefined && existsSync(file),
          healthy,
          servedBy: healthy ? backend.servedBy : starter.health().healthy ? 'starter' : 'none',
          reason,
          requests: record?.requests ?? 0,
          errors: record?.errors ?? 0,
          latencyP50Ms: record?.latencyP50Ms() ?? null,
        }
      }),
    async warmUp() {
      if (own.size < slotSchema.options.length) await starter.warmUp()
    },
    reopen() {
      for (const backend of [...own.values(), starter]) backend.reopen()
    },
    async close() {
      await Promise.all([...own.values(), starter].map((backend) => backend.close()))
    },
  }
}

function localBackends(options: GatewayOptions): Backends {
  const { starterPath, inferenceProgram, nodePath, log, random = Math.random } = options
  const { modelFiles, adapterFiles, promptForms, contextTokens, sequences, threads, gpu, timeoutMs, unloadAfterMs } =
    options.settings.inference
  const residency = createResidency({ freeBytes: freemem })
  const process = { inferenceProgram, nodePath, timeoutMs, log, random, clock: options.clock, residency }
  const slotThreads = threads ?? Math.max(1, physicalCores() - 1)
  return {
    own: new Map(
      slotSchema.options.flatMap((slot) => {
        const path = modelFiles[slot]
        if (path === undefined) return []
        const model: LoadModel = {
          path,
          adapterPath: adapterFiles[slot] ?? null,
          threads: slotThreads,
          gpu,
          contextTokens: contextTokens[slot] ?? slotDefaults[slot].contextTokens,
          sequences: sequences[slot] ?? slotDefaults[slot].sequences,
          form: promptForms[slot] ?? 'template',
        }
        return [[slot, createLocalBackend({ ...process, servedBy: slot, model, unloadAfterMs })]]
      }),
    ),
    starter: createLocalBackend({
      ...process,
      servedBy: 'starter',
      // It is so small that nothing is gained by letting it go.
      unloadAfterMs: null,
      model: { path: starterPath, ...starterLoad },
    }),
  }
}
