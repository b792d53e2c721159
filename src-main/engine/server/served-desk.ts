import type { DecideAnswer } from '@shared/contract/decide-answer'
import type { DecideRequest } from '@shared/contract/decide-request'
import type { DeskCalls, DeskPush } from '@shared/contract/desk-calls'
import type { SlotHealth } from '@shared/contract/model'
import type { ModelCalls, ModelJob } from '@shared/contract/model-library'
import type { Outcome } from '@shared/contract/outcome'

/** The desk as this room needs it; whoever puts the house together hands it in. */
export interface ServedDesk {
  readonly calls: DeskCalls
  /** Decides on a context that the caller describes; journalled, never traded. */
  decide(request: DecideRequest): Promise<Outcome<DecideAnswer>>
  health(): readonly SlotHealth[]
  /** Told after every commit; returns the function that takes the listener away again. */
  subscribe(listener: (push: DeskPush) => void): () => void
  /** The model library; its listener is told how jobs go on. */
  readonly models: {
    readonly calls: ModelCalls
    subscribe(listener: (jobs: readonly ModelJob[]) => void): () => void
  }
}
