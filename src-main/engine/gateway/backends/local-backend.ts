import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import type { AskModel, LoadedModel, LoadModel, ModelProblemCode } from '@shared/contract/inference'
import { failure, type Outcome, type Problem, success } from '@shared/contract/outcome'
import type { Answered, Recall } from '../answer-cache/answer-cache'
import type { GatewayLog } from '../gateway-log'
import type { Backend } from './backend'
import { createBreaker } from './breaker'
import { type ChildExit, type InferenceChild, startInferenceChild } from './inference-child'
import type { Residency, Resident } from './residency'

export interface LocalBackendOptions {
  readonly servedBy: Backend['servedBy']
  readonly model: LoadModel
  readonly inferenceProgram: string
  readonly nodePath: string
  /** For one question; covers the answer, not the start of the process. */
  readonly timeoutMs: number
  readonly log: GatewayLog
  /** A model that nobody asked for so long leaves the memory; null keeps it. */
  readonly unloadAfterMs: number | null
  readonly residency: Residency
  /** In [0, 1), for the jitter of the backoff. */
  random(): number
  /** Milliseconds that only go forward. */
  clock(): number
}

interface Serving {
  readonly child: InferenceChild
  readonly model: LoadedModel
}

type Attempt<Value> = Outcome<Value, ModelProblemCode>

/** A question is put twice at most: to the process, and to a fresh one when that process died over it. */
const attemptsPerQuestion = 2
/** A process that dies twice while it loads a file is taken to die every time. */
const attemptsPerLoad = 2
const firstBackoffMs = 50
/** Weights are mapped as they are; the rest is KV cache and the room to compute in. */
const memoryPerFileByte = 1.3
/** Least time for a process to start and load, and the slowest disk that a big model is waited for. */
const leastLoadDeadlineMs = 180_000
const slowestDiskBytesPerMs = 50_000

/** What is wrong with the file itself: asking again changes nothing until the file changes. */
const fileProblems: readonly ModelProblemCode[] = ['model_missing', 'not_a_gguf', 'model_broken', 'adapter_broken']
/** What stays as it is from question to question, and is logged when it begins. */
const lasting: readonly ModelProblemCode[] = [...fileProblems, 'backend_suspended']
/** The question's fault or the hour's, not the backend's. */
const blameless: readonly ModelProblemCode[] = ['prompt_too_long', 'queue_full']

/**
 * A GGUF file on this machine, served by a supervised child process: started at the first question, replaced after it
 * dies, left alone after three failures in a row. A file that cannot be loaded is remembered and gives the same
 * answer every time without a process being started for it.
 */
