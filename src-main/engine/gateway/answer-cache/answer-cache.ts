/**
 * Answers that models have given, so that nobody is asked the same twice: a backtest that is run again asks no model,
 * and its journal is the same as if it had. Equal is what has an equal key; nothing here looks for what is similar.
 */
import type { MarketContext } from '@shared/contract/context'
import type { AskModel, LoadedModel, ModelAnswer, ModelProblemCode } from '@shared/contract/inference'
import type { Outcome } from '@shared/contract/outcome'
import type { BackendIdentity } from '../backends/backend'
import type { AnswerFile } from './answer-file'
import { answerKey } from './answer-key'
import { type KeptAnswer, keptAnswer, recalledAnswer } from './kept-answer'

/** An answer and the model that gave it. */
export interface Answered {
  readonly answer: ModelAnswer
  readonly model: LoadedModel
  /** It was given before, and kept. */
  readonly isRecalled: boolean
}

type Attempt = Outcome<Answered, ModelProblemCode>

/** Stands between a question and the model that it is for: knows the answer, or lets the model be asked. */
export type Recall = (identity: BackendIdentity, question: AskModel, ask: () => Promise<Attempt>) => Promise<Attempt>

export interface AnswerCache {
  /**
   * For one decision. `isWhole` says whether an answer can be used: what cannot is not kept, and no failure is. Who asks
   * what is being asked at this moment waits for the same answer, or the same failure.
   */
  recall(asked: {
    readonly context: MarketContext
    readonly promptVersion: string
    isWhole(answer: ModelAnswer): boolean
  }): Recall
  /** Since it was opened: answers that were known, and questions that went to a model. */
  counts(): AnswerCounts
  close(): void
}

export interface AnswerCounts {
  readonly recalled: number
  readonly asked: number
}

/** In memory before the file. */
const mostInMemory = 4096

/** `openFile` is called at the first question; null where the file cannot be used, and the memory alone serves. */
export function createAnswerCache(openFile: () => AnswerFile | null): AnswerCache {
  const memory = new Map<string, KeptAnswer>()
  const inFlight = new Map<string, Promise<Attempt>>()
  const counts = { recalled: 0, asked: 0 }
  let file: AnswerFile | null | undefined
  let isClosed = false

  function opened(): AnswerFile | null {
    if (isClosed) return null
    if (file === undefined) file = openFile()
    return file
  }

  function known(key: string): KeptAnswer | null {
    const remembered = memory.get(key)
    const found = remembered ?? opened()?.find(key) ?? null
    if (found !== null) remember(key, found)
    return found
  }

  /** The one used last stands last; the first leaves. */
  function remember(key: string, answer: KeptAnswer): void {
    memory.delete(key)
    memory.set(key, answer)
    if (memory.size <= mostInMemory) return
    for (const oldest of memory.keys()) {
      memory.delete(oldest)
      break
    }
  }

  function keep(key: string, answer: KeptAnswer): void {
    remember(key, answer)
    opened()?.keep(key, answer)
  }

  return {
    recall: (asked) => async (identity, question, ask) => {
      const keyUnder = (one: BackendIdentity): string => answerKey({ ...asked, identity: one, question })
      const key = keyUnder(identity)
      const kept = known(key)
      if (kept !== null) {
        counts.recalled += 1
        return { ok: true, value: { answer: recalledAnswer(kept), model: identity.model, isRecalled: true } }
      }
      const sameQuestion = inFlight.get(key)
      if (sameQuestion !== undefined) return sameQuestion
      counts.asked += 1
      const asking = ask()
        .then((attempt) => {
          if (!attempt.ok || !asked.isWhole(attempt.value.answer)) return attempt
          const { answer, model } = attempt.value
          // A model that was loaded anew for the question may be another by now: its file has changed, or its device.
          keep(model === identity.model ? key : keyUnder({ ...identity, model }), keptAnswer(answer))
          return attempt
        })
        .finally(() => inFlight.delete(key))
      inFlight.set(key, asking)
      return asking
    },
    counts: () => ({ ...counts }),
    close() {
      isClosed = true
      file?.close()
    },
  }
}
