/**
 * The analysis room: what became of decisions, and how good they were. It looks at what is recorded, asks the gateway
 * where somebody wants to know, and changes nothing but `calibration.json`.
 */

import type { MarketContext } from '@shared/contract/context'
import type { Action, Probabilities } from '@shared/contract/decision'
import type { ModelIdentity, ServedBy, Slot } from '@shared/contract/model'
import { type JudgedDecision, leastCases, type ScoresByHorizon, scoresByHorizon } from './decision-scores'
import { evenlySpaced } from './evenly-spaced'
import type { RecordedMoment } from './recorded-moments'
import { sideBySide } from './side-by-side'

/** Whoever decides on a context: the gateway, or a test's own oracle. */
export interface Decider {
  decide(request: {
    readonly context: MarketContext
    readonly preference: Slot | null
    /** A live desk goes before an evaluation. */
    readonly priority: 'backtest'
    /** What was asked before an answer may be known of; what is put a second time is asked anew. */
    readonly cache: 'off' | 'read_write'
  }): Promise<DeciderAnswer>
}

export interface DeciderAnswer {
  readonly action: Action
  readonly probabilities: Probabilities
  readonly confidence: number
  readonly servedBy: ServedBy
  readonly model: ModelIdentity
  readonly latencyMs: number
  /** Nobody was asked: the very same question had been answered before. */
  readonly isRecalled?: boolean
  /** How far the order of the options moved the probabilities; null or absent where one order was asked. */
  readonly orderBias?: number | null
}

export interface DecisionEvaluation {
  readonly asked: number
  /** Moments at which no model answered; they are in no figure. */
  readonly unanswered: number
  readonly models: readonly {
    readonly servedBy: ServedBy
    readonly modelHash: string
    readonly promptVersion: string
    readonly answered: number
  }[]
  /** Close of the first and of the last candle that was decided on; null without any. */
  readonly firstMs: number | null
  readonly lastMs: number | null
  readonly horizons: ScoresByHorizon
  /** The decisions before the model's knowledge cutoff apart from those after it; null where no cutoff was given. */
  readonly cutoff: CutoffSplit | null
  /** A part of the questions put a second time; null on too few. */
  readonly rerunAgreement: RerunAgreement | null
  /** Mean over the answers that carry it; null where none does, or too few. */
  readonly orderBias: { readonly n: number; readonly mean: number } | null
  /** Over the answers that a model gave now, the second ones among them; null where all were known before. */
  readonly latencyP50Ms: number | null
  /** Answers that were known before. */
  readonly recalled: number
}

/** What a model scores before its knowledge cutoff it may remember: only `after` says something about its judgement. */
export interface CutoffSplit {
  readonly atMs: number
  readonly before: ScoresByHorizon
  readonly after: ScoresByHorizon
}

export interface RerunAgreement {
  readonly n: number
  /** Share of the questions that got the same action again. */
  readonly share: number
  /** The furthest that any probability moved. */
  readonly largestDifference: number
}

export interface AskedMoments {
  readonly evaluation: DecisionEvaluation
  readonly decisions: readonly JudgedDecision[]
}

export interface EvaluationRequest {
  readonly moments: readonly RecordedMoment[]
  readonly decider: Decider
  readonly preference: Slot | null
  /** Up to when the model has read; null where that is not known. */
  readonly knowledgeCutoffMs: number | null
  /**
   * Questions that are put at one time. With more than one, the last digits of an answer may differ from run to run, so
   * that none is kept, and its time holds its waiting for the others.
   */
  readonly atOnce: number
  /** Ends the asking between two questions; what was asked until then is judged. */
  readonly signal: AbortSignal
  /** Told after every question. */
  progress(asked: number): void
}

/** So many of the questions are put again, or a tenth of them where that is more. */
const leastReruns = 50
const rerunShare = 0.1
const priority = 'backtest'

