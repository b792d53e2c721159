/**
 * The gateway room: route by rule, ask the slot's model, retry and fall back, and say afterwards who really answered.
 * Trouble that must be expected ends in an answer: without any model the answer is to hold.
 */
import { existsSync } from 'node:fs'
import type { MarketContext } from '@shared/contract/context'
import { type Hop, type Slot, type SlotHealth, slotSchema } from '@shared/contract/model'
import type { Settings } from '@shared/contract/settings'
import { route } from '@shared/rules/routing'
import { type DecidedPart, decidedBy, type GatewayAnswer, heldWithoutModel } from './answer'
import { createLocalBackend } from './backends/local-backend'
import { physicalCores } from './backends/physical-cores'
import { type Backends, failedHop, fallbackChain, isFailure, notInstalledHop } from './fallback'
import type { GatewayLog } from './gateway-log'
import { questionFor } from './question'
import { createSlotRecord } from './slot-record'

export type { GatewayAnswer } from './answer'

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
  const sampling = { ...settings.inference, temperature }
  const records = new Map(slotSchema.options.map((slot) => [slot, createSlotRecord()]))

  /** Asks along the chain until somebody answers. */
  async function ask(context: MarketContext, slot: Slot): Promise<DecidedPart> {
    const hops: Hop[] = own.has(slot) ? [] : [notInstalledHop(slot)]
    for (const { servedBy, ask: put } of fallbackChain(slot, backends)) {
      const question = questionFor(servedBy, context, sampling)
      const { problems, answered } = await put(question.ask)
      hops.push(...problems.map(({ code }) => failedHop(servedBy, code)))
      if (answered !== null) return decidedBy(servedBy, answered, question, hops)
    }
    return heldWithoutModel(hops, sampling)
  }

  return {
    async decide({ context, preference }) {
      const startedAt = clock()
      const { slot, reason } = route(context, settings.routing, preference)
      const decided = await ask(context, slot)
      const latencyMs = clock() - startedAt
      records.get(slot)?.add({ latencyMs, errors: decided.hops.filter(isFailure).length })
      return { ...decided, routedTo: slot, routeReason: reason, exitSource: 'rule', latencyMs }
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
