import { statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { CatalogueEntry } from '@shared/contract/catalogue'
import type { FetchedFile, TransferProgress, TransferRequest } from '@shared/contract/model-files'
import type { InstalledModel } from '@shared/contract/model-library'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import type { LibrarySettings } from '@shared/contract/settings'
import type { ManifestFile } from './manifest'
import type { ModelFiles } from './model-files-child'

export interface PullSurroundings {
  readonly folder: string
  readonly files: ModelFiles
  readonly manifest: ManifestFile
  readonly library: LibrarySettings
  readonly acceptLicence: string | null
  readonly acceptSha256: string | null
  readonly signal: AbortSignal
  onProgress(progress: TransferProgress): void
  nowMs(): number
}

/** Attempts in a row without a byte, and the first pause between them: with doubling, about five minutes in all. */
const fruitlessAttempts = 9
const backoffMs = 1000

/** Where an entry's file lies once it is whole; each entry has a folder of its own. */
export function entryPath(folder: string, entry: Pick<CatalogueEntry, 'id' | 'file'>): string {
  return join(folder, entry.id, basename(entry.file))
}

/** All that a pull of an entry brings: its model, then its adapter where it has one. */
export function entryPaths(folder: string, entry: Pick<CatalogueEntry, 'id' | 'file' | 'adapter'>): string[] {
  const adapter = entry.adapter === null ? [] : [join(folder, entry.id, basename(entry.adapter.file))]
  return [entryPath(folder, entry), ...adapter]
}

/**
 * Brings an entry to the disk: its licence accepted, its file fetched and held to the hash, its header read. The hash that
 * a first download finds is held from then on.
 */
export async function pullEntry(
  entry: CatalogueEntry,
  surroundings: PullSurroundings,
): Promise<Outcome<InstalledModel>> {
  const { manifest, files, nowMs } = surroundings
  const known = manifest.read()
  if (!known.ok) return known
  const licensed = acceptLicence(entry, surroundings)
  if (!licensed.ok) return licensed
  const { heldHashes, models } = known.value
  const path = entryPath(surroundings.folder, entry)
  const before = models.find((model) => model.entryId === entry.id && model.path === path)

  const held = heldHashes[entry.id] ?? entry.sha256
  const fetched = await fetchPart(entry, path, held, entry.id, surroundings)
  if (!fetched.ok) return fetched
  const header = await files.header({ kind: 'file', path })
  if (!header.ok) return header
  const adapter = await fetchAdapter(entry, heldHashes, surroundings)
  if (!adapter.ok) return adapter

  const { sha256, commit } = fetched.value
  const hashes = { [entry.id]: sha256, ...adapter.value.hashes }
  const noted = manifest.change((now) => ({ ...now, heldHashes: { ...now.heldHashes, ...hashes } }))
  if (!noted.ok) return noted
  const { size, mtimeMs } = statSync(path)
  return success({
    id: entry.id,
    slot: entry.slot,
    entryId: entry.id,
    path,
    owned: true,
    sizeBytes: size,
    mtimeMs,
    sha256,
    commit: commit || (before?.commit ?? ''),
    header: header.value,
    adapterPath: adapter.value.path,
    addedAtMs: nowMs(),
  })
}

function acceptLicence(
  entry: CatalogueEntry,
  { manifest, acceptLicence: textSha256, nowMs }: PullSurroundings,
): Outcome<unknown> {
  const known = manifest.read()
  if (!known.ok || known.value.licences[entry.id] !== undefined) return known
  if (textSha256 === null) {
    return failure(
      'licence_not_accepted',
      `${entry.title} comes under "${entry.licence.name}" (${entry.licence.url}). Read it and accept it: --accept-licence on the command line.`,
    )
  }
  const accepted = { textSha256, acceptedAtMs: nowMs() }
  return manifest.change((now) => ({ ...now, licences: { ...now.licences, [entry.id]: accepted } }))
}

type HubPart = Pick<TransferRequest, 'bytes' | 'sha256'> &
  Pick<CatalogueEntry, 'repository' | 'file' | 'revision'> & { readonly aboutBytes: number }

function fetchPart(
  part: HubPart,
  path: string,
  sha256: string | null,
  transferId: string,
  { files, library, acceptSha256, onProgress, signal }: PullSurroundings,
): Promise<Outcome<FetchedFile>> {
  const { repository, revision, file, aboutBytes } = part
  // Of another file, knowingly accepted, the catalogue knows no size.
  const bytes = acceptSha256 === null && sha256 === part.sha256 ? part.bytes : null
  const request: TransferRequest = {
    transferId,
    place: { repository, revision, file },
    path,
    bytes,
    aboutBytes,
    sha256,
    acceptSha256,
    stallMs: library.stallMs,
    fruitlessAttempts,
    backoffMs,
    reserveBytes: library.reserveBytes,
  }
  return files.transfer(request, onProgress, signal)
}

const aboutAdapterBytes = 50_000_000

/** The adapter lies beside its model as it was published; converting it is a step of its own. */
async function fetchAdapter(
  entry: CatalogueEntry,
  heldHashes: Readonly<Record<string, string>>,
  surroundings: PullSurroundings,
): Promise<Outcome<{ path: string | null; hashes: Record<string, string> }>> {
  const { adapter } = entry
  if (adapter === null) return success({ path: null, hashes: {} })
  const name = `${entry.id}.adapter`
  const path = join(surroundings.folder, entry.id, basename(adapter.file))
  const held = heldHashes[name] ?? adapter.sha256
  const part = { ...adapter, aboutBytes: adapter.bytes ?? aboutAdapterBytes }
  const fetched = await fetchPart(part, path, held, name, { ...surroundings, acceptSha256: null })
  return fetched.ok ? success({ path, hashes: { [name]: fetched.value.sha256 } }) : fetched
}
