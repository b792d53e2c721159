import { type Action, actionSchema } from '../contract/decision'
import { type SentimentLabel, sentimentLabelSchema } from '../contract/sentiment'

/** The answers that a classification chooses from, and how to make a record with a value for each of them. */
export interface LabelSet<Label extends string> {
  readonly labels: readonly Label[]
  each<Value>(value: (label: Label) => Value): Readonly<Record<Label, Value>>
}

export const actionLabels: LabelSet<Action> = {
  labels: actionSchema.options,
  each: (value) => ({ buy: value('buy'), sell: value('sell'), hold: value('hold') }),
}

export const sentimentLabels: LabelSet<SentimentLabel> = {
  labels: sentimentLabelSchema.options,
  each: (value) => ({ positive: value('positive'), neutral: value('neutral'), negative: value('negative') }),
}
