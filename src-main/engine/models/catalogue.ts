import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import {
  type CatalogueEntry,
  type CatalogueProblem,
  catalogueEntrySchema,
  catalogueFileSchema,
} from '@shared/contract/catalogue'
import { type Slot, slotSchema } from '@shared/contract/model'
import { z } from 'zod'

export interface Catalogue {
  /** In the order of the bundled file; a trader's own entries follow. */
  readonly entries: readonly CatalogueEntry[]
  /** What was left out, a line each. */
  readonly problems: readonly CatalogueProblem[]
}

/**
 * The bundled catalogue with the trader's own on top: an entry there replaces the bundled one of the same id. An entry
 * that cannot be used is left out and reported; it never hides the bundled one.
 */
export function loadCatalogue(bundledPath: string, ownPath: string): Catalogue {
  const bundled = readCatalogue(bundledPath, true)
  const own = readCatalogue(ownPath, false)
  const entries = new Map(bundled.entries.map((entry) => [entry.id, entry]))
  for (const entry of own.entries) entries.set(entry.id, entry)
  return { entries: [...entries.values()], problems: [...bundled.problems, ...own.problems] }
}

/** By its id, or the first entry of a slot. */
export function findEntry({ entries }: Catalogue, name: string): CatalogueEntry | null {
  const slot = slotSchema.safeParse(name)
  const byId = entries.find(({ id }) => id === name)
  return byId ?? (slot.success ? (entriesOf({ entries }, slot.data)[0] ?? null) : null)
}

export function entriesOf({ entries }: Pick<Catalogue, 'entries'>, slot: Slot): CatalogueEntry[] {
  return entries.filter((entry) => entry.slot === slot)
}

function readCatalogue(path: string, mustBeThere: boolean): Catalogue {
  const source = basename(path)
  const nothing = (message: string): Catalogue => ({ entries: [], problems: [{ source, entry: '', message }] })
  let raw: unknown
  try {
    raw = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (isMissing && !mustBeThere) return { entries: [], problems: [] }
    return nothing(`${path} cannot be read (${error instanceof Error ? error.message : String(error)}).`)
  }
  const file = catalogueFileSchema.safeParse(raw)
  if (!file.success) return nothing(`${path} is no catalogue: ${z.prettifyError(file.error)}`)
  const entries: CatalogueEntry[] = []
  const problems: CatalogueProblem[] = []
  file.data.entries.forEach((candidate, index) => {
    const entry = catalogueEntrySchema.safeParse(candidate)
    if (entry.success) entries.push(entry.data)
    else problems.push({ source, entry: `entry ${index + 1}`, message: faults(entry.error) })
  })
  return { entries, problems }
}

const mostFaults = 3

function faults({ issues }: z.ZodError): string {
  const lines = issues.slice(0, mostFaults).map(({ path, message }) => `${path.join('.') || 'the entry'} ${message}`)
  return `left out: ${lines.join('; ')}${issues.length > mostFaults ? '; and more' : ''}.`
}
