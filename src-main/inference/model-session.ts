import { hash } from 'node:crypto'
import { freemem } from 'node:os'
import type { AskModel, LoadedModel, LoadModel, ModelAnswer, ModelProblemCode } from '@shared/contract/inference'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import {
  getLlama,
  InsufficientMemoryError,
  type Llama,
  type LlamaContextSequence,
  LlamaLogLevel,
  type LlamaModel,
} from 'node-llama-cpp'
import { answerQuestion, withdrawnQuestion } from './answer-question'
import { type Conversation, canLayOut, openConversation } from './conversation'
import { checkGgufFile, type GgufFile } from './gguf-file'
import { openLanes, withdrawn } from './lanes'
import { layOut } from './lay-out'
import { watched } from './watchdog'

/**
 * One loaded model that answers questions with distributions, and with words.
 *
 * An answer depends on the question alone, never on what was asked before: the part of the prompt that never changes
 * is evaluated once and kept in the KV cache, everything after it is evaluated anew, in the same strides every time.
 * That is why this does not use node-llama-cpp's decision context, which keeps whatever prefix two questions happen
 * to share and so answers with other last digits after other questions. (Questions that are answered side by side
 * share batches, and llama.cpp does not promise the same last digits for every batch size: whoever needs them asks one
 * at a time, as the desk does.)
 */
export interface ModelSession {
  readonly identity: LoadedModel
  /** As many questions at a time as there are sequences. An aborted `signal` ends in the code `timeout`. */
  ask(question: AskModel, signal?: AbortSignal): Promise<Outcome<ModelAnswer, ModelProblemCode>>
  dispose(): Promise<void>
}

/**
 * Time of the processor that a chat template may take. With the desk's own, one layout takes 6 to 18 ms, and finding out
 * which of the known templates it is up to 1.4 s; one that calls itself is tried in vain many times over.
 */
const patienceMs = { once: 1000, sound: 10_000, unsound: 2500 } as const

/** Problems: `model_missing`, `not_a_gguf`, `model_broken`, `adapter_broken`, `out_of_memory`. */
export async function openModelSession(load: LoadModel): Promise<Outcome<ModelSession, ModelProblemCode>> {
  const startedAt = performance.now()
  const [file, adapter] = await Promise.all([
    checkGgufFile(load.path),
    load.adapterPath === null ? null : checkGgufFile(load.adapterPath),
  ])
  if (!file.ok) return file
  if (adapter !== null && !adapter.ok) return failure('adapter_broken', adapter.problem.message)
  try {
    const llama = await openLlama(load)
    const model = await llama.loadModel({
      modelPath: load.path,
      ...(load.gpu === 'off' ? { gpuLayers: 0 } : { gpuLayers: { fitContext: { contextSize: load.contextTokens } } }),
    })
    const template = 'the chat template'
    const isSound = await watched(template, patienceMs.once, () => load.form === 'instruction' || canLayOut(model))
    const patience = isSound ? patienceMs.sound : patienceMs.unsound
    const conversation = await watched(template, patience, () => openConversation(model, load.form))
    const context = await createContext(model, load, file.value)
    if (!context.ok) {
      await model.dispose()
      return context
    }
    const { contextTokens, sequences } = context.value
    const identity: LoadedModel = {
      modelHash: adapter === null ? file.value.sha256 : combinedHash(file.value, adapter.value),
      sizeBytes: file.value.sizeBytes,
      architecture: file.value.architecture,
      quantization: file.value.quantization,
      trainContextTokens: file.value.trainContextTokens,
      contextTokens,
      sequences: sequences.length,
      llamaCppRelease: llama.llamaCppRelease.release,
      gpu: llama.gpu,
      deviceNames: await llama.getGpuDeviceNames(),
      loadMs: performance.now() - startedAt,
    }
    return success(createSession(identity, model, context.value, conversation))
  } catch (cause) {
    return failure(...loadProblem(load.path, cause))
  }
}

/** A base with an adapter is another model than the base. */
function combinedHash(base: GgufFile, adapter: GgufFile): string {
  return hash('sha256', `${base.sha256}+${adapter.sha256}`, 'hex')
}

/** Tokens of one batch over all sequences. */
const batchTokens = 512
/**
 * Tokens that a CPU reads in one go. With 250 M weights in Q4_0 on two cores, 98 tokens took 268 ms at once and 213 ms as
 * 64 and 34; long prompts took the same either way.
 */
const cpuStride = 64

/** More cells than tokens, so that rows are no power of two apart. */
const cellsApart = 256
const powerOfTwo = 1024

/**
 * Cells of the KV cache. On a CPU llama.cpp keeps the values of one channel in a row: where rows are a large power of two
 * apart, all of them fall on the same lines of the processor's cache. With 250 M weights in Q4_0, reading 88 tokens took
 * 214 ms in 2048 cells and 180 ms in 2304, writing 60 took 860 ms and 820 ms.
 */
function cacheCells(model: LlamaModel, contextTokens: number, file: GgufFile): number {
  const cells = contextTokens + cellsApart
  const isInRows = model.llama.gpu === false && !file.latentAttention
  return isInRows && contextTokens % powerOfTwo === 0 && cells <= file.firstContextTokens ? cells : contextTokens
}

interface Opened {
  /** Of one sequence, for a question and its answer. */
  readonly contextTokens: number
  readonly sequences: readonly LlamaContextSequence[]
}

