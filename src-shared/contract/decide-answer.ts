import { z } from 'zod'
import { marketContextSchema } from './context'
import { type Decision, type DecisionMeasurement, decisionSchema } from './decision'
import { decimalText } from './money'

/** What `decide` and `POST /decide` answer: the decision, seen from outside. */
export const decideAnswerSchema = decisionSchema
  .pick({
    decisionId: true,
    symbol: true,
    timeframe: true,
    candleOpenMs: true,
    action: true,
    confidence: true,
    probabilities: true,
    orderBias: true,
    conviction: true,
    calibrated: true,
    rationale: true,
    stopLoss: true,
    takeProfit: true,
    exitSource: true,
    routedTo: true,
    servedBy: true,
    routeReason: true,
    hops: true,
    model: true,
    tokens: true,
  })
  .extend({
    /** Largest order, in the quote asset, that the given risk limits allow; null without an account to size against. */
    maxNotionalQuote: decimalText.nullable(),
    context: marketContextSchema,
    latencyMs: z.number().nonnegative(),
  })

export type DecideAnswer = Readonly<z.infer<typeof decideAnswerSchema>>

export function decideAnswer(
  decision: Decision,
  measurement: DecisionMeasurement,
  maxNotionalQuote: string | null,
): DecideAnswer {
  return {
    ...decideAnswerSchema.omit({ maxNotionalQuote: true, latencyMs: true }).parse(decision),
    maxNotionalQuote,
    latencyMs: measurement.latencyMs,
  }
}
