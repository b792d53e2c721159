import { type Horizon, horizonSchema } from '@shared/contract/calibration'
import type { Action } from '@shared/contract/decision'
import type { TradeCosts } from '@shared/rules/outcome-labels'
import type { CalibrationFit } from './calibration-fit'
import type { DecisionEvaluation } from './decision-evaluation'
import type { ActionScores, HorizonScores, ScoresByHorizon } from './decision-scores'
import type { EvaluationFigure } from './plot/evaluation-figure'
import { notKnown, returnText, shareText } from './plot/figure-words'
import type { ScoreRows } from './plot/score-table'

/** What was asked, for whoever reads the figures. */
export interface EvaluationScope {
  readonly symbols: readonly string[]
  readonly timeframe: string
  readonly costs: TradeCosts
}

const horizons: readonly Horizon[] = horizonSchema.options

/** The lists of figures: at the horizons, and of the answers themselves. */
export function decisionTables(evaluation: DecisionEvaluation): readonly ScoreRows[] {
  const { models, unanswered, asked, rerunAgreement, orderBias, latencyP50Ms, recalled } = evaluation
  const answers: [string, string][] = [
    ['asked', String(asked)],
    ...models.map((model): [string, string] => [`answered by ${model.servedBy}`, String(model.answered)]),
    ...(unanswered === 0 ? [] : [['not answered', String(unanswered)] satisfies [string, string]]),
    ...(recalled === 0 ? [] : [['known from an earlier asking', String(recalled)] satisfies [string, string]]),
    [
      `same action when asked again${rerunAgreement === null ? '' : ` (${rerunAgreement.n})`}`,
      shareText(rerunAgreement?.share ?? null),
    ],
    ['moved by the order of the options', shareText(orderBias?.mean ?? null)],
    ['median time to a decision', latencyP50Ms === null ? notKnown : `${latencyP50Ms.toFixed(1)} ms`],
  ]
  return [horizonTable(evaluation), ...cutoffTable(evaluation), [['the answers', ''], ...answers]]
}

/** Nothing where no cutoff was given. */
function cutoffTable({ cutoff }: DecisionEvaluation): readonly ScoreRows[] {
  if (cutoff === null) return []
  const rows = (name: string, scores: ScoresByHorizon): string[][] => [
    [`${name}: right of how many`, ...horizons.map((horizon) => rightOf(scores[horizon]))],
    [`${name}: base rate`, ...horizons.map((horizon) => shareText(scores[horizon].baseRate?.accuracy ?? null))],
    [`${name}: Brier skill`, ...horizons.map((horizon) => shareText(scores[horizon].brierSkill))],
  ]
  return [
    [
      [`knowledge cutoff ${day(cutoff.atMs)}`, ...horizons],
      ...rows('before', cutoff.before),
      ...rows('after', cutoff.after),
    ],
  ]
}

function horizonTable({ horizons: scores }: DecisionEvaluation): ScoreRows {
  const row = (name: string, value: (one: HorizonScores) => string): string[] => [
    name,
    ...horizons.map((horizon) => value(scores[horizon])),
  ]
  const symbols = [...new Set(horizons.flatMap((horizon) => scores[horizon].bySymbol.map(({ symbol }) => symbol)))]
  return [
    ['net of costs, after', ...horizons],
    row('decisions with a known outcome', ({ n }) => String(n)),
    row('right', ({ accuracy }) => shareText(accuracy)),
    row('always hold', ({ alwaysHold }) => shareText(alwaysHold)),
    row('base rate (always the commonest)', ({ baseRate }) => shareText(baseRate?.accuracy ?? null)),
    row('Brier score', ({ brier }) => shareText(brier)),
    row('Brier skill against the base rate', ({ brierSkill }) => shareText(brierSkill)),
    row('expected calibration error', ({ ece }) => shareText(ece)),
    ...(['buy', 'sell', 'hold'] satisfies Action[]).map((action) =>
      row(`${action}: right of how many`, ({ byAction }) => rightOf(byAction[action])),
    ),
    row('buy: mean return', ({ byAction }) => returnText(byAction.buy.meanReturn)),
    row('sell: mean gain over holding', ({ byAction }) => returnText(byAction.sell.meanReturn)),
    ...symbols.map((symbol) =>
      row(`${symbol}: right of how many`, ({ bySymbol }) => {
        const found = bySymbol.find((one) => one.symbol === symbol)
        return found === undefined ? notKnown : rightOf(found)
      }),
    ),
  ]
}

