import type { AskModel, LoadedModel, LoadModel, ModelAnswer, ModelProblemCode } from '@shared/contract/inference'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import type { ModelSession } from './model-session'

/** Questions that may wait or be answered at one time; the next one is turned away rather than kept waiting. */
export const mostQuestionsInLine = 64

/** What one inference child does with the engine's calls: one model, questions in line, each withdrawable. */
export interface Answering {
  load(request: LoadModel): Promise<Outcome<LoadedModel, ModelProblemCode>>
  ask(requestId: number, question: AskModel): Promise<Outcome<ModelAnswer, ModelProblemCode>>
  cancel(requestId: number): void
  dispose(): Promise<void>
}

export function createAnswering(
  openSession: (request: LoadModel) => Promise<Outcome<ModelSession, ModelProblemCode>>,
): Answering {
  let session: ModelSession | null = null
  const inLine = new Map<number, AbortController>()

  return {
    async load(request) {
      if (session !== null) throw new Error('A child serves one model file, and this one has loaded its own')
      const opened = await openSession(request)
      if (!opened.ok) return opened
      session = opened.value
      return success(session.identity)
    },
    async ask(requestId, question) {
      if (session === null) throw new Error('A question came before the model was loaded')
      if (inLine.size >= mostQuestionsInLine) {
        return failure('queue_full', `${mostQuestionsInLine} questions are in line for this model. Ask again later.`)
      }
      const withdrawal = new AbortController()
      inLine.set(requestId, withdrawal)
      try {
        return await session.ask(question, withdrawal.signal)
      } finally {
        inLine.delete(requestId)
      }
    },
    cancel(requestId) {
      inLine.get(requestId)?.abort()
    },
    async dispose() {
      for (const withdrawal of inLine.values()) withdrawal.abort()
      await session?.dispose()
    },
  }
}
