/**
 * The model library: which model files exist, which are on this machine, and which slot uses which. It fetches them from
 * the hub, takes in files that are already on the disk, holds every file to its hash, and says beforehand whether it
 * fits. Whatever needs native code or reads gigabytes is asked of the model-files program.
 */
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { CatalogueEntry } from '@shared/contract/catalogue'
import { type Slot, slotSchema } from '@shared/contract/model'
import type { Machine, TransferProgress } from '@shared/contract/model-files'
import type { CheckedModels, InstalledModel, LicenceText, ListedModels } from '@shared/contract/model-library'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import type { InferenceSettings, LibrarySettings } from '@shared/contract/settings'
import { type Catalogue, findEntry, loadCatalogue } from './catalogue'
import { checkModels } from './check'
import { findModelFiles } from './found-files'
import { importedId } from './imported-id'
import { listModels } from './listing'
import { fileState, manifestFile, withModel } from './manifest'
import type { ModelFiles } from './model-files-child'
import { entryPaths, pullEntry } from './pull'

export interface LibraryOptions {
  readonly dataDir: string
  readonly cataloguePath: string
  readonly files: ModelFiles
  /** The trader's home, where other programs keep their models. */
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  /** Time of day, for the record. */
  nowMs(): number
  /** As they are now: a screen and a command may change them. */
  settings(): Outcome<{ readonly library: LibrarySettings; readonly inference: InferenceSettings }>
  /** Writes the setting of one slot; null takes its file away. */
  chooseFile(slot: Slot, path: string | null): Outcome<null>
}

export interface PullOptions {
  /** SHA-256 of the licence text that was shown and accepted; null where it was accepted before. */
  readonly acceptLicence: string | null
  readonly acceptSha256: string | null
  readonly signal: AbortSignal
  onProgress(progress: TransferProgress): void
}

export interface VerifiedModel {
  readonly id: string
  readonly path: string
  readonly ok: boolean
  /** What is wrong, in words; empty where all is well. */
  readonly message: string
}

export interface ModelLibrary {
  list(): Promise<Outcome<ListedModels>>
  /** A slot, or the id of an entry or an installed model; null for all that slots use. */
  check(name: string | null): Promise<Outcome<CheckedModels>>
  machine(): Promise<Outcome<Machine>>
  /** Id or path of the model that a slot uses by the settings; null where it uses none. */
  used(slot: Slot): Outcome<string | null>
  licence(name: string): Promise<Outcome<LicenceText>>
  pull(name: string, options: PullOptions): Promise<Outcome<InstalledModel>>
  /** Removes what a paused pull has left. */
  discard(name: string): Outcome<null>
  importFile(path: string, slot: Slot): Promise<Outcome<InstalledModel>>
  /** Deletes a file that the library fetched; forgets one that it did not. Slots that used it lose it. */
  remove(id: string): Outcome<InstalledModel>
  /** Hashes every file anew. */
  verify(): Promise<Outcome<VerifiedModel[]>>
  choose(slot: Slot, name: string): Promise<Outcome<InstalledModel>>
  /** Takes a slot's model away: the starter serves it. */
  leave(slot: Slot): Outcome<null>
  /** The files of the settings without those that are known and no longer what they were; hashes what has changed. */
  usableFiles(): Promise<Outcome<{ files: InferenceSettings['modelFiles']; refused: VerifiedModel[] }>>
  close(): Promise<void>
}

