import type { ModelLibrary } from '../../engine/models/library'
import { failWith } from '../exit'
import { note, print, table } from '../output'
import { plainText } from '../plain-text'
import { bytesText } from './figures'

export async function listModels(library: ModelLibrary, options: { json: boolean }): Promise<number> {
  const listed = await library.list()
  if (!listed.ok) return failWith(listed.problem)
  const { folder, entries, installed, found, strangers, problems } = listed.value
  for (const { source, entry, message } of problems)
    note(plainText([source, entry, message].filter(Boolean).join(': ')))
  return print(options.json, listed.value, () => [
    `Models are kept in ${folder}.`,
    ...table([
      ['slot', 'id', 'size', 'context', 'speed', 'side by side', 'a month', 'knows up to', 'licence', 'state'],
      ...entries.map(({ entry, state, partialBytes }) => [
        entry.slot,
        entry.id,
        bytesText(entry.bytes ?? entry.aboutBytes),
        `${entry.slotContextTokens} of ${entry.contextTokens}`,
        entry.speedClass,
        `up to ${entry.maxSequences}`,
        `${entry.monthlyUsd} USD`,
        entry.knowledgeCutoff ?? 'unknown',
        entry.licence.name,
        state === 'partial' ? `partial (${bytesText(partialBytes)})` : state,
      ]),
    ]).map(plainText),
    ...titled('Installed:', installed, (model) => [
      model.id,
      bytesText(model.sizeBytes),
      `${model.header.architecture} ${model.header.quantization}`,
      model.usedBy.length === 0 ? 'not used' : `used by ${model.usedBy.join(', ')}`,
      model.state === 'same' ? model.path : `${model.state}: ${model.path}`,
    ]),
    ...titled('In your settings, unknown to the library:', strangers, ({ slot, path }) => [slot, path]),
    ...titled('Found on this machine (import them by their path):', found, ({ program, name, path, sizeBytes }) => [
      program,
      name,
      bytesText(sizeBytes),
      path,
    ]),
  ])
}

function titled<Item>(title: string, items: readonly Item[], row: (item: Item) => string[]): string[] {
  return items.length === 0 ? [] : ['', title, ...table(items.map(row)).map(plainText)]
}
