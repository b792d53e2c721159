import { homedir } from 'node:os'
import { success } from '@shared/contract/outcome'
import { createModelLibrary, type ModelLibrary } from './models/library'
import { createModelFiles } from './models/model-files-child'
import type { Places } from './places'
import { readLibrarySettings, readSettings, writeModelFile } from './settings-file'

export type LibraryPlaces = Pick<Places, 'dataDir' | 'cataloguePath' | 'modelFilesProgram' | 'nodePath'>

/** The model library on the trader's own data folder and settings. Nothing is started before it is needed. */
export function openLibraryHere(places: LibraryPlaces, env: NodeJS.ProcessEnv): ModelLibrary {
  const { dataDir, cataloguePath, modelFilesProgram, nodePath } = places
  return createModelLibrary({
    dataDir,
    cataloguePath,
    files: createModelFiles({ program: modelFilesProgram, nodePath, env }),
    home: env.HOME ?? homedir(),
    env,
    nowMs: Date.now,
    settings() {
      const [library, settings] = [readLibrarySettings(dataDir), readSettings(dataDir, env)]
      if (!library.ok) return library
      return settings.ok ? success({ library: library.value, inference: settings.value.inference }) : settings
    },
    chooseFile: (slot, path) => writeModelFile(dataDir, slot, path),
  })
}
