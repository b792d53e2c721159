import { z } from 'zod'

/** What a headline says about the price of what it is about, as human readers label it. */
export const sentimentLabelSchema = z.enum(['positive', 'neutral', 'negative'])

export type SentimentLabel = z.infer<typeof sentimentLabelSchema>

const sumTolerance = 0.001

/** A distribution over the three labels: each in [0, 1], together 1 (within 0.001). */
export const sentimentProbabilitiesSchema = z
  .object({
    positive: z.number().min(0).max(1),
    neutral: z.number().min(0).max(1),
    negative: z.number().min(0).max(1),
  })
  .refine((p) => Math.abs(p.positive + p.neutral + p.negative - 1) <= sumTolerance, 'probabilities must add up to 1')

export type SentimentProbabilities = Readonly<z.infer<typeof sentimentProbabilitiesSchema>>

/** The most probable label. A tie goes to neutral, then to negative: no good news is made of a doubt. */
export function likeliestSentiment({ positive, neutral, negative }: SentimentProbabilities): SentimentLabel {
  if (neutral >= positive && neutral >= negative) return 'neutral'
  return negative >= positive ? 'negative' : 'positive'
}
