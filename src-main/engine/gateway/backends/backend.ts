import type { AskModel, LoadedModel, LoadModel, ModelAnswer, ModelProblemCode } from '@shared/contract/inference'
import type { ServedBy } from '@shared/contract/model'
import type { Problem } from '@shared/contract/outcome'

/** Somebody who can answer a question: a slot's own model or the starter, on this machine or elsewhere. */
export interface Backend {
  readonly servedBy: Exclude<ServedBy, 'none'>
  /** How its model wants to be addressed. */
  readonly form: LoadModel['form']
  /** Retries by itself where a retry makes sense; never throws for trouble that must be expected. */
  ask(question: AskModel): Promise<BackendReply>
  /** Gets ready to answer quickly; what goes wrong here shows at the first question. */
  warmUp(): Promise<void>
  health(): BackendHealth
  /** The user's word that a suspended backend may be tried again. */
  reopen(): void
  close(): Promise<void>
}

export interface BackendReply {
  /** Attempts that failed, in order. */
  readonly problems: readonly Problem<ModelProblemCode>[]
  /** Null when every attempt failed. */
  readonly answered: { readonly answer: ModelAnswer; readonly model: LoadedModel } | null
}

export interface BackendHealth {
  readonly healthy: boolean
  /** In words: serving, not started yet, or what is wrong. */
  readonly reason: string
}
