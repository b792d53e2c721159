import type { CheckedModels, ModelsView } from '@shared/contract/model-library'
import type { Outcome } from '@shared/contract/outcome'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { CallProblemCode } from '../transport/desk-link'

/** What the screen knows of the model library. Only `models-session` writes it. */
export interface ModelsState {
  /** Null until the models were asked for. */
  readonly view: ModelsView | null
  /** Why the library could not be read; null while all is well. */
  readonly problem: string | null
  /** The machine, and how the models fit that are in use; null until it was measured. */
  readonly machine: Outcome<CheckedModels, CallProblemCode> | null
  /** Fits of single models, by their names; `null` while one is being judged. */
  readonly fits: ReadonlyMap<string, Outcome<CheckedModels, CallProblemCode> | null>
}

export type ModelsStore = StoreApi<ModelsState>

export function createModelsStore(): ModelsStore {
  return createStore<ModelsState>(() => ({ view: null, problem: null, machine: null, fits: new Map() }))
}
