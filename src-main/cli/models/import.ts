import type { Slot } from '@shared/contract/model'
import type { ModelLibrary } from '../../engine/models/library'
import { failWith } from '../exit'
import { print, table } from '../output'
import { plainText } from '../plain-text'
import { bytesText } from './figures'
import { slotLine } from './slot-line'

export async function importModel(
  library: ModelLibrary,
  file: string,
  { slot, json }: { slot: Slot; json: boolean },
): Promise<number> {
  const imported = await library.importFile(file, slot)
  if (!imported.ok) return failWith(imported.problem)
  const { id, path, sizeBytes, sha256, header, entryId } = imported.value
  return print(json, imported.value, () => [
    ...table([
      ['imported', `${id} for ${slot}, where it lies: ${path}`],
      ['header', `${header.name || 'unnamed'}, ${header.architecture} ${header.quantization}, ${bytesText(sizeBytes)}`],
      ['', `${header.layers} layers, ${header.trainContextTokens} tokens of context, ${header.vocabularySize} words`],
      ['chat template', header.hasChatTemplate ? 'yes' : 'none'],
      ['SHA-256', sha256],
      ['catalogue', entryId === null ? 'no entry has this hash' : `the very file of ${entryId}`],
    ]).map(plainText),
    slotLine(library, imported.value),
  ])
}
