import type { ModelLibrary } from '../../engine/models/library'
import { failWith } from '../exit'
import { print } from '../output'
import { plainText } from '../plain-text'

export async function removeModel(library: ModelLibrary, name: string, options: { json: boolean }): Promise<number> {
  const removed = library.remove(name)
  if (!removed.ok) return failWith(removed.problem)
  const { id, path, owned } = removed.value
  return print(options.json, removed.value, () => [
    plainText(owned ? `${id} is deleted.` : `${id} is forgotten; the file stays: ${path}`),
  ])
}