export function createModelLibrary(options: LibraryOptions): ModelLibrary {
  const { dataDir, files } = options
  const manifest = manifestFile(join(dataDir, 'models.json'))
  const catalogue = (): Catalogue => loadCatalogue(options.cataloguePath, join(dataDir, 'catalogue.json'))
  const folderOf = (library: LibrarySettings): string => resolve(dataDir, library.folder ?? 'models')

  function entryOf(name: string): Outcome<CatalogueEntry> {
    const known = catalogue()
    const entry = findEntry(known, name)
    if (entry !== null) return success(entry)
    const ids = known.entries.map(({ id }) => id).join(', ')
    return failure('unknown_model', `There is no model "${name}" in the catalogue. Known: ${ids}.`)
  }

  function installedOf(name: string): Outcome<InstalledModel> {
    const known = manifest.read()
    if (!known.ok) return known
    const { models } = known.value
    const bySlot = models.filter(({ slot }) => slot === name)
    const model = models.find(({ id }) => id === name) ?? (bySlot.length === 1 ? bySlot[0] : undefined)
    if (model !== undefined) return success(model)
    const ids = models.map(({ id }) => id).join(', ') || 'none yet'
    return failure('not_installed', `No model "${name}" is installed. Installed: ${ids}.`)
  }

  /** Hashes a file again and says whether it is still the one that was taken in. */
  async function hashAgain(model: InstalledModel): Promise<VerifiedModel> {
    const { id, path } = model
    const hashed = await files.hash(path)
    if (!hashed.ok) return { id, path, ok: false, message: hashed.problem.message }
    if (hashed.value.sha256 !== model.sha256) {
      const message = `${path} has changed: its SHA-256 is ${hashed.value.sha256}, it was ${model.sha256}. Pull or import it again.`
      return { id, path, ok: false, message }
    }
    const { mtimeMs, sizeBytes } = hashed.value
    const noted = manifest.change((known) => withModel(known, { ...model, mtimeMs, sizeBytes }))
    return { id, path, ok: noted.ok, message: noted.ok ? '' : noted.problem.message }
  }

  async function add(model: InstalledModel): Promise<Outcome<InstalledModel>> {
    const noted = manifest.change((known) => withModel(known, model))
    if (!noted.ok) return noted
    const settings = options.settings()
    if (!settings.ok) return settings
    // A slot without a model takes the first that comes; one that has a model keeps it.
    if (settings.value.inference.modelFiles[model.slot] === undefined) {
      const chosen = options.chooseFile(model.slot, model.path)
      if (!chosen.ok) return chosen
    }
    return success(model)
  }

  return {
    async list() {
      const [known, settings] = [manifest.read(), options.settings()]
      if (!known.ok) return known
      if (!settings.ok) return settings
      const { library, inference } = settings.value
      const listing = { catalogue: catalogue(), manifest: known.value, folder: folderOf(library), inference }
      return success(listModels({ ...listing, found: await findModelFiles(options) }))
    },
    async check(name) {
      const [known, settings] = [manifest.read(), options.settings()]
      if (!known.ok) return known
      if (!settings.ok) return settings
      const { inference, library } = settings.value
      return checkModels({
        name,
        catalogue: catalogue(),
        installed: known.value.models,
        inference,
        folder: folderOf(library),
        reserveBytes: library.reserveBytes,
        files,
      })
    },
    async machine() {
      const settings = options.settings()
      return settings.ok ? files.machine(settings.value.inference.gpu) : settings
    },
    used(slot) {
      const [known, settings] = [manifest.read(), options.settings()]
      if (!known.ok) return known
      if (!settings.ok) return settings
      const path = settings.value.inference.modelFiles[slot]
      if (path === undefined) return success(null)
      return success(known.value.models.find((model) => model.path === path)?.id ?? path)
    },
    async licence(name) {
      const [entry, known] = [entryOf(name), manifest.read()]
      if (!entry.ok) return entry
      if (!known.ok) return known
      const { id, licence } = entry.value
      const fetched = await files.text(licence.source)
      if (!fetched.ok) return fetched
      const { text } = fetched.value
      const textSha256 = createHash('sha256').update(text).digest('hex')
      const accepted = known.value.licences[id]?.textSha256 === textSha256
      return success({ model: id, name: licence.name, url: licence.url, text, textSha256, accepted })
    },
    async pull(name, pullOptions) {
      const [entry, settings] = [entryOf(name), options.settings()]
      if (!entry.ok) return entry
      if (!settings.ok) return settings
      const folder = folderOf(settings.value.library)
      const pulled = await pullEntry(entry.value, {
        ...pullOptions,
        folder,
        files,
        manifest,
        library: settings.value.library,
        nowMs: options.nowMs,
      })
      return pulled.ok ? add(pulled.value) : pulled
    },
    discard(name) {
      const [entry, settings] = [entryOf(name), options.settings()]
      if (!entry.ok) return entry
      if (!settings.ok) return settings
      const known = manifest.read()
      if (!known.ok) return known
      const { models } = known.value
      const isKnown = (path: string): boolean =>
        models.some((model) => model.path === path || model.adapterPath === path) ||
        Object.values(settings.value.inference.modelFiles).includes(path)
      // A model is whole before its adapter is, and installed only with it.
      const unfinished = entryPaths(folderOf(settings.value.library), entry.value).flatMap((path) => [
        ...['.partial', '.partial.json', '.refused'].map((end) => `${path}${end}`),
        ...(isKnown(path) ? [] : [path]),
      ])
      return deleteFiles(unfinished)
    },
    async importFile(given, slot) {
      const path = resolve(given)
      const [header, known] = [await files.header({ kind: 'file', path }), manifest.read()]
      if (!header.ok) return header
      if (!known.ok) return known
      const hashed = await files.hash(path)
      if (!hashed.ok) return hashed
      const { models } = known.value
      const { sizeBytes, mtimeMs, sha256 } = hashed.value
      const before = models.find((model) => model.path === path)
      // A file whose hash the catalogue knows is a copy of that entry, wherever it came from.
      const entry = catalogue().entries.find((candidate) => candidate.sha256 === sha256 && candidate.slot === slot)
      return add({
        id: before?.id ?? importedId(path, header.value, models),
        slot,
        entryId: entry?.id ?? null,
        path,
        owned: before?.owned ?? false,
        sizeBytes,
        mtimeMs,
        sha256,
        commit: before?.sha256 === sha256 ? before.commit : '',
        header: header.value,
        adapterPath: before?.adapterPath ?? null,
        addedAtMs: options.nowMs(),
      })
    },
    remove(id) {
      const [model, settings] = [installedOf(id), options.settings()]
      if (!model.ok) return model
      if (!settings.ok) return settings
      const { path, owned, adapterPath } = model.value
      for (const slot of slotSchema.options) {
        if (settings.value.inference.modelFiles[slot] !== path) continue
        const left = options.chooseFile(slot, null)
        if (!left.ok) return left
      }
      const noted = manifest.change((known) => ({
        ...known,
        models: known.models.filter((other) => other.id !== model.value.id),
      }))
      if (!noted.ok) return noted
      if (!owned) return model
      const deleted = deleteFiles([path, adapterPath].filter((file) => file !== null))
      return deleted.ok ? model : deleted
    },
    async verify() {
      const known = manifest.read()
      if (!known.ok) return known
      const verified: VerifiedModel[] = []
      for (const model of known.value.models) verified.push(await hashAgain(model))
      return success(verified)
    },
    async choose(slot, name) {
      const model = installedOf(name)
      if (!model.ok) return model
      if (fileState(model.value) === 'missing') {
        return failure('model_missing', `${model.value.path} is gone. Pull or import it again, or remove it.`)
      }
      if (fileState(model.value) === 'changed') {
        const verified = await hashAgain(model.value)
        if (!verified.ok) return failure('hash_mismatch', verified.message)
      }
      const chosen = options.chooseFile(slot, model.value.path)
      return chosen.ok ? model : chosen
    },
    leave: (slot) => options.chooseFile(slot, null),
    async usableFiles() {
      const [known, settings] = [manifest.read(), options.settings()]
      if (!known.ok) return known
      if (!settings.ok) return settings
      const refused: VerifiedModel[] = []
      for (const model of known.value.models) {
        if (!Object.values(settings.value.inference.modelFiles).includes(model.path)) continue
        // A missing file speaks for itself where it is loaded.
        if (fileState(model) !== 'changed') continue
        const verified = await hashAgain(model)
        if (!verified.ok) refused.push(verified)
      }
      const usable = Object.entries(settings.value.inference.modelFiles).filter(
        ([, path]) => !refused.some((model) => model.path === path),
      )
      return success({ files: Object.fromEntries(usable), refused })
    },
    close: files.close,
  }
}

/** A file that another program holds open cannot be deleted everywhere. */
function deleteFiles(paths: readonly string[]): Outcome<null> {
  for (const path of paths) {
    try {
      rmSync(path, { force: true })
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return failure('file_unwritable', `${path} cannot be deleted (${why}). End what uses it, then delete it by hand.`)
    }
  }
  return success(null)
}
