import type { Slot } from '@shared/contract/model'
import type { ModelLibrary } from '../../engine/models/library'
import { failWith } from '../exit'
import { print } from '../output'
import { plainText } from '../plain-text'
import type { Choice } from './models-command'

/** The word that gives a slot back to the bundled model. */
const starter = 'starter'

export async function useModel(
  library: ModelLibrary,
  { slot, model }: Choice,
  options: { json: boolean },
): Promise<number> {
  const chosen = await library.choose(slot, model)
  if (!chosen.ok) {
    return model === starter && chosen.problem.code === 'not_installed'
      ? leave(library, slot, options)
      : failWith(chosen.problem)
  }
  const { id, path } = chosen.value
  return print(options.json, { slot, model: id, path }, () => [
    plainText(`${slot} is served by ${id} from the next start of the desk on.`),
  ])
}

function leave(library: ModelLibrary, slot: Slot, options: { json: boolean }): number {
  const left = library.leave(slot)
  if (!left.ok) return failWith(left.problem)
  return print(options.json, { slot, model: null, path: null }, () => [
    `${slot} is served by the starter from the next start of the desk on.`,
  ])
}
