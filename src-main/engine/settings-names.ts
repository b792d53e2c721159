import { settingsFileSchema } from '@shared/contract/settings'
import type { z } from 'zod'

/** More letters than this between two names, and the one is not a slip of the other. */
const mostSlips = 3

/** What is wrong with a settings file, each fault by its path; a name that is unknown with the one it was meant to be. */
export function settingsFaults(error: z.ZodError): string {
  return error.issues.map(faultWords).join('; ')
}

function faultWords(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.')
  if (issue.code !== 'unrecognized_keys') return `${path || 'the whole'}: ${issue.message}`
  const known = knownNames(issue.path)
  return issue.keys
    .map((name) => {
      const nearest = nearestName(name, known)
      const full = path === '' ? name : `${path}.${name}`
      const meant = nearest === null ? `known here are ${known.join(', ')}` : `did you mean ${nearest}?`
      return `${full} is no setting (${meant})`
    })
    .join('; ')
}

/** Every setting has a default, so that the defaults name them all. */
function knownNames(path: readonly PropertyKey[]): readonly string[] {
  let part: unknown = settingsFileSchema.parse({})
  for (const key of path) part = isRecord(part) ? part[String(key)] : null
  return isRecord(part) ? Object.keys(part) : []
}

/** The known name that takes the fewest slips, if it takes few; letters of either case count as one. */
export function nearestName(name: string, known: readonly string[]): string | null {
  let nearest: { readonly name: string; readonly slips: number } | null = null
  for (const candidate of known) {
    const slips = slipsBetween(name.toLowerCase(), candidate.toLowerCase())
    if (slips <= mostSlips && (nearest === null || slips < nearest.slips)) nearest = { name: candidate, slips }
  }
  return nearest?.name ?? null
}

/** Letters to put in, leave out or change (V. I. Levenshtein, 1966). */
function slipsBetween(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (const [index, letter] of [...left].entries()) {
    const next = [index + 1]
    for (const [column, other] of [...right].entries()) {
      const changed = (row[column] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
