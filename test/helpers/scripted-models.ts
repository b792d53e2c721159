import { readFileSync } from 'node:fs'
import { catalogueEntrySchema, catalogueFileSchema } from '@shared/contract/catalogue'
import type { Slot } from '@shared/contract/model'
import type { ListedModel, ModelsView } from '@shared/contract/model-library'

const { entries } = catalogueFileSchema.parse(
  JSON.parse(readFileSync(new URL('../../resources/models/catalogue.json', import.meta.url), 'utf8')),
)

/** The bundled catalogue on a machine that has nothing of it. */
export const bundledEntries: ModelsView['entries'] = entries.map((entry) => ({
  entry: catalogueEntrySchema.parse(entry),
  state: 'absent',
  partialBytes: 0,
  licenceAccepted: false,
}))

/** A library with nothing installed. */
export function modelsView(): ModelsView {
  return {
    folder: '/data/models',
    entries: bundledEntries,
    installed: [],
    found: [],
    strangers: [],
    problems: [],
    inUse: [],
    jobs: [],
  }
}

/** A file that somebody imported. */
export function installedModel(id: string, slot: Slot): ListedModel {
  return {
    id,
    slot,
    entryId: null,
    path: `/models/${id}.gguf`,
    owned: false,
    sizeBytes: 1_000,
    mtimeMs: 1,
    sha256: 'a'.repeat(64),
    commit: '',
    header: {
      sizeBytes: 1_000,
      architecture: 'llama',
      name: id,
      quantization: 'Q4_K_M',
      parameters: 1,
      layers: 1,
      trainContextTokens: 4096,
      vocabularySize: 10,
      hasChatTemplate: false,
      licence: '',
    },
    adapterPath: null,
    addedAtMs: 1,
    state: 'same',
    usedBy: [],
  }
}
