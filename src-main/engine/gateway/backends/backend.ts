import type { AskModel, LoadedModel, LoadModel, ModelProblemCode } from '@shared/contract/inference'
import type { ServedBy } from '@shared/contract/model'
import type { Problem } from '@shared/contract/outcome'
import type { Answered, Recall } from '../answer-cache/answer-cache'

/** Somebody who can answer a question: a slot's own model or the starter, on this machine or elsewhere. */
export interface Backend {
  readonly servedBy: Exclude<ServedBy, 'none'>
  /** How its model wants to be addressed. */
  readonly form: LoadModel['form']
  /**
   * Retries by itself where a retry makes sense; never throws for trouble that must be expected. With `recall`, the
   * model is loaded, so that it is known which one it is, and asked only what it has not answered before.
   */
  ask(question: AskModel, recall?: Recall): Promise<BackendReply>
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
  readonly answered: Answered | null
}

/** What an answer depends on beside its question. */
export interface BackendIdentity {
  readonly model: LoadedModel
  /** How it was loaded. */
  readonly load: Omit<LoadModel, 'path' | 'adapterPath'>
  /** SHA-256 of the inference program: another one may read a model in another way. */
  readonly programHash: string
}

export interface BackendHealth {
  readonly healthy: boolean
  /** In words: serving, not started yet, or what is wrong. */
  readonly reason: string
}
