import { type Slot, slotSchema } from '@shared/contract/model'
import type { Machine } from '@shared/contract/model-files'
import type { Outcome } from '@shared/contract/outcome'
import type { ModelLibrary } from '../engine/models/library'

export interface DescribedSlot {
  readonly slot: Slot
  /** Null where the starter model answers. */
  readonly model: string | null
  readonly ok: boolean
  readonly detail: string
}

export interface DescribedModels {
  readonly machine: Outcome<Machine>
  readonly slots: readonly DescribedSlot[]
}

/** The machine, and for every slot whether a model is installed and fits: for `doctor` and `status`. */
export async function describeModels(library: ModelLibrary): Promise<DescribedModels> {
  const machine = await library.machine()
  const slots: DescribedSlot[] = []
  // One by one: a file that cannot be read says nothing against the others.
  for (const slot of slotSchema.options) slots.push(await describeSlot(library, slot))
  return { machine, slots }
}

async function describeSlot(library: ModelLibrary, slot: Slot): Promise<DescribedSlot> {
  const settled = library.used(slot)
  if (!settled.ok) return { slot, model: null, ok: false, detail: settled.problem.message }
  if (settled.value === null) {
    return { slot, model: null, ok: true, detail: 'no model of its own: the starter answers' }
  }
  const checked = await library.check(slot)
  if (!checked.ok) return { slot, model: settled.value, ok: false, detail: checked.problem.message }
  const [check] = checked.value.checks
  const detail = check?.fit.reason ?? 'not judged'
  return { slot, model: check?.model ?? settled.value, ok: check?.fit.fits ?? false, detail }
}
