import { element, escaped } from '../../plot/svg'
import type { Report } from '../report'
import { dayText, minuteText, moneyText, notKnown, percentText, ratioText, shareText } from '../report-words'
import { list, section } from './tables'

/** Title, where the record comes from, the figures most asked for, and what must be known before they are believed. */
export function headline(report: Report): string {
  const { record } = report
  const origin = { backtest: 'Backtest', replay: 'Replay of recorded history', live: 'Live paper account' }[
    record.origin
  ]
  const about = `${origin} of ${namedSymbols(record.symbols)}, ${record.timeframe} candles, ${minuteText(record.fromMs)} to ${minuteText(record.toMs)} UTC`
  return [heading(record.title, about), headlineFigures(report)].join('')
}

/** The head of a page. */
export function heading(title: string, about: string): string {
  const paper = element('span', { class: 'paper' }, 'paper trading')
  const under = element('p', { class: 'about' }, escaped(about), ' ', paper)
  return element('header', {}, element('h1', {}, escaped(title)), under)
}

/** The figures most asked for, and what must be known before they are believed. */
export function headlineFigures(report: Report): string {
  return [
    element('dl', { class: 'cards' }, ...cards(report)),
    section('Before you believe a figure', list(report.sentences)),
  ].join('')
}

const mostNamed = 6

export function namedSymbols(symbols: readonly string[]): string {
  if (symbols.length <= mostNamed) return symbols.join(', ')
  return `${symbols.slice(0, mostNamed).join(', ')} and ${symbols.length - mostNamed} more`
}

function cards(report: Report): string[] {
  const { record, figures, buyAndHold, randomEntries } = report
  const beyond = report.netReturn - buyAndHold.netReturn
  const { drawdown } = record
  return [
    card(
      'Net profit',
      percentText(report.netReturn),
      `${moneyText(report.netProfit)} ${record.quoteAsset}`,
      report.netReturn,
    ),
    card('Beyond holding', percentText(beyond), `holding ${percentText(buyAndHold.netReturn)}`, beyond),
    card(
      'Equity at the end',
      moneyText(record.equityEnd),
      `from ${moneyText(record.equityStart)} ${record.quoteAsset}`,
    ),
    card(
      'Deepest drawdown',
      shareText(drawdown.depth),
      drawdown.troughAtMs === null ? 'the equity never fell' : `low ${dayText(drawdown.troughAtMs)}`,
    ),
    card('A year at this pace', percentText(figures.cagr), 'CAGR', figures.cagr),
    card('Sharpe', ratioText(figures.sharpe), `Sortino ${ratioText(figures.sortino)}`),
    card('Trades', String(record.trades.length), `${report.wins} won, ${report.losses} lost`),
    card('Win rate', shareText(figures.winRate), `profit factor ${ratioText(figures.profitFactor)}`),
    card(
      'Entries and chance',
      'known' in randomEntries ? `p = ${randomEntries.known.pValue.toFixed(3)}` : notKnown,
      'vs random entries',
    ),
    card('In the market', shareText(record.exposure.timeShare), `exposure ${shareText(record.exposure.mean)}`),
    card('Fees paid', moneyText(record.feesPaid), `slippage ${moneyText(record.slippagePaid)}`),
    card('Decisions', record.decisions.total.toLocaleString('en-US'), `${refused(report)} orders refused`),
  ]
}

function refused({ record }: Report): string {
  return record.refusals.reduce((sum, { count }) => sum + count, 0).toLocaleString('en-US')
}

function card(name: string, figure: string, under: string, sign: number | null = null): string {
  const look = sign === null || sign === 0 ? 'figure' : sign > 0 ? 'figure gain' : 'figure loss'
  return element(
    'div',
    { class: 'card' },
    element('dt', {}, escaped(name)),
    element('dd', { class: look }, escaped(figure)),
    element('dd', { class: 'under' }, escaped(under)),
  )
}
