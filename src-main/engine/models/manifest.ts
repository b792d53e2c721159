import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { sha256Schema } from '@shared/contract/catalogue'
import { type InstalledModel, installedModelSchema } from '@shared/contract/model-library'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { z } from 'zod'
import { makeDataFolder } from '../data-folder'
import { wholeFile } from '../whole-file'

/** `models.json` in the data folder: what the library knows about files on this machine. */
const manifestSchema = z.strictObject({
  version: z.literal(1),
  models: z.array(installedModelSchema).default([]),
  /** Hashes that the first download of an entry recorded, or that the trader accepted knowingly; held from then on. */
  heldHashes: z.record(z.string(), sha256Schema).default({}),
  /** Which text of a licence was accepted. */
  licences: z.record(z.string(), z.strictObject({ textSha256: sha256Schema, acceptedAtMs: z.int() })).default({}),
})

export type Manifest = Readonly<z.infer<typeof manifestSchema>>

export type ManifestProblemCode = 'manifest_unreadable' | 'manifest_unwritable'

export interface ManifestFile {
  read(): Outcome<Manifest, ManifestProblemCode>
  /** Reads what is there now, changes it and writes it whole: a kill leaves the old file or the new one. */
  change(change: (manifest: Manifest) => Manifest): Outcome<Manifest, ManifestProblemCode>
}

const emptyManifest: Manifest = { version: 1, models: [], heldHashes: {}, licences: {} }

export function manifestFile(path: string): ManifestFile {
  function read(): Outcome<Manifest, ManifestProblemCode> {
    try {
      return success(manifestSchema.parse(JSON.parse(readFileSync(path, 'utf8'))))
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return success(emptyManifest)
      const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error)
      return failure(
        'manifest_unreadable',
        `The list of installed models, ${path}, cannot be read (${why}). Mend it, or remove it and import the files again.`,
      )
    }
  }
  return {
    read,
    change(change) {
      const known = read()
      if (!known.ok) return known
      const changed = change(known.value)
      const file = wholeFile(path)
      try {
        makeDataFolder(dirname(path))
        writeFileSync(file.unfinishedPath, `${JSON.stringify(changed, null, 2)}\n`)
        file.finish()
        return success(changed)
      } catch (error) {
        file.abandon()
        const why = error instanceof Error ? error.message : String(error)
        return failure('manifest_unwritable', `The list of installed models cannot be written (${why}).`)
      }
    },
  }
}

/** Whether a file is still the one that was hashed, by its size and time; a change of either asks for a new hash. */
export function fileState({ path, sizeBytes, mtimeMs }: InstalledModel): 'same' | 'changed' | 'missing' {
  try {
    const now = statSync(path)
    return now.isFile() && now.size === sizeBytes && now.mtimeMs === mtimeMs ? 'same' : 'changed'
  } catch {
    return 'missing'
  }
}

/** The same list with one model added, or in the place of the one with its id. */
export function withModel(manifest: Manifest, model: InstalledModel): Manifest {
  return { ...manifest, models: [...manifest.models.filter(({ id }) => id !== model.id), model] }
}
