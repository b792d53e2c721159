import { basename } from 'node:path'
import type { GgufHeader } from '@shared/contract/model-files'
import type { InstalledModel } from '@shared/contract/model-library'

const mostChars = 60

/**
 * A short name for a file that came from nowhere in the catalogue: of the file, or of its header where the file is called
 * by its hash (as Ollama's are), with a number where the name is taken.
 */
export function importedId(path: string, header: GgufHeader, models: readonly Pick<InstalledModel, 'id'>[]): string {
  const isHash = /^sha256-[0-9a-f]{64}$/.test(basename(path))
  const name = isHash ? header.name || header.architecture : basename(path).replace(/\.gguf$/i, '')
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .slice(0, mostChars)
    .replace(/^[.-]+|[.-]+$/g, '')
  const first = plain || 'model'
  let id = first
  for (let number = 2; models.some((model) => model.id === id); number += 1) id = `${first}-${number}`
  return id
}