export function createLocalBackend(options: LocalBackendOptions): Backend {
  const { servedBy, model, log } = options
  const breaker = createBreaker()
  const noFile = `There is no model file ${model.path}.`
  let generation = 0
  let child: InferenceChild | null = null
  let serving: Promise<Attempt<Serving>> | null = null
  let badFile: { readonly stamp: string; readonly problem: Problem<ModelProblemCode> } | null = null
  /** The model as it was loaded last, and from which state of its files. */
  let lastLoaded: { readonly stamp: string; readonly model: LoadedModel } | null = null
  let programHash: string | undefined
  let loaded = false
  let closed = false
  let inFlight = 0
  let lastUsedAt = options.clock()
  let idleTimer: NodeJS.Timeout | undefined

  const resident: Resident = {
    idleSince: () => (loaded && inFlight === 0 ? lastUsedAt : null),
    unload,
  }

  /** Ends the process, which is the one sure way to get all of its memory back. */
  async function unload(): Promise<void> {
    const leaving = child
    if (leaving === null) return
    serving = null
    loaded = false
    child = null
    await leaving.stop()
    log.info({ servedBy }, 'A model left the memory')
  }

  function restIdle(): void {
    clearTimeout(idleTimer)
    if (options.unloadAfterMs === null || inFlight > 0 || closed) return
    idleTimer = setTimeout(() => void unload(), options.unloadAfterMs)
    idleTimer.unref()
  }

  function startChild(): InferenceChild {
    generation += 1
    const started = startInferenceChild({
      program: options.inferenceProgram,
      nodePath: options.nodePath,
      generation,
      onExit: (exit) => leave(started, exit),
    })
    child = started
    return started
  }

  function leave(left: InferenceChild, exit: ChildExit): void {
    if (child !== left) return
    child = null
    if (!exit.expected) {
      log.warn({ servedBy, how: exit.how, lastWords: exit.lastWords }, 'An inference process ended by itself')
    }
    if (!loaded) return
    loaded = false
    serving = null
    if (!exit.expected) breaker.failed({ code: 'inference_exited', message: `Its process ended (${exit.how}).` })
  }

  async function load(): Promise<Attempt<Serving>> {
    const stamp = await fileStamp(model.path)
    if (badFile !== null && badFile.stamp === stamp.text) return { ok: false, problem: badFile.problem }
    badFile = null
    const stampBefore = await filesStamp(model)
    if (stamp.text === missing) {
      return reject(missing, { code: 'model_missing', message: noFile })
    }
    const pauseMs = backoffMs(breaker.failuresInARow, options.random)
    if (pauseMs > 0) await wait(pauseMs)
    let ending = ''
    for (let attempt = 1; attempt <= attemptsPerLoad && !closed; attempt += 1) {
      const started = startChild()
      const answer = await options.residency.load(resident, stamp.sizeBytes * memoryPerFileByte, () =>
        started.load(model, loadDeadlineMs(stamp.sizeBytes, options.timeoutMs)),
      )
      if (answer.ok && child === started) {
        loaded = true
        lastLoaded = { stamp: stampBefore, model: answer.value }
        log.info({ servedBy, model: answer.value }, 'A model is loaded')
        return success({ child: started, model: answer.value })
      }
      if (answer.ok) continue
      ending = answer.problem.message
      if (answer.problem.code === 'inference_exited') continue
      await started.stop()
      if (fileProblems.includes(answer.problem.code)) return reject(stamp.text, answer.problem)
      // Another model may hold the memory of the GPU, which only the process itself could have told.
      if (answer.problem.code === 'out_of_memory' && (await options.residency.makeRoom(resident))) {
        attempt -= 1
        continue
      }
      breaker.failed(answer.problem)
      return answer
    }
    if (closed) return failure('inference_exited', 'The gateway is closed.')
    return reject(stamp.text, {
      code: 'model_broken',
      message: `${model.path} cannot be loaded: tried ${attemptsPerLoad} times. ${ending} Check the file and the memory.`,
    })
  }

  function reject(stamp: string, problem: Problem<ModelProblemCode>): Attempt<never> {
    log.warn({ servedBy, problem }, 'A model file cannot be used')
    badFile = { stamp, problem }
    return { ok: false, problem }
  }

  /** The one child, started when it is first needed; those who ask meanwhile wait for the same start. */
  function ready(): Promise<Attempt<Serving>> {
    if (serving !== null) return serving
    const starting = load().then((outcome) => {
      if (!outcome.ok && serving === starting) serving = null
      return outcome
    })
    serving = starting
    return starting
  }

  /** Which model answers, without loading it again where it left the memory and its files are the same. */
  async function identified(): Promise<Attempt<LoadedModel>> {
    if (serving === null && lastLoaded !== null && lastLoaded.stamp === (await filesStamp(model))) {
      return success(lastLoaded.model)
    }
    const start = await ready()
    return start.ok ? success(start.value.model) : start
  }

  async function attempt(question: AskModel, recall: Recall | undefined): Promise<Attempt<Answered>> {
    if (closed) return failure('inference_exited', 'The gateway is closed.')
    if (breaker.isOpen) {
      return failure('backend_suspended', `Suspended after failures in a row. ${breaker.lastProblem?.message ?? ''}`)
    }
    if (recall === undefined) return askModel(question)
    const identity = await identified()
    if (!identity.ok) return identity
    const { path: _path, adapterPath: _adapterPath, ...load } = model
    programHash ??= createHash('sha256').update(readFileSync(options.inferenceProgram)).digest('hex')
    return recall({ model: identity.value, load, programHash }, question, () => askModel(question))
  }

  async function askModel(question: AskModel): Promise<Attempt<Answered>> {
    const start = await ready()
    if (!start.ok) return start
    inFlight += 1
    clearTimeout(idleTimer)
    const answer = await start.value.child.ask(question, options.timeoutMs).finally(() => {
      inFlight -= 1
      lastUsedAt = options.clock()
      restIdle()
    })
    if (answer.ok) {
      breaker.succeeded()
      return success({ answer: answer.value, model: start.value.model, isRecalled: false })
    }
    // A process that ended has been counted when it ended, however many questions it took with it.
    if (answer.problem.code !== 'inference_exited' && !blameless.includes(answer.problem.code)) {
      breaker.failed(answer.problem)
    }
    return answer
  }

  return {
    servedBy,
    form: model.form,
    async ask(question, recall) {
      const problems: Problem<ModelProblemCode>[] = []
      while (problems.length < attemptsPerQuestion) {
        const outcome = await attempt(question, recall)
        if (outcome.ok) return { problems, answered: outcome.value }
        problems.push(outcome.problem)
        if (!lasting.includes(outcome.problem.code)) {
          log.warn({ servedBy, problem: outcome.problem }, 'A model did not answer')
        }
        if (outcome.problem.code !== 'inference_exited' || breaker.isOpen || closed) break
      }
      return { problems, answered: null }
    },
    async warmUp() {
      if (!closed && !breaker.isOpen) await ready()
    },
    health() {
      if (closed) return { healthy: false, reason: 'closed' }
      if (breaker.isOpen) {
        return {
          healthy: false,
          reason: `suspended after three failures in a row: ${breaker.lastProblem?.message ?? ''}`,
        }
      }
      if (badFile !== null) return { healthy: false, reason: badFile.problem.message }
      if (!existsSync(model.path)) return { healthy: false, reason: noFile }
      return {
        healthy: true,
        reason: loaded ? 'loaded' : serving === null ? 'starts with the first question' : 'loading',
      }
    },
    reopen() {
      breaker.close()
      badFile = null
    },
    async close() {
      closed = true
      clearTimeout(idleTimer)
      await child?.stop()
    },
  }
}

const missing = 'missing'

/** Which state of the file a verdict belongs to. */
async function fileStamp(path: string): Promise<{ readonly text: string; readonly sizeBytes: number }> {
  try {
    const { size, mtimeMs } = await stat(path)
    return { text: `${size} bytes, ${mtimeMs}`, sizeBytes: size }
  } catch {
    return { text: missing, sizeBytes: 0 }
  }
}

async function filesStamp({ path, adapterPath }: LoadModel): Promise<string> {
  const stamps = await Promise.all([path, adapterPath].map((file) => (file === null ? null : fileStamp(file))))
  return stamps.map((stamp) => stamp?.text ?? 'none').join('; ')
}

function loadDeadlineMs(sizeBytes: number, timeoutMs: number): number {
  return Math.max(timeoutMs, leastLoadDeadlineMs) + Math.ceil(sizeBytes / slowestDiskBytesPerMs)
}

/** Doubles with every failure in a row, jittered between a half and all of it. */
function backoffMs(failuresInARow: number, random: () => number): number {
  if (failuresInARow === 0) return 0
  return firstBackoffMs * 2 ** (failuresInARow - 1) * (0.5 + random() / 2)
}
