import { element } from '../../plot/svg'
import type { FigureName } from '../figures'
import type { Report } from '../report'
import { dayText, moneyText, notKnown, percentText, ratioText, shareText, spanText } from '../report-words'
import { type Cell, list, signed, table } from './tables'

/** Every figure, with the reason where one is missing. */
export function figureTables(report: Report): string {
  const { figures, notAvailable } = report
  const reasons = new Map<string, string[]>()
  for (const [name, reason] of Object.entries(notAvailable)) {
    reasons.set(reason, [...(reasons.get(reason) ?? []), name])
  }
  const missing = [...reasons].map(([reason, names]) => `${names.join(', ')}: ${notKnown}. ${reason}`)
  const groups = [
    returnRows(report, figures),
    riskRows(report, figures),
    tradeRows(report, figures),
    holdingRows(report, figures),
  ]
  const columns = element('div', { class: 'columns' }, ...groups.map(table))
  return missing.length === 0 ? columns : `${columns}${list(missing)}`
}

type Values = Readonly<Record<FigureName, number | null>>

const heads = ['Figure', 'Value'] as const

function returnRows({ record, netProfit, netReturn, buyAndHold }: Report, values: Values) {
  const { quoteAsset } = record
  const rows: Cell[][] = [
    [`Start equity, ${quoteAsset}`, moneyText(record.equityStart)],
    [`End equity, ${quoteAsset}`, moneyText(record.equityEnd)],
    [`Net profit, ${quoteAsset}`, signed(Number(netProfit), moneyText(netProfit))],
    ['Net return', signed(netReturn, percentText(netReturn))],
    ['CAGR', signed(values.cagr, percentText(values.cagr))],
    ['Buy and hold', signed(buyAndHold.netReturn, percentText(buyAndHold.netReturn))],
    ['Buy and hold, drawdown', shareText(buyAndHold.drawdown)],
    ['Buy and hold, Sharpe', ratioText(buyAndHold.sharpe)],
    ['Alpha, a year', signed(values.alpha, percentText(values.alpha))],
    ['Beta', ratioText(values.beta)],
    ['Information ratio', ratioText(values.informationRatio)],
  ]
  return { caption: 'Return', heads, rows }
}

function riskRows({ record }: Report, values: Values) {
  const { drawdown } = record
  const date = (atMs: number | null): string => (atMs === null ? notKnown : dayText(atMs))
  const recovered =
    drawdown.troughAtMs !== null && drawdown.recoveredAtMs === null ? 'not yet' : date(drawdown.recoveredAtMs)
  const rows: Cell[][] = [
    ['Volatility, a year', shareText(values.volatility)],
    ['Sharpe', ratioText(values.sharpe)],
    ['Sortino', ratioText(values.sortino)],
    ['Calmar', ratioText(values.calmar)],
    ['Omega', ratioText(values.omega)],
    ['Deepest drawdown', shareText(drawdown.depth, 2)],
    ['Drawdown: peak', date(drawdown.peakAtMs)],
    ['Drawdown: trough', date(drawdown.troughAtMs)],
    ['Drawdown: recovered', recovered],
    ['Longest time under water', spanText(drawdown.longestUnderwaterMs)],
  ]
  return { caption: 'Risk', heads, rows }
}

function tradeRows({ record, wins, losses }: Report, values: Values) {
  const money = (value: number | null): Cell => signed(value, moneyText(value))
  const rows: Cell[][] = [
    ['Closed trades', String(record.trades.length)],
    ['Won, lost', `${wins}, ${losses}`],
    ['Win rate', shareText(values.winRate)],
    ['Profit factor', ratioText(values.profitFactor)],
    ['Expectancy of a trade', money(values.expectancy)],
    ['Mean return of a trade', signed(values.averageReturn, percentText(values.averageReturn))],
    ['Average win', money(values.averageWin)],
    ['Average loss', money(values.averageLoss)],
    ['Largest win', money(values.largestWin)],
    ['Largest loss', money(values.largestLoss)],
    ['SQN', ratioText(values.sqn)],
    ['Kelly', shareText(values.kelly)],
  ]
  return { caption: 'Trades', heads, rows }
}

function holdingRows({ record }: Report, values: Values) {
  const streak = (value: number | null): string => (value === null ? notKnown : String(value))
  const rows: Cell[][] = [
    ['Longest run of wins', streak(values.longestWinStreak)],
    ['Longest run of losses', streak(values.longestLossStreak)],
    ['Mean holding time', spanText(values.averageHoldingMs)],
    ['Median holding time', spanText(values.medianHoldingMs)],
    ['Longest holding time', spanText(values.longestHoldingMs)],
    ['Time in the market', shareText(record.exposure.timeShare)],
    ['Mean exposure', shareText(record.exposure.mean)],
    ['Turnover', moneyText(record.turnover)],
    ['Turnover a year, times equity', ratioText(values.annualTurnover)],
    ['Fees paid', moneyText(record.feesPaid)],
    ['Slippage and spread paid', moneyText(record.slippagePaid)],
  ]
  return { caption: 'Holding and costs', heads, rows }
}
