import { existsSync, statSync } from 'node:fs'
import { slotSchema } from '@shared/contract/model'
import type { FoundModelFile, ListedModels } from '@shared/contract/model-library'
import type { InferenceSettings } from '@shared/contract/settings'
import type { Catalogue } from './catalogue'
import { fileState, type Manifest } from './manifest'
import { entryPath } from './pull'

export interface Listing {
  readonly catalogue: Catalogue
  readonly manifest: Manifest
  /** Where downloads go. */
  readonly folder: string
  readonly inference: InferenceSettings
  readonly found: readonly FoundModelFile[]
}

/** All that the library knows, as it stands on the disk at this moment. */
export function listModels({ catalogue, manifest, folder, inference, found }: Listing): ListedModels {
  const { models, licences } = manifest
  const { modelFiles } = inference
  return {
    folder,
    entries: catalogue.entries.map((entry) => {
      const path = entryPath(folder, entry)
      const isInstalled = models.some((model) => model.entryId === entry.id && existsSync(model.path))
      // A model that waits for its adapter is whole, and not installed yet.
      const partialBytes = sizeOf(`${path}.partial`) || (isInstalled ? 0 : sizeOf(path))
      const state = isInstalled ? 'installed' : partialBytes > 0 ? 'partial' : 'absent'
      return { entry, state, partialBytes, licenceAccepted: licences[entry.id] !== undefined }
    }),
    installed: models.map((model) => ({
      ...model,
      state: fileState(model),
      usedBy: slotSchema.options.filter((slot) => modelFiles[slot] === model.path),
    })),
    found: [...found],
    strangers: slotSchema.options.flatMap((slot) => {
      const path = modelFiles[slot]
      return path === undefined || models.some((model) => model.path === path) ? [] : [{ slot, path }]
    }),
    problems: [...catalogue.problems],
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
