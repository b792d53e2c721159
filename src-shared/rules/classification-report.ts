import type { LabelSet } from './label-set'

/** One case of a classification: what was true, and what was said. */
export interface Labelled<Label extends string> {
  readonly actual: Label
  readonly predicted: Label
}

/**
 * How one label fared, by scikit-learn's definitions (`precision_recall_fscore_support`): a ratio that has nothing to
 * divide by is 0, as with `zero_division=0`, so that figures can be laid beside published ones.
 */
export interface LabelScores {
  readonly precision: number
  readonly recall: number
  /** Harmonic mean of precision and recall. */
  readonly f1: number
  /** Cases that are truly so. */
  readonly support: number
}

export interface ClassificationReport<Label extends string> {
  readonly n: number
  /** Null without cases. */
  readonly accuracy: number | null
  /** F1 of the labels, weighted by their support; null without cases. */
  readonly weightedF1: number | null
  readonly perClass: Readonly<Record<Label, LabelScores>>
  /** Cases by what was true (outer), then by what was said (inner). */
  readonly confusion: Readonly<Record<Label, Readonly<Record<Label, number>>>>
}

type Confusion<Label extends string> = ClassificationReport<Label>['confusion']

export function classificationReport<Label extends string>(
  { labels, each }: LabelSet<Label>,
  cases: readonly Labelled<Label>[],
): ClassificationReport<Label> {
  const confusion = each((actual) => {
    const ofActual = cases.filter((one) => one.actual === actual)
    return each((predicted) => ofActual.filter((one) => one.predicted === predicted).length)
  })
  const perClass = each((label) => labelScores(labels, label, confusion))
  const n = cases.length
  const right = sum(labels, (label) => confusion[label][label])
  return {
    n,
    accuracy: n === 0 ? null : right / n,
    weightedF1: n === 0 ? null : sum(labels, (label) => perClass[label].f1 * perClass[label].support) / n,
    perClass,
    confusion,
  }
}

function labelScores<Label extends string>(
  labels: readonly Label[],
  label: Label,
  confusion: Confusion<Label>,
): LabelScores {
  const hits = confusion[label][label]
  const support = sum(labels, (predicted) => confusion[label][predicted])
  const said = sum(labels, (actual) => confusion[actual][label])
  return {
    precision: ratio(hits, said),
    recall: ratio(hits, support),
    f1: ratio(2 * hits, said + support),
    support,
  }
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)

const sum = <Label>(labels: readonly Label[], value: (label: Label) => number): number =>
  labels.reduce((total, label) => total + value(label), 0)
