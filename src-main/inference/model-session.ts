import { likeliestAction, type Probabilities } from '@shared/contract/decision'
import type { AskModel, LoadedModel, LoadModel, ModelAnswer, ModelProblemCode } from '@shared/contract/inference'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import {
  getLlama,
  InsufficientMemoryError,
  type Llama,
  type LlamaContextSequence,
  LlamaLogLevel,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp'
import { type Conversation, openConversation } from './conversation'
import { checkGgufFile } from './gguf-file'

/**
 * One loaded model that answers questions with a distribution, then with words.
 *
 * An answer depends on the question alone, never on what was asked before: the part of the prompt that never changes
 * is evaluated once and kept in the KV cache, everything after it is evaluated anew, in the same batches every time.
 * That is why this does not use node-llama-cpp's decision context, which keeps whatever prefix two questions happen
 * to share and so answers with other last digits after other questions. Like it, this reads the logits of one token
 * per option after a single pass over the prompt.
 */
export interface ModelSession {
  readonly identity: LoadedModel
  /** Questions are answered one after the other. An aborted `signal` ends in the code `timeout`. */
  ask(question: AskModel, signal?: AbortSignal): Promise<Outcome<ModelAnswer, ModelProblemCode>>
  dispose(): Promise<void>
}

/** Problems: `model_missing`, `not_a_gguf`, `model_broken`, `out_of_memory`. */
export async function openModelSession(load: LoadModel): Promise<Outcome<ModelSession, ModelProblemCode>> {
  const startedAt = performance.now()
  const file = await checkGgufFile(load.path)
  if (!file.ok) return file
  try {
    const llama = await openLlama(load)
    const model = await llama.loadModel({
      modelPath: load.path,
      ...(load.gpu === 'off' ? { gpuLayers: 0 } : { gpuLayers: { fitContext: { contextSize: load.contextTokens } } }),
    })
    const conversation = openConversation(model)
    if (conversation === null) {
      await model.dispose()
      return failure('model_broken', `${load.path} has no single tokens for A, B and C, so it cannot choose an action.`)
    }
    const contextTokens = Math.min(load.contextTokens, file.value.trainContextTokens || load.contextTokens)
    const context = await model.createContext({
      contextSize: contextTokens,
      batchSize: contextTokens,
      sequences: 1,
      threads: load.threads,
      failedCreationRemedy: false,
    })
    const sequence = context.getSequence()
    await sequence.evaluateWithoutGeneratingNewTokens(model.tokenize('A', false))
    await sequence.clearHistory()
    const identity: LoadedModel = {
      modelHash: file.value.sha256,
      sizeBytes: file.value.sizeBytes,
      architecture: file.value.architecture,
      quantization: file.value.quantization,
      trainContextTokens: file.value.trainContextTokens,
      llamaCppRelease: llama.llamaCppRelease.release,
      gpu: llama.gpu,
      deviceNames: await llama.getGpuDeviceNames(),
      loadMs: performance.now() - startedAt,
    }
    return success(createSession(identity, model, sequence, conversation))
  } catch (cause) {
    return failure(...loadProblem(load.path, cause))
  }
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
  sequence: LlamaContextSequence,
  conversation: Conversation,
): ModelSession {
  let fixed: readonly Token[] = []
  let last: Promise<unknown> = Promise.resolve()

  /** Brings the KV cache to exactly the fixed part of the prompt. */
  async function rewind(fixedPart: readonly Token[]): Promise<void> {
    if (fixed.length > 0 && sameTokens(fixed, fixedPart) && sequence.nextTokenIndex >= fixed.length) {
      await sequence.eraseContextTokenRanges([{ start: fixed.length, end: sequence.nextTokenIndex }])
      if (sequence.nextTokenIndex === fixed.length) return
    }
    await sequence.clearHistory()
    fixed = [...fixedPart]
    await sequence.evaluateWithoutGeneratingNewTokens([...fixed])
  }

  async function answer(ask: AskModel, signal?: AbortSignal): Promise<Outcome<ModelAnswer, ModelProblemCode>> {
    const startedAt = performance.now()
    const question = conversation.question(ask)
    if (question.length >= sequence.contextSize) {
      const has = `The prompt has ${question.length} tokens, the context ${sequence.contextSize}.`
      return failure('prompt_too_long', `${has} Shorten the document or use a larger context.`)
    }
    if (signal?.aborted) return aborted()
    await rewind(conversation.fixedPart(ask, question.slice(0, -1)))
    const probabilities = optionProbabilities(ask, await optionLogits(question.slice(fixed.length)))
    if (probabilities === null) return failure('answer_invalid', 'The model gave no probabilities for the options.')
    const decidedAt = performance.now()
    const decided = {
      probabilities,
      decisionMs: decidedAt - startedAt,
      tokens: { input: question.length, output: 1 },
    }
    if (ask.rationale === null) return success({ ...decided, rationale: '', rationaleMs: 0 })

    const likeliest = likeliestAction(probabilities)
    const chosen = ask.options.findIndex(({ action }) => action === likeliest)
    const followUp = conversation.followUp(ask, chosen, ask.rationale.prompts[likeliest])
    const room = Math.min(ask.rationale.maxTokens, sequence.contextSize - followUp.length)
    // Words that do not fit are no reason to lose a decision that stands.
    const written = room > 0 ? await write(ask, room, question, followUp, signal) : []
    if (signal?.aborted) return aborted()
    return success({
      ...decided,
      rationale: model.detokenize(written, false).trim(),
      tokens: { input: followUp.length, output: 1 + written.length },
      rationaleMs: performance.now() - decidedAt,
    })
  }

  /** Logits of the option letters after the given tokens, in the order of the options. */
  async function optionLogits(tokens: readonly Token[]): Promise<number[]> {
    const before = tokens.slice(0, -1)
    const output = await sequence.controlledEvaluate([
      ...before,
      ...tokens
        .slice(-1)
        .map((token): [Token, { generateNext: { logits: { filter: { tokens: Token[] } } } }] => [
          token,
          { generateNext: { logits: { filter: { tokens: [...conversation.letters] } } } },
        ]),
    ])
    const logits = output[tokens.length - 1]?.next.logits
    return conversation.letters.map((letter) => logits?.get(letter) ?? Number.NaN)
  }

  /** Continues the conversation from the state that the decision left. */
  async function write(
    ask: AskModel,
    mostTokens: number,
    question: readonly Token[],
    followUp: readonly Token[],
    signal?: AbortSignal,
  ): Promise<Token[]> {
    let shared = 0
    while (shared < question.length && question[shared] === followUp[shared]) shared++
    await sequence.eraseContextTokenRanges([{ start: shared, end: sequence.nextTokenIndex }])
    const written: Token[] = []
    const sampling = { temperature: ask.temperature, seed: ask.seed }
    for await (const token of sequence.evaluate(followUp.slice(shared), sampling)) {
      if (model.isEogToken(token) || signal?.aborted) break
      written.push(token)
      if (written.length >= mostTokens) break
    }
    return written
  }

  return {
    identity,
    ask(question, signal) {
      const turn = last
        .then(() => answer(question, signal))
        .catch((cause: unknown) =>
          failure<ModelProblemCode>(
            'answer_invalid',
            `The model could not answer (${cause instanceof Error ? cause.message : String(cause)}).`,
          ),
        )
      last = turn
      return turn
    },
    async dispose() {
      await last
      await model.dispose()
    },
  }
}

function aborted(): Outcome<never, ModelProblemCode> {
  return failure('timeout', 'The question was withdrawn before the model had answered.')
}

function sameTokens(left: readonly Token[], right: readonly Token[]): boolean {
  return left.length === right.length && left.every((token, index) => token === right[index])
}

/** Ten thousandths: finer digits of a logit are noise of the machine, not the model's opinion. */
const probabilityUnits = 10_000

/** Softmax over the options alone, rounded so that the three add up to one; null when a logit is missing. */
export function optionProbabilities(ask: Pick<AskModel, 'options'>, logits: readonly number[]): Probabilities | null {
  if (logits.length !== ask.options.length || !logits.every(Number.isFinite)) return null
  const highest = Math.max(...logits)
  const weights = logits.map((logit) => Math.exp(logit - highest))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const units = weights.map((weight) => Math.round((weight / total) * probabilityUnits))
  const largest = units.indexOf(Math.max(...units))
  const excess = units.reduce((sum, unit) => sum + unit, 0) - probabilityUnits
  const share = { buy: 0, sell: 0, hold: 0 }
  ask.options.forEach(({ action }, index) => {
    const unit = (units[index] ?? 0) - (index === largest ? excess : 0)
    share[action] += unit / probabilityUnits
  })
  return share
}
