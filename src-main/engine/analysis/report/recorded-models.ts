import type { Decision } from '@shared/contract/decision'
import type { RecordedModel } from './trading-record'

/** What is known of a model beside its answers. */
export interface KnownModel {
  readonly name: string
  readonly knowledgeCutoffMs: number | null
}

/** Who decided, models and policies, in the order of their first answers. */
export interface ModelList {
  /** Counts the decision; null where nobody made it. */
  placeOf(decision: Pick<Decision, 'servedBy' | 'model'>): number | null
  list(): RecordedModel[]
}

/** A policy stands in the place of the prompt; that of a trader's own ends with the hash of its text. */
export function policyName(promptVersion: string): string {
  return promptVersion.replace(/ [0-9a-f]{64}$/, '')
}

/** `knownModel` looks a model up by the SHA-256 of its file; null where nothing is known of it. */
export function modelList(knownModel: (modelHash: string) => KnownModel | null): ModelList {
  const places = new Map<string, number>()
  const listed: RecordedModel[] = []
  return {
    placeOf({ servedBy, model: { modelHash, promptVersion } }) {
      if (servedBy === 'none') return null
      const key = `${servedBy} ${modelHash} ${promptVersion}`
      const place = places.get(key) ?? listed.length
      const before = listed[place]
      if (before !== undefined) {
        listed[place] = { ...before, decisions: before.decisions + 1 }
        return place
      }
      const known = knownModel(modelHash)
      places.set(key, place)
      listed.push({
        servedBy,
        name: servedBy === 'policy' ? policyName(promptVersion) : (known?.name ?? servedBy),
        modelHash,
        promptVersion,
        knowledgeCutoffMs: known?.knowledgeCutoffMs ?? null,
        decisions: 1,
      })
      return place
    },
    list: () => listed,
  }
}