const rightOf = ({ accuracy, n }: Pick<ActionScores, 'accuracy' | 'n'>): string => `${shareText(accuracy)} of ${n}`

/** What the figures mean, and what they do not, a paragraph each. */
export function decisionNotes(
  evaluation: DecisionEvaluation,
  { takerFeeBps, halfSpreadBps, slippageBps }: TradeCosts,
): readonly string[] {
  return [
    verdict(evaluation),
    'Every moment was asked about as a desk that holds nothing. Right means that the action paid: traded at the next open ' +
      `and undone after the horizon, each way at ${takerFeeBps} bps of fee, ${halfSpreadBps} of half spread and ` +
      `${slippageBps} of slippage. A sell is measured against holding; a hold is right when neither paid.`,
    'Outcomes of neighbouring decisions overlap: there are fewer independent cases than decisions, and a small lead may be chance.',
    memory(evaluation),
    'A probability says how sure the model is, not how likely a profit is.',
  ]
}

/** One sentence on what the model may have read about these very days. */
function memory({ cutoff, lastMs }: DecisionEvaluation): string {
  if (cutoff === null) {
    return 'A model may remember the market before its knowledge cutoff; what it scores there says little about tomorrow.'
  }
  if (lastMs !== null && lastMs < cutoff.atMs) {
    return `Every moment lies before the knowledge cutoff (${day(cutoff.atMs)}): the model may remember what came of them.`
  }
  return `What was decided before the knowledge cutoff (${day(cutoff.atMs)}) the model may remember; look at what came after.`
}

/** One sentence: where, if anywhere, the decisions knew more than somebody who only knows the base rate. */
function verdict({ horizons: scores }: DecisionEvaluation): string {
  const known = horizons.filter((horizon) => scores[horizon].accuracy !== null)
  if (known.length === 0) return 'There are too few known outcomes to say anything.'
  const better = known.filter((horizon) => (scores[horizon].accuracy ?? 0) > (scores[horizon].baseRate?.accuracy ?? 1))
  const skilled = known.filter((horizon) => (scores[horizon].brierSkill ?? 0) > 0)
  if (better.length === 0 && skilled.length === 0) {
    return 'At no horizon were these decisions better than always giving the commonest answer: no predictive value is shown.'
  }
  const parts = [
    better.length === 0 ? [] : [`were right more often than the base rate at ${better.join(', ')}`],
    skilled.length === 0 ? [] : [`had a Brier skill above zero at ${skilled.join(', ')}`],
  ]
  return `The decisions ${parts.flat().join(' and ')}.`
}

/** One line a group: what was fitted, and what it did to decisions that it had not seen. */
export function calibrationLines(fits: readonly CalibrationFit[]): readonly string[] {
  return fits.map(({ promptVersion, symbolClass, note, check, heldOut }) => {
    const name = `${promptVersion}, ${symbolClass}: ${note}`
    if (check === null) return `${name}.`
    const { raw, calibrated } = check
    return (
      `${name}; on the ${heldOut} later ones ECE ${shareText(raw.ece)} raw, ${shareText(calibrated.ece)} calibrated, ` +
      `Brier ${shareText(raw.brier)} raw, ${shareText(calibrated.brier)} calibrated.`
    )
  })
}

const dayLength = '2021-05-19'.length

function day(timeMs: number | null): string {
  return timeMs === null ? notKnown : new Date(timeMs).toISOString().slice(0, dayLength)
}

export function decisionFigure(evaluation: DecisionEvaluation, scope: EvaluationScope): EvaluationFigure {
  const { models, firstMs, lastMs } = evaluation
  const who = models.map(({ servedBy }) => servedBy).join(', ') || 'nobody'
  return {
    title: `Decisions of ${who} against what became of the market`,
    subtitle: `${scope.symbols.join(', ')}, ${scope.timeframe} candles, ${day(firstMs)} to ${day(lastMs)}`,
    diagrams: horizons.map((horizon) => {
      const { n, ece, bins } = evaluation.horizons[horizon]
      return { title: `after ${horizon}`, caption: `ECE ${shareText(ece)} on ${n} decisions`, bins }
    }),
    tables: decisionTables(evaluation),
    notes: decisionNotes(evaluation, scope.costs),
  }
}
