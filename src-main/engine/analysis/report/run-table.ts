import type { Report } from './report'
import { moneyText, percentText, ratioText, shareText } from './report-words'

/** The figures by which runs are laid side by side, in the order of the columns; null where a run has none. */
export interface RunFigures {
  readonly title: string
  readonly netReturn: number
  readonly beyondHolding: number
  readonly cagr: number | null
  readonly drawdown: number
  readonly sharpe: number | null
  readonly sortino: number | null
  readonly calmar: number | null
  readonly trades: number
  readonly winRate: number | null
  readonly profitFactor: number | null
  readonly timeInMarket: number
  readonly feesPaid: string
  /** Against random entries. */
  readonly pValue: number | null
}

export function runFigures({ record, netReturn, buyAndHold, figures, randomEntries }: Report): RunFigures {
  const { cagr, sharpe, sortino, calmar, winRate, profitFactor } = figures
  return {
    title: record.title,
    netReturn,
    beyondHolding: netReturn - buyAndHold.netReturn,
    cagr,
    drawdown: record.drawdown.depth,
    sharpe,
    sortino,
    calmar,
    trades: record.trades.length,
    winRate,
    profitFactor,
    timeInMarket: record.exposure.timeShare,
    feesPaid: record.feesPaid,
    pValue: 'known' in randomEntries ? randomEntries.known.pValue : null,
  }
}

export const runHeads = [
  'Run',
  'Net return',
  'Beyond holding',
  'CAGR',
  'Drawdown',
  'Sharpe',
  'Sortino',
  'Calmar',
  'Trades',
  'Won',
  'Profit factor',
  'In market',
  'Fees',
  'p, random entries',
] as const

/** One row of words, for a page or a terminal. */
export function runRow(run: RunFigures): string[] {
  return [
    run.title,
    percentText(run.netReturn),
    percentText(run.beyondHolding),
    percentText(run.cagr),
    shareText(run.drawdown),
    ratioText(run.sharpe),
    ratioText(run.sortino),
    ratioText(run.calmar),
    String(run.trades),
    shareText(run.winRate),
    ratioText(run.profitFactor),
    shareText(run.timeInMarket),
    moneyText(run.feesPaid),
    ratioText(run.pValue, 3),
  ]
}

/** What must be said before runs are compared: how they differ, and what choosing the best of many does. */
export function comparisonSentences(reports: readonly Report[]): string[] {
  const differs = (what: (report: Report) => unknown): boolean =>
    new Set(reports.map((one) => JSON.stringify(what(one)))).size > 1
  const said: string[] = []
  const warn = (when: boolean, words: string) => {
    if (when) said.push(words)
  }
  warn(
    differs(({ record }) => [record.fromMs, record.toMs]),
    'These runs cover different times: their returns cannot be compared as they stand.',
  )
  warn(
    differs(({ record }) => record.symbols),
    'These runs trade different symbols.',
  )
  warn(
    differs(({ record }) => record.timeframe),
    'These runs decide on candles of different lengths.',
  )
  warn(
    differs(({ record }) => record.assumptions),
    'These runs assume different costs or fills.',
  )
  warn(
    differs(({ record }) => record.dataHash),
    'These runs were not made from the same data.',
  )
  warn(
    reports.length > 1,
    `The best of ${reports.length} runs looks better than it is: some of its lead is luck that will not come again.`,
  )
  return [...said, 'Every trade here is on paper. This is no financial advice.']
}
