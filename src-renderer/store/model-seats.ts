import { type Slot, slotSchema } from '@shared/contract/model'
import type { TransferProgress } from '@shared/contract/model-files'
import type { ListedModel, ModelJob, ModelsView } from '@shared/contract/model-library'

export type ListedEntry = ModelsView['entries'][number]

/** Where a catalogue entry stands on its way to this machine. */
export type EntryStage =
  | { readonly kind: 'absent' }
  | { readonly kind: 'running'; readonly progress: TransferProgress | null }
  | { readonly kind: 'paused'; readonly bytes: number }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly bytes: number }
  | { readonly kind: 'installed'; readonly model: ListedModel | null }

export interface SeatEntry {
  readonly listed: ListedEntry
  readonly stage: EntryStage
}

/** One of the four seats with all that the library has for it. */
export interface Seat {
  readonly slot: Slot
  readonly entries: readonly SeatEntry[]
  /** Installed for this seat, and no copy of an entry above. */
  readonly others: readonly ListedModel[]
  /** What the settings give the seat, an id or a path; null for the starter. */
  readonly chosen: string | null
  /** What the desk began with; it goes on with that until its next start. */
  readonly inUse: string | null
}

/** The library as the screen shows it: seat by seat. */
export function seatsOf(view: ModelsView): Seat[] {
  return slotSchema.options.map((slot) => {
    const entries = view.entries
      .filter(({ entry }) => entry.slot === slot)
      .map((listed) => ({ listed, stage: stageOf(listed, view) }))
    const shown = entries.map(({ stage }) => (stage.kind === 'installed' ? stage.model?.id : undefined))
    return {
      slot,
      entries,
      others: view.installed.filter((model) => model.slot === slot && !shown.includes(model.id)),
      chosen:
        view.installed.find(({ usedBy }) => usedBy.includes(slot))?.id ??
        view.strangers.find((stranger) => stranger.slot === slot)?.path ??
        null,
      inUse: view.inUse.find((used) => used.slot === slot)?.model ?? null,
    }
  })
}

function stageOf({ entry, state, partialBytes }: ListedEntry, { jobs, installed }: ModelsView): EntryStage {
  const job = jobs.find(({ kind, model }) => kind === 'pull' && model === entry.id)
  if (job !== undefined && job.ended === null) return { kind: 'running', progress: job.progress }
  if (state === 'installed') {
    return { kind: 'installed', model: installed.find(({ entryId }) => entryId === entry.id) ?? null }
  }
  const end = job?.ended ?? null
  if (end !== null && !end.ok && end.code !== 'cancelled') {
    return { kind: 'failed', code: end.code, message: end.message, bytes: partialBytes }
  }
  return state === 'partial' ? { kind: 'paused', bytes: partialBytes } : { kind: 'absent' }
}

/** Long work other than downloads: what is being taken in or hashed anew, and what went wrong with it. */
export function otherJobs({ jobs }: ModelsView): readonly ModelJob[] {
  return jobs.filter(({ kind, ended }) => kind !== 'pull' && (ended === null || !ended.ok))
}
