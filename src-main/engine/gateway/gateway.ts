/**
 * The gateway room: route by rule, ask the slot's model, retry and fall back, and say afterwards who really answered.
 * Trouble that must be expected ends in an answer: without any model the answer is to hold.
 */
import { existsSync } from 'node:fs'
import type { MarketContext } from '@shared/contract/context'
import {
  type Action,
  type Decision,
  likeliestAction,
  type Probabilities,
  type TokenUsage,
} from '@shared/contract/decision'
import type { LoadedModel } from '@shared/contract/inference'
import {
  type Hop,
  type ModelIdentity,
  type ServedBy,
  type Slot,
  type SlotHealth,
  slotSchema,
} from '@shared/contract/model'
import type { Settings } from '@shared/contract/settings'
import { route } from '@shared/rules/routing'
import type { BackendReply } from './backends/backend'
import { createLocalBackend } from './backends/local-backend'
import { physicalCores } from './backends/physical-cores'
import { answeredHop, type Backends, failedHop, fallbackChain, notInstalledHop } from './fallback'
import type { GatewayLog } from './gateway-log'
import { type Question, questionFor } from './question'
import { createSlotRecord } from './slot-record'

export interface GatewayOptions {
  readonly settings: Settings
  /** The bundled starter model, a GGUF file. */
  readonly starterPath: string
  /** The built inference program. */
  readonly inferenceProgram: string
  /** A plain Node runtime for the inference processes. */
  readonly nodePath: string
  readonly log: GatewayLog
  /** Milliseconds that only go forward; for measurements alone. */
  clock(): number
  /** In [0, 1), for the jitter of restarts; never reaches an answer. */
  random?(): number
}

export interface GatewayRequest {
  readonly context: MarketContext
  /** Overrides the routing rules. */
  readonly preference: Slot | null
}

/** The fields of a decision that the gateway answers for, and what it took. */
export interface GatewayAnswer {
  /** The most probable action. */
  readonly action: Action
  readonly probabilities: Probabilities
  /** Probability of the action; 0 when no model answered. */
  readonly confidence: number
  readonly rationale: string
  readonly routedTo: Slot
  readonly servedBy: ServedBy
  readonly routeReason: string
  /** Every attempt in order, the last one being the one that answered. */
  readonly hops: readonly Hop[]
  readonly model: ModelIdentity
  readonly tokens: TokenUsage
  readonly exitSource: Decision['exitSource']
  readonly latencyMs: number
  /** The part of the latency that went into the rationale. */
  readonly rationaleMs: number
}

export interface Gateway {
  /** Never throws for a model that is missing, broken, slow or dead; to be called before `close`. */
  decide(request: GatewayRequest): Promise<GatewayAnswer>
  health(): SlotHealth[]
  /** Starts the starter's process early, so that the first decision does not wait for it. */
  warmUp(): Promise<void>
  /** The user's word that suspended models may be tried again. */
  reopen(): void
  /** Ends every inference process and returns when they are gone. */
  close(): Promise<void>
}

/** The starter is so small that a second thread slows it down. */
const starterThreads = 1
/** Sampling is off: the same question has the same answer. */
const temperature = 0

export function createGateway(options: GatewayOptions): Gateway {
  return openGateway({ ...options, backends: localBackends(options) })
}

