import type { Decision } from '@shared/contract/decision'
import { percent, utc } from './output'

/** One decision on one line, as the terminal shows the desk at work; its id comes last, for whoever looks it up. */
export function decisionLine(decision: Decision): string {
  const { routedTo, servedBy } = decision
  const who = servedBy === routedTo ? routedTo : `${routedTo}, served by ${servedBy}`
  return [
    utc(decision.decidedAtMs),
    decision.symbol,
    decision.action.toUpperCase().padEnd(4),
    percent(decision.confidence),
    `(${who})`,
    decision.rationale,
    `[${decision.decisionId}]`,
  ].join(' ')
}
