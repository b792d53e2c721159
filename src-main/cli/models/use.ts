import type { ModelLibrary } from '../../engine/models/library'
import { failWith } from '../exit'
import { print } from '../output'
import { plainText } from './figures'
import type { Choice } from './models-command'

export async function useModel(
  library: ModelLibrary,
  { slot, model }: Choice,
  options: { json: boolean },
): Promise<number> {
  const chosen = await library.choose(slot, model)
  if (!chosen.ok) return failWith(chosen.problem)
  const { id, path } = chosen.value
  return print(options.json, { slot, model: id, path }, () => [
    plainText(`${slot} is served by ${id} from the next start of the desk on.`),
  ])
}
