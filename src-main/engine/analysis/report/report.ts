import { expectedCalibrationError } from '@shared/rules/reliability'
import { seededRandom } from '@shared/rules/seeded-random'
import { amount, amountText } from '../../risk/amounts'
import { type BootstrapIntervals, bootstrapIntervals } from './bootstrap-intervals'
import { type BuyAndHold, buyAndHold } from './buy-and-hold'
import { type CutoffSplit, cutoffSplit } from './cutoff-split'
import { dailyReturns } from './daily-returns'
import { daysOf, type FigureName, figuresOf, tooFewDays, tooFewTrades } from './figures'
import { monthlyReturns, type YearOfReturns } from './monthly-returns'
import { type RandomEntries, type RandomEntrySampler, randomEntries, randomEntrySampler } from './random-entries'
import { reportSentences } from './report-sentences'
import { type TradeOrder, tradeOrder } from './trade-order'
import type { RecordedCalibration, TradingRecord } from './trading-record'

export interface ReportOptions {
  /** For bootstrap, trade order and random entries: the same seed gives the same report. */
  readonly seed?: number
  /** Rounds of each of them. */
  readonly rounds?: number
  /** In the place of the record's own price bars, where finer prices are at hand. */
  readonly randomEntrySampler?: RandomEntrySampler
}

/** Of one of the parts that need chance or many trades: the part, or why it is missing. */
export type Part<Value> = { readonly known: Value } | { readonly missing: string }

export interface ReportedCalibration extends RecordedCalibration {
  readonly name: string
  readonly n: number
  /** Expected calibration error (`rules/reliability.ts`). */
  readonly ece: number | null
}

/** Everything that is said about a run. Money is text; shares, returns and ratios are floats. */
export interface Report {
  readonly version: 1
  readonly record: TradingRecord
  readonly days: number
  readonly netProfit: string
  readonly netReturn: number
  readonly figures: Readonly<Record<FigureName, number | null>>
  readonly notAvailable: Readonly<Partial<Record<FigureName, string>>>
  readonly wins: number
  readonly losses: number
  readonly buyAndHold: BuyAndHold
  readonly years: readonly YearOfReturns[]
  readonly bootstrap: Part<BootstrapIntervals>
  readonly tradeOrder: Part<TradeOrder>
  readonly randomEntries: Part<RandomEntries>
  readonly cutoff: CutoffSplit
  readonly calibration: readonly ReportedCalibration[]
  /** What a reader must know before believing a figure; the most important first. */
  readonly sentences: readonly string[]
  readonly seed: number
}

const usualSeed = 7
const usualRounds = 1000
/** Trades drawn in all rounds together: a run of a million trades takes fewer rounds rather than minutes. */
const mostDraws = 20_000_000
const leastRounds = 100

/** Judges a record. Pure: the same record and seed give the same report, on every machine. */
export function reportOf(record: TradingRecord, options: ReportOptions = {}): Report {
  const { seed = usualSeed, rounds = usualRounds } = options
  const daily = dailyReturns(record)
  const { values, notAvailable } = figuresOf(record, daily)
  const fewDays = tooFewDays(Math.min(daysOf(record), daily.account.length))
  const fewTrades = tooFewTrades(record.trades.length)
  const sampler = options.randomEntrySampler ?? randomEntrySampler(record)
  const tradeRounds = Math.min(rounds, Math.max(leastRounds, Math.floor(mostDraws / (record.trades.length + 1))))
  const profits = record.trades.map(({ realizedQuote }) => Number(realizedQuote))
  const facts = {
    record,
    days: daysOf(record),
    netProfit: amountText(amount(record.equityEnd).minus(amount(record.equityStart))),
    netReturn: Number(record.equityEnd) / Number(record.equityStart) - 1,
    figures: values,
    notAvailable,
    wins: profits.filter((profit) => profit > 0).length,
    losses: profits.filter((profit) => profit < 0).length,
    buyAndHold: buyAndHold(record, daily),
    years: monthlyReturns(record.curve),
    // A generator of its own for each part: one part's rounds never move another's.
    bootstrap: part(fewDays, () => bootstrapIntervals(daily.account, rounds, seededRandom(seed))),
    tradeOrder: part(fewTrades, () => tradeOrder(record.trades, tradeRounds, seededRandom(seed + 1))),
    randomEntries:
      sampler === null
        ? { missing: barsTooCoarse }
        : part(fewTrades, () => randomEntries(record.trades, sampler, tradeRounds, seededRandom(seed + 2))),
    cutoff: cutoffSplit(record, daily),
    calibration: record.calibration.map((one) => reportedCalibration(one, record)),
  }
  return { version: 1, ...facts, sentences: reportSentences(facts), seed }
}

const barsTooCoarse = 'The trades are too short for the prices that the record keeps: random entries would not fit.'

function part<Value>(tooFew: string | null, compute: () => Value): Part<Value> {
  return tooFew === null ? { known: compute() } : { missing: tooFew }
}

function reportedCalibration(recorded: RecordedCalibration, { models }: TradingRecord): ReportedCalibration {
  return {
    ...recorded,
    name: models[recorded.model]?.name ?? 'unknown',
    n: recorded.bins.reduce((sum, { n }) => sum + n, 0),
    ece: expectedCalibrationError(recorded.bins),
  }
}

/**
 * The report as one JSON document: the figures side by side at the top, `trades` their count, the trades themselves in
 * `tradeList`. The price bars, which are for pictures, are left out.
 */
export function reportDocument({ record, figures, sentences, ...report }: Report) {
  const { trades, bars: _, version: __, refusals, ...facts } = record
  return {
    ...facts,
    trades: trades.length,
    ...figures,
    ...report,
    refusals,
    ordersRefused: refusals.reduce((sum, { count }) => sum + count, 0),
    sentences,
    tradeList: trades,
  }
}
