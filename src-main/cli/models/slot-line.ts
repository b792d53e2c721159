import type { InstalledModel } from '@shared/contract/model-library'
import type { ModelLibrary } from '../../engine/models/library'
import { plainText } from '../plain-text'

/** Whether the slot of a new model uses it, and what to do where another one has the place. */
export function slotLine(library: ModelLibrary, { id, slot }: InstalledModel): string {
  const used = library.used(slot)
  if (used.ok && used.value === id) return plainText(`${slot} is served by it from the next start of the desk on.`)
  const other = used.ok && used.value !== null ? `${slot} keeps ${used.value}. ` : ''
  return plainText(`${other}To change that: models use ${slot}=${id}`)
}
