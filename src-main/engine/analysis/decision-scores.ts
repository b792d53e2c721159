import type { Horizon } from '@shared/contract/calibration'
import type { MarketSymbol } from '@shared/contract/candle'
import { type Action, likeliestAction, type Probabilities } from '@shared/contract/decision'
import { baseRate, brierAgainstBaseRate } from '@shared/rules/brier-score'
import { type ClassificationReport, classificationReport } from '@shared/rules/classification-report'
import { actionLabels } from '@shared/rules/label-set'
import { type DecisionOutcome, returnOf } from '@shared/rules/outcome-labels'
import { expectedCalibrationError, type ReliabilityBin, reliabilityBins } from '@shared/rules/reliability'
import type { RecordedMoment } from './recorded-moments'

/** A model's answer with what became of the market. */
export interface JudgedDecision {
  readonly symbol: MarketSymbol
  readonly decidedAtMs: number
  readonly action: Action
  readonly probabilities: Probabilities
  readonly confidence: number
  readonly modelHash: string
  readonly promptVersion: string
  readonly outcomes: RecordedMoment['outcomes']
}

/** Below so many cases a figure says nothing, and is null. */
export const leastCases = 10

/** How decisions stood at one horizon, net of costs. Shares lie in [0, 1]; null on fewer than `leastCases` cases. */
export interface HorizonScores {
  /** Decisions whose outcome the recording tells. */
  readonly n: number
  readonly unlabelled: number
  /** Share of the decisions that were right. */
  readonly accuracy: number | null
  /** What deciding to hold every time would have had. */
  readonly alwaysHold: number | null
  /** The same for the action that was right most often, known only afterwards. */
  readonly baseRate: { readonly action: Action; readonly accuracy: number } | null
  /** How often each action was right. */
  readonly rightShares: Readonly<Record<Action, number>> | null
  readonly brier: number | null
  /** Against always telling `rightShares`; above 0 the probabilities knew something. */
  readonly brierSkill: number | null
  readonly ece: number | null
  readonly bins: readonly ReliabilityBin[] | null
  readonly byAction: Readonly<Record<Action, ActionScores>>
  readonly bySymbol: readonly SymbolScores[]
  readonly report: Pick<ClassificationReport<Action>, 'perClass' | 'confusion' | 'weightedF1'> | null
}

export interface ActionScores {
  /** Decisions of this action with a known outcome. */
  readonly n: number
  readonly accuracy: number | null
  /** Mean return of following them, a fraction net of costs. */
  readonly meanReturn: number | null
}

export interface SymbolScores {
  readonly symbol: MarketSymbol
  readonly n: number
  readonly accuracy: number | null
  readonly alwaysHold: number | null
}

type LabelledDecision = JudgedDecision & {
  readonly actual: Action
  readonly predicted: Action
  readonly outcome: DecisionOutcome
}

/** The same decisions at every horizon. */
export type ScoresByHorizon = Readonly<Record<Horizon, HorizonScores>>

export function scoresByHorizon(decisions: readonly JudgedDecision[]): ScoresByHorizon {
  return {
    '1h': horizonScores(decisions, '1h'),
    '4h': horizonScores(decisions, '4h'),
    '24h': horizonScores(decisions, '24h'),
  }
}

export function horizonScores(decisions: readonly JudgedDecision[], horizon: Horizon): HorizonScores {
  const cases = labelled(decisions, horizon)
  return {
    n: cases.length,
    unlabelled: decisions.length - cases.length,
    ...(cases.length < leastCases ? tooFewCases : knownScores(cases)),
    byAction: actionLabels.each((action) => actionScores(cases, action)),
    bySymbol: [...Map.groupBy(cases, ({ symbol }) => symbol)].map(([symbol, ofSymbol]) =>
      symbolScores(symbol, ofSymbol),
    ),
  }
}

type KnownScores = Omit<HorizonScores, 'n' | 'unlabelled' | 'byAction' | 'bySymbol'>

const tooFewCases: KnownScores = {
  accuracy: null,
  alwaysHold: null,
  baseRate: null,
  rightShares: null,
  brier: null,
  brierSkill: null,
  ece: null,
  bins: null,
  report: null,
}

function knownScores(cases: readonly LabelledDecision[]): KnownScores {
  const { accuracy, perClass, confusion, weightedF1 } = classificationReport(actionLabels, cases)
  const actuals = cases.map(({ actual }) => actual)
  const rightShares = baseRate(actionLabels, actuals)
  const commonest = rightShares === null ? null : likeliestAction(rightShares)
  const bins = reliabilityBins(
    cases.map(({ confidence, actual, predicted }) => ({ confidence, right: actual === predicted })),
  )
  return {
    accuracy,
    alwaysHold: rightShares?.hold ?? null,
    baseRate:
      rightShares === null || commonest === null ? null : { action: commonest, accuracy: rightShares[commonest] },
    rightShares,
    ...brierAgainstBaseRate(actionLabels, cases),
    ece: expectedCalibrationError(bins),
    bins,
    report: { perClass, confusion, weightedF1 },
  }
}

/** The decisions whose outcome at this horizon is known, with what was right. */
export function labelled(decisions: readonly JudgedDecision[], horizon: Horizon): readonly LabelledDecision[] {
  return decisions.flatMap((decision) => {
    const outcome = decision.outcomes[horizon]
    return outcome === null ? [] : [{ ...decision, outcome, actual: outcome.right, predicted: decision.action }]
  })
}

function actionScores(cases: readonly LabelledDecision[], action: Action): ActionScores {
  const ofAction = cases.filter((one) => one.action === action)
  const returns = ofAction.reduce((sum, { outcome }) => sum + returnOf(action, outcome), 0)
  return {
    n: ofAction.length,
    accuracy: shareOf(ofAction, ({ actual }) => actual === action),
    meanReturn: ofAction.length < leastCases ? null : returns / ofAction.length,
  }
}

function symbolScores(symbol: MarketSymbol, cases: readonly LabelledDecision[]): SymbolScores {
  return {
    symbol,
    n: cases.length,
    accuracy: shareOf(cases, ({ actual, predicted }) => actual === predicted),
    alwaysHold: shareOf(cases, ({ actual }) => actual === 'hold'),
  }
}

function shareOf(cases: readonly LabelledDecision[], holds: (one: LabelledDecision) => boolean): number | null {
  return cases.length < leastCases ? null : cases.filter(holds).length / cases.length
}
