import type { ModelLibrary } from '../../engine/models/library'
import { exitCode, failWith } from '../exit'
import { print } from '../output'
import { plainText } from '../plain-text'

export async function verifyModels(library: ModelLibrary, options: { json: boolean }): Promise<number> {
  const verified = await library.verify()
  if (!verified.ok) return failWith(verified.problem)
  const ok = verified.value.every((model) => model.ok)
  print(options.json, { ok, models: verified.value }, () =>
    verified.value.length === 0
      ? ['No model is installed.']
      : verified.value.map((model) => plainText(`${model.id}: ${model.ok ? 'as it was installed' : model.message}`)),
  )
  return ok ? exitCode.done : exitCode.failed
}
