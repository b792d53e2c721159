import { existsSync, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Slot, slotSchema } from '@shared/contract/model'
import type { ModelSource } from '@shared/contract/model-files'
import type { CheckedModels, InstalledModel, ModelCheck } from '@shared/contract/model-library'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import type { InferenceSettings } from '@shared/contract/settings'
import { slotDefaults } from '@shared/rules/slot-defaults'
import { type Catalogue, findEntry } from './catalogue'
import type { ModelFiles } from './model-files-child'
import { entryPath } from './pull'
import { warmPlan } from './warm-plan'

export interface CheckOptions {
  /** A slot or an id; null for all that slots use. */
  readonly name: string | null
  readonly catalogue: Catalogue
  readonly installed: readonly InstalledModel[]
  readonly inference: InferenceSettings
  readonly folder: string
  readonly reserveBytes: number
  readonly files: ModelFiles
}

/** What is to be judged: a file that is here, or one that still lies on the hub. */
interface Candidate {
  readonly slot: Slot
  readonly model: string
  readonly source: ModelSource
  readonly missingBytes: number
}

/** Reads headers, asks for fits, and plans which models stay loaded: before anything is loaded or fetched. */
export async function checkModels(options: CheckOptions): Promise<Outcome<CheckedModels>> {
  const { files, inference, folder, reserveBytes } = options
  const candidates = candidatesOf(options)
  if (!candidates.ok) return candidates
  const machine = await files.machine(inference.gpu)
  if (!machine.ok) return machine
  const checks: ModelCheck[] = []
  const failed: CheckedModels['failed'] = []
  for (const { slot, model, source, missingBytes } of candidates.value) {
    const judged = await files.fit({
      source,
      gpu: inference.gpu,
      contextTokens: inference.contextTokens[slot] ?? slotDefaults[slot].contextTokens,
      maxSequences: inference.sequences[slot] ?? slotDefaults[slot].sequences,
      machine: null,
    })
    if (!judged.ok) {
      // Of all that are used, one that is gone hides nothing about the others.
      if (options.name !== null) return judged
      failed.push({ slot, model, message: judged.problem.message })
      continue
    }
    const freeBytes = await freeBytesNear(folder)
    const neededBytes = missingBytes === 0 ? 0 : missingBytes + reserveBytes
    checks.push({
      slot,
      model,
      installed: source.kind === 'file',
      ...judged.value,
      disk: { folder, freeBytes, neededBytes, enough: neededBytes <= freeBytes },
    })
  }
  const loads = checks.map(({ slot, model, fit: { vramBytes, ramBytes } }) => ({ slot, model, vramBytes, ramBytes }))
  return success({ machine: machine.value, checks, failed, plan: warmPlan(loads, machine.value) })
}

function candidatesOf({ name, catalogue, installed, inference, folder }: CheckOptions): Outcome<Candidate[]> {
  const ofFile = (slot: Slot, path: string): Candidate => {
    const model = installed.find((known) => known.path === path)
    return {
      slot,
      model: model?.id ?? path,
      source: { kind: 'file', path },
      missingBytes: 0,
    }
  }
  const used = slotSchema.options.flatMap((slot) => {
    const path = inference.modelFiles[slot]
    return path === undefined ? [] : [ofFile(slot, path)]
  })
  if (name === null) return success(used)

  const usedHere = used.find(({ slot }) => slot === name)
  if (usedHere !== undefined) return success([usedHere])
  const here = installed.find((model) => (model.id === name || model.slot === name) && existsSync(model.path))
  if (here !== undefined) return success([ofFile(here.slot, here.path)])
  const entry = findEntry(catalogue, name)
  if (entry === null) {
    return failure(
      'unknown_model',
      `There is no model "${name}": name a slot, a catalogue entry or an installed model.`,
    )
  }
  const { repository, revision, file } = entry
  const source: ModelSource = { kind: 'hub', place: { repository, revision, file } }
  const fetched = statSync(`${entryPath(folder, entry)}.partial`, { throwIfNoEntry: false })?.size ?? 0
  const missingBytes = Math.max(0, (entry.bytes ?? entry.aboutBytes) - fetched)
  return success([{ slot: entry.slot, model: entry.id, source, missingBytes }])
}

/** Free bytes on the disk where a folder is, or will be. */
async function freeBytesNear(folder: string): Promise<number> {
  let nearest = folder
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest)
  const { bavail, bsize } = await statfs(nearest)
  return bavail * bsize
}