/** The gateway over given backends. */
export function openGateway(
  options: Pick<GatewayOptions, 'settings' | 'clock'> & { readonly backends: Backends },
): Gateway {
  const { settings, clock, backends } = options
  const { own, starter } = backends
  const records = new Map(slotSchema.options.map((slot) => [slot, createSlotRecord()]))

  /** The chain from the first backend to the first answer. */
  async function ask(context: MarketContext, slot: Slot): Promise<{ hops: Hop[]; answered: Answered | null }> {
    const hops: Hop[] = own.has(slot) ? [] : [notInstalledHop(slot)]
    for (const { servedBy, ask: put } of fallbackChain(slot, backends)) {
      const question = questionFor(servedBy, context, { ...settings.inference, temperature })
      const { problems, answered } = await put(question.ask)
      hops.push(...problems.map(({ code }) => failedHop(servedBy, code)))
      if (answered === null) continue
      hops.push(answeredHop(servedBy))
      return { hops, answered: { ...answered, servedBy, question } }
    }
    return { hops, answered: null }
  }

  return {
    async decide({ context, preference }) {
      const startedAt = clock()
      const { slot, reason } = route(context, settings.routing, preference)
      const { hops, answered } = await ask(context, slot)
      const decided =
        answered === null ? noModel(hops, settings.inference.seed) : decidedBy(answered, settings.inference.seed)
      const latencyMs = clock() - startedAt
      const failed = hops.filter(({ outcome }) => outcome !== 'answered' && outcome !== 'not_installed')
      records.get(slot)?.add({ latencyMs, errors: failed.length })
      return { ...decided, routedTo: slot, routeReason: reason, hops, exitSource: 'rule', latencyMs }
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

type Answered = NonNullable<BackendReply['answered']> & {
  readonly servedBy: ServedBy
  readonly question: Question
}

type DecidedPart = Pick<
  GatewayAnswer,
  'action' | 'probabilities' | 'confidence' | 'rationale' | 'servedBy' | 'model' | 'tokens' | 'rationaleMs'
>

function decidedBy({ answer, model, servedBy, question }: Answered, seed: number): DecidedPart {
  const action = likeliestAction(answer.probabilities)
  return {
    action,
    probabilities: answer.probabilities,
    confidence: answer.probabilities[action],
    rationale: question.render(answer, action),
    servedBy,
    model: identity(model, question.promptVersion, seed),
    tokens: answer.tokens,
    rationaleMs: answer.rationaleMs,
  }
}

function identity(model: LoadedModel, promptVersion: string, seed: number): ModelIdentity {
  return {
    modelHash: model.modelHash,
    quantization: model.quantization,
    backend: `node-llama-cpp ${model.gpu === false ? 'cpu' : model.gpu}`,
    llamaCppRelease: model.llamaCppRelease,
    promptVersion,
    seed,
    temperature,
  }
}

/** Nobody could be asked: the desk holds, and says so with a confidence that no threshold lets through. */
function noModel(hops: readonly Hop[], seed: number): DecidedPart {
  const tried = hops.map(({ servedBy, outcome }) => `${servedBy} ${outcome}`).join(', ')
  return {
    action: 'hold',
    probabilities: { buy: 0, sell: 0, hold: 1 },
    confidence: 0,
    rationale: `No model could answer (${tried}), so the desk holds.`,
    servedBy: 'none',
    model: {
      modelHash: '',
      quantization: '',
      backend: 'none',
      llamaCppRelease: '',
      promptVersion: '',
      seed,
      temperature,
    },
    tokens: { input: 0, output: 0 },
    rationaleMs: 0,
  }
}

function localBackends(options: GatewayOptions): Backends {
  const { starterPath, inferenceProgram, nodePath, log, random = Math.random } = options
  const { modelFiles, threads, gpu, contextTokens, timeoutMs } = options.settings.inference
  const process = { inferenceProgram, nodePath, timeoutMs, log, random }
  const slotThreads = threads ?? Math.max(1, physicalCores() - 1)
  return {
    own: new Map(
      slotSchema.options.flatMap((slot) => {
        const path = modelFiles[slot]
        if (path === undefined) return []
        const model = { path, threads: slotThreads, gpu, contextTokens }
        return [[slot, createLocalBackend({ ...process, servedBy: slot, model })]]
      }),
    ),
    starter: createLocalBackend({
      ...process,
      servedBy: 'starter',
      model: { path: starterPath, threads: starterThreads, gpu: 'off', contextTokens },
    }),
  }
}