/**
 * As many sequences as asked for, or half of them, and so on, until the memory holds their KV cache.
 *
 * Latent attention (DeepSeek's MLA) gets one sequence and no flash attention: with either, llama.cpp v0.5.0 answers on a
 * CPU with other probabilities after other questions, as if it read past what the sequence holds. On a CPU nobody gets
 * flash attention: reading 88 tokens took 341 ms with it and 215 ms without, writing 60 took 924 and 865 ms.
 */
async function createContext(
  model: LlamaModel,
  load: LoadModel,
  file: GgufFile,
): Promise<Outcome<Opened, ModelProblemCode>> {
  const contextTokens = Math.min(load.contextTokens, file.trainContextTokens || load.contextTokens)
  const contextSize = cacheCells(model, contextTokens, file)
  let reason = ''
  for (
    let sequences = file.latentAttention ? 1 : load.sequences;
    sequences >= 1;
    sequences = Math.floor(sequences / 2)
  ) {
    const lacking = await lackingMemory(model, contextSize, sequences)
    if (lacking !== null) {
      reason = lacking
      continue
    }
    try {
      const context = await model.createContext({
        contextSize,
        batchSize: Math.min(contextSize, batchTokens),
        sequences,
        threads: load.threads,
        failedCreationRemedy: false,
        flashAttention: file.latentAttention || model.llama.gpu === false ? false : 'auto',
        ...(load.adapterPath === null ? {} : { lora: { adapters: [{ filePath: load.adapterPath }] } }),
      })
      return success({
        contextTokens: context.contextSize - (contextSize - contextTokens),
        sequences: Array.from({ length: context.totalSequences }, () => context.getSequence()),
      })
    } catch (cause) {
      reason = cause instanceof Error ? cause.message : String(cause)
      if (load.adapterPath !== null && /lora|adapter/i.test(reason)) {
        return failure('adapter_broken', `${load.adapterPath} does not go with ${load.path} (${reason}).`)
      }
    }
  }
  return failure(
    'out_of_memory',
    `There is not enough memory for a context of ${contextTokens} tokens (${reason}). Use a smaller model or context.`,
  )
}

const gibibyte = 2 ** 30
/** Of the free memory, what sequences beyond the first may take: the rest is for the desk's other models. */
const shareForMoreSequences = 0.25

/** The system lends memory that it does not have; an estimate in time is better than a kill later. Null where it fits. */
async function lackingMemory(model: LlamaModel, contextSize: number, sequences: number): Promise<string | null> {
  const needed = await model.fileInsights.estimateContextResourceRequirementsV2({
    contextSize,
    sequences,
    batchSize: Math.min(contextSize, batchTokens),
    modelGpuLayers: model.gpuLayers,
  })
  const { free } = await model.llama.getVramState()
  const share = sequences > 1 ? shareForMoreSequences : 1
  const lacks = (name: string, bytes: number, available: number): string | null =>
    bytes === 0 || bytes < available * share
      ? null
      : `it needs about ${(bytes / gibibyte).toFixed(1)} GiB of ${name}, ${(available / gibibyte).toFixed(1)} are free`
  return lacks('memory', needed.cpuRam, freemem()) ?? lacks('GPU memory', needed.gpuVram, free)
}

function loadProblem(path: string, cause: unknown): [ModelProblemCode, string] {
  const why = cause instanceof Error ? cause.message : String(cause)
  if (cause instanceof InsufficientMemoryError || /failed to create context|memory/i.test(why)) {
    return ['out_of_memory', `There is not enough memory for ${path} (${why}). Use a smaller model or context.`]
  }
  return ['model_broken', `llama.cpp cannot load ${path} (${why}). Download or copy it again.`]
}

/** llama.cpp is initialised once per process and GPU setting; it is never built or downloaded here. */
const llamas = new Map<LoadModel['gpu'], Promise<Llama>>()

async function openLlama(load: LoadModel): Promise<Llama> {
  const opened =
    llamas.get(load.gpu) ??
    getLlama({
      gpu: load.gpu === 'off' ? false : 'auto',
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      logLevel: LlamaLogLevel.disabled,
      maxThreads: load.threads,
    })
  llamas.set(load.gpu, opened)
  return opened
}

function createSession(
  identity: LoadedModel,
  model: LlamaModel,
  { contextTokens, sequences }: Opened,
  conversation: Conversation,
): ModelSession {
  const tokensPerStride = model.llama.gpu === false ? cpuStride : batchTokens
  const lanes = openLanes(sequences, tokensPerStride)

  async function answer(ask: AskModel, signal?: AbortSignal): Promise<Outcome<ModelAnswer, ModelProblemCode>> {
    const askedAt = performance.now()
    const sampling = { seed: ask.seed, temperature: ask.temperature }
    const question = layOut(ask, conversation, { contextTokens, tokensPerStride })
    if (!question.ok) return question
    const { tokens, fixedLength, strideEnd } = question.value
    const prompt = { tokens: tokens.slice(0, strideEnd), fixedLength }
    const answered = await lanes.run({ prompt, priority: ask.priority, signal }, async (sequence) => {
      const waitedMs = performance.now() - askedAt
      const reply = await answerQuestion(question.value, sequence, { model, conversation, sampling, signal })
      return reply.ok ? success({ ...reply.value, waitedMs }) : reply
    })
    return answered === withdrawn ? withdrawnQuestion() : answered
  }

  return {
    identity,
    ask: (question, signal) =>
      answer(question, signal).catch((cause: unknown) =>
        failure<ModelProblemCode>(
          'answer_invalid',
          `The model could not answer (${cause instanceof Error ? cause.message : String(cause)}).`,
        ),
      ),
    async dispose() {
      await lanes.idle()
      await model.dispose()
    },
  }
}
