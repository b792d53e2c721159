import { sentimentLabels } from '@shared/rules/label-set'
import type { EvaluationFigure } from './plot/evaluation-figure'
import { shareText } from './plot/figure-words'
import type { ScoreRows } from './plot/score-table'
import type { SentimentEvaluation } from './sentiment-evaluation'

const { labels } = sentimentLabels

/** Three lists of figures: in all, by label, and the confusions. */
export function sentimentTables(evaluation: SentimentEvaluation): readonly ScoreRows[] {
  const { scorer, n, accuracy, weightedF1, brier, brierSkill, ece, commonest, perClass, confusion, bySource } =
    evaluation
  const always =
    commonest === null ? [] : [[`weighted F1 of always ${commonest.label}`, shareText(commonest.weightedF1)]]
  return [
    [
      [`${scorer}, ${n} headlines`, ''],
      ['weighted F1', shareText(weightedF1)],
      ...always,
      ['accuracy', shareText(accuracy)],
      ['Brier score', shareText(brier)],
      ['Brier skill against the base rate', shareText(brierSkill)],
      ['expected calibration error', shareText(ece)],
    ],
    [
      ['label', 'precision', 'recall', 'F1', 'headlines', ...labels.map((label) => `read as ${label}`)],
      ...labels.map((label) => {
        const { precision, recall, f1, support } = perClass[label]
        const read = labels.map((predicted) => String(confusion[label][predicted]))
        return [label, shareText(precision), shareText(recall), shareText(f1), String(support), ...read]
      }),
    ],
    [
      ['source', 'headlines', 'accuracy', 'weighted F1'],
      ...largestFirst(bySource).map((one) => [
        one.source,
        String(one.n),
        shareText(one.accuracy),
        shareText(one.weightedF1),
      ]),
    ],
  ]
}

const mostSources = 12

/** A file may name a source of its own for every headline; the JSON document has them all. */
function largestFirst(sources: SentimentEvaluation['bySource']): SentimentEvaluation['bySource'] {
  return sources.toSorted((left, right) => right.n - left.n).slice(0, mostSources)
}

export function sentimentNotes({ scorer }: SentimentEvaluation): readonly string[] {
  const floor =
    scorer === 'lexicon'
      ? ['A word list (AFINN-165) read these headlines, not a model: this is the floor that a model has to beat.']
      : []
  return [...floor, "The labels are people's; how a price moved afterwards is another question."]
}

export function sentimentFigure(evaluation: SentimentEvaluation, file: string): EvaluationFigure {
  const { scorer, n, ece, bins } = evaluation
  return {
    title: `Sentiment of headlines, read by ${scorer}`,
    subtitle: file,
    diagrams: [{ title: 'likeliest label', caption: `ECE ${shareText(ece)} on ${n}`, bins }],
    tables: sentimentTables(evaluation),
    notes: sentimentNotes(evaluation),
  }
}