/** Asks about every moment once and about a part of them twice, and judges the answers by what became of the market. */
export async function evaluateDecisions(request: EvaluationRequest): Promise<AskedMoments> {
  const { moments, decider, preference, atOnce, signal, progress } = request
  const cache = atOnce === 1 ? 'read_write' : 'off'
  let asked = 0
  const goesOn = (): boolean => !signal.aborted
  const answers = await sideBySide(moments, atOnce, goesOn, async (moment): Promise<AnsweredMoment> => {
    const answer = await decider.decide({ context: moment.context, preference, priority, cache })
    asked += 1
    progress(asked)
    return { moment, answer }
  })
  const answered = answers.filter(({ answer }) => answer.servedBy !== 'none')
  const reruns = Math.max(leastReruns, Math.floor(answered.length * rerunShare))
  const { agreement, latenciesMs } = await askAgain(evenlySpaced(answered, reruns), request)
  const decisions = answered.map(judged)
  const times = decisions.map(({ decidedAtMs }) => decidedAtMs)
  return {
    decisions,
    evaluation: {
      asked: answers.length,
      unanswered: answers.length - answered.length,
      models: modelsOf(answered),
      firstMs: times.length === 0 ? null : times.reduce((first, time) => Math.min(first, time)),
      lastMs: times.length === 0 ? null : times.reduce((last, time) => Math.max(last, time)),
      horizons: scoresByHorizon(decisions),
      cutoff: splitAt(decisions, request.knowledgeCutoffMs),
      rerunAgreement: agreement,
      orderBias: meanOrderBias(answered),
      latencyP50Ms: median([
        ...answered.flatMap(({ answer }) => (answer.isRecalled ? [] : [answer.latencyMs])),
        ...latenciesMs,
      ]),
      recalled: answered.filter(({ answer }) => answer.isRecalled).length,
    },
  }
}

function splitAt(decisions: readonly JudgedDecision[], atMs: number | null): CutoffSplit | null {
  if (atMs === null) return null
  return {
    atMs,
    before: scoresByHorizon(decisions.filter(({ decidedAtMs }) => decidedAtMs < atMs)),
    after: scoresByHorizon(decisions.filter(({ decidedAtMs }) => decidedAtMs >= atMs)),
  }
}

interface AnsweredMoment {
  readonly moment: RecordedMoment
  readonly answer: DeciderAnswer
}

function judged({ moment, answer }: AnsweredMoment): JudgedDecision {
  const { action, probabilities, confidence, model } = answer
  return {
    symbol: moment.context.symbol,
    decidedAtMs: moment.context.asOfMs,
    action,
    probabilities,
    confidence,
    modelHash: model.modelHash,
    promptVersion: model.promptVersion,
    outcomes: moment.outcomes,
  }
}

async function askAgain(
  part: readonly AnsweredMoment[],
  { decider, preference, atOnce, signal }: EvaluationRequest,
): Promise<{ readonly agreement: RerunAgreement | null; readonly latenciesMs: readonly number[] }> {
  const goesOn = (): boolean => !signal.aborted
  const asked = await sideBySide(part, atOnce, goesOn, async ({ moment, answer: first }) => {
    const again = await decider.decide({ context: moment.context, preference, priority, cache: 'off' })
    return { first, again }
  })
  const latenciesMs: number[] = []
  let same = 0
  let largestDifference = 0
  for (const { first, again } of asked) {
    if (again.servedBy === 'none') continue
    latenciesMs.push(again.latencyMs)
    if (again.action === first.action) same += 1
    const moved = [
      again.probabilities.buy - first.probabilities.buy,
      again.probabilities.sell - first.probabilities.sell,
      again.probabilities.hold - first.probabilities.hold,
    ]
    largestDifference = Math.max(largestDifference, ...moved.map(Math.abs))
  }
  const n = latenciesMs.length
  return { agreement: n < leastCases ? null : { n, share: same / n, largestDifference }, latenciesMs }
}

function modelsOf(answered: readonly AnsweredMoment[]): DecisionEvaluation['models'] {
  const groups = Map.groupBy(answered, ({ answer: { servedBy, model } }) =>
    [servedBy, model.modelHash, model.promptVersion].join(' '),
  )
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const { servedBy, model } = first.answer
    return [{ servedBy, modelHash: model.modelHash, promptVersion: model.promptVersion, answered: group.length }]
  })
}

function meanOrderBias(answered: readonly AnsweredMoment[]): DecisionEvaluation['orderBias'] {
  const biases = answered.flatMap(({ answer }) => answer.orderBias ?? [])
  const n = biases.length
  return n < leastCases ? null : { n, mean: biases.reduce((sum, bias) => sum + bias, 0) / n }
}

function median(values: readonly number[]): number | null {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? null
}
