import { diagramSize, reliabilityDiagram } from '../../plot/reliability-diagram'
import { element } from '../../plot/svg'
import { tradeResult } from '../figures'
import type { Report } from '../report'
import {
  dayText,
  minuteText,
  moneyText,
  notKnown,
  percentDigits,
  percentText,
  priceText,
  ratioText,
  shareText,
  spanText,
} from '../report-words'
import type { ClosedTrade } from '../trading-record'
import { decimalsFor } from './axes'
import { histogram, histogramAroundZero } from './histogram'
import { mostMarks, priceChart } from './price-chart'
import { type Cell, note, picture, section, signed, table } from './tables'

const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

export function monthlyTable({ years }: Report): string {
  const cell = (value: number | null): Cell => (value === null ? '' : signed(value, percentDigits(value, 1)))
  const rows = years.map(({ year, months, whole }): Cell[] => [String(year), ...months.map(cell), cell(whole)])
  return table({ caption: 'Return by month (UTC), in per cent', heads: ['Year', ...monthNames, 'Whole'], rows })
}

const mostCharts = 12

export function priceCharts({ record }: Report): string {
  const { trades, openPositions } = record
  const traded = record.bars.filter(
    ({ symbol, openMs }) => openMs.length > 1 && [...trades, ...openPositions].some((one) => one.symbol === symbol),
  )
  const charts = traded.slice(0, mostCharts).map((bars) => {
    const own = trades.filter(({ symbol }) => symbol === bars.symbol)
    const open = openPositions.filter(({ symbol }) => symbol === bars.symbol)
    const cut = own.length > mostMarks ? note(`Only the last ${mostMarks} of ${own.length} trades are marked.`) : ''
    return `${element('h3', {}, bars.symbol)}${picture(`Price of ${bars.symbol}`, priceChart(bars, own, open))}${cut}`
  })
  if (charts.length === 0) return note('Nothing was traded.')
  const rest = traded.length > mostCharts ? note(`${traded.length - mostCharts} more symbols were traded.`) : ''
  const key =
    'A triangle pointing up is an entry, one pointing down an exit with a profit, a cross an exit with a loss.'
  return `${note(key)}${charts.join('')}${rest}`
}

export function tradeDistribution({ record: { trades } }: Report): string {
  if (trades.length === 0) return note('No trade was closed.')
  const returns = trades.map((trade) => tradeResult(trade).return)
  const drawn = histogram({
    ...histogramAroundZero(returns),
    told: `Returns of ${trades.length} closed trades, net of costs`,
    label: (value, step) => percentText(value, Math.max(0, decimalsFor(step) - 2)),
    zero: 0,
  })
  const reasons = new Map<string, ClosedTrade[]>()
  for (const trade of trades) reasons.set(trade.exitReason, [...(reasons.get(trade.exitReason) ?? []), trade])
  const rows = [...reasons].map(([reason, own]): Cell[] => {
    const profit = own.reduce((sum, trade) => sum + Number(trade.realizedQuote), 0)
    const won = own.filter((trade) => Number(trade.realizedQuote) > 0).length
    return [
      reason.replaceAll('_', ' '),
      String(own.length),
      shareText(won / own.length),
      signed(profit, moneyText(profit)),
    ]
  })
  const byReason = table({ caption: 'By what ended them', heads: ['Exit', 'Trades', 'Won', 'Profit'], rows })
  return `${picture('Returns of closed trades', drawn)}${byReason}`
}

const diagramsPerRow = 3

export function calibrationDiagrams({ calibration }: Report): string {
  if (calibration.length === 0) return note('No decision to buy or to sell has an outcome yet.')
  const diagrams = calibration.map((one, place) => {
    const told = {
      title: `${one.name}, after ${one.horizon}`,
      caption: `${one.n} outcomes, ECE ${ratioText(one.ece, 3)}, Brier ${ratioText(one.brier, 3)}`,
    }
    const [column, row] = [place % diagramsPerRow, Math.floor(place / diagramsPerRow)]
    return reliabilityDiagram(
      { ...told, bins: one.bins },
      column * (diagramSize.width + gap),
      row * (diagramSize.height + gap),
    )
  })
  const rows = Math.ceil(calibration.length / diagramsPerRow)
  const width = diagramsPerRow * (diagramSize.width + gap)
  const height = rows * (diagramSize.height + gap)
  const told = 'Reliability: how often decisions of each confidence paid, with their counts'
  const drawn = element('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': told }, ...diagrams)
  return `${picture('Calibration', drawn)}${note(
    'Decisions to buy and to sell, by their confidence: how often they paid after this time, net of costs. On the diagonal confidence is what it says; hollow dots stand for fewer than ten decisions.',
  )}`
}

const gap = 24

export function cutoffTable({ cutoff }: Report): string {
  if (cutoff.models.length === 0) return note('No knowledge cutoff is known of the models that decided.')
  const side = (name: string, when: string, split: Report['cutoff']['models'][number]['before']): Cell[] => [
    name,
    when,
    String(split.trades),
    signed(split.netProfit, moneyText(split.netProfit)),
    shareText(split.winRate),
    percentText(split.averageReturn),
  ]
  const rows = cutoff.models.flatMap(({ name, knowledgeCutoffMs, before, after }) => [
    side(name, `before ${dayText(knowledgeCutoffMs)}`, before),
    side(name, 'after', after),
  ])
  const heads = ['Model', 'Entered', 'Trades', 'Profit', 'Won', 'Mean return']
  const trades = table({ caption: 'Trades before and after the knowledge cutoff', heads, rows })
  if (cutoff.account === null) return trades
  const { atMs, before, after } = cutoff.account
  const accountRows = [
    [`before ${dayText(atMs)}`, before],
    ['after', after],
  ] as const
  const account = table({
    caption: 'Whole days of the account, split at the latest cutoff',
    heads: ['Days', 'Count', 'Net return', 'Sharpe'],
    rows: accountRows.map(([name, days]): Cell[] => [
      name,
      String(days.days),
      percentText(days.netReturn),
      ratioText(days.sharpe),
    ]),
  })
  return `${trades}${account}`
}

export function refusalTable({ record }: Report): string {
  const { byAction, total, unanswered } = record.decisions
  const told = `${figure(total)} decisions: ${figure(byAction.buy)} to buy, ${figure(byAction.sell)} to sell, ${figure(byAction.hold)} to hold${unanswered === 0 ? '' : `; ${unanswered} without an answer`}.`
  const acts =
    record.protections.length === 0
      ? note('No protection acted.')
      : table({
          caption: 'Protections that held entries back',
          heads: ['Protection', 'Times'],
          rows: record.protections.map(({ code, count }): Cell[] => [code, figure(count)]),
        })
  if (record.refusals.length === 0) return `${note(told)}${note('No order was refused.')}${acts}`
  const rows = record.refusals.map(({ by, code, count }): Cell[] => [
    code,
    by === 'risk' ? 'risk limits' : 'exchange filter',
    figure(count),
  ])
  return `${note(told)}${table({ caption: 'Refused orders by code', heads: ['Code', 'By', 'Orders'], rows })}${acts}`
}

const figure = (count: number): string => count.toLocaleString('en-US')

export function reproduction({ record, seed, days }: Report): string {
  const { assumptions } = record
  const rows: Cell[][] = [
    ['Policy', record.policy],
    ['Window (UTC)', `${minuteText(record.fromMs)} to ${minuteText(record.toMs)}, ${days.toFixed(1)} days`],
    ['Candles', `${record.candles.toLocaleString('en-US')} of ${record.timeframe}, ${record.anomalies} oddities noted`],
    [
      'Fills',
      `${assumptions.fills}${assumptions.insideCandles === null ? '' : `, ${assumptions.insideCandles} inside`}`,
    ],
    ['Fees', `taker ${assumptions.takerFeeBps} bps, maker ${assumptions.makerFeeBps} bps`],
    ['Half spread, slippage', `${assumptions.halfSpreadBps} bps, ${assumptions.slippageBps} bps`],
    ...record.models.map((model): Cell[] => [
      `Model ${model.name}`,
      `${model.decisions} decisions, prompt ${model.promptVersion}, file ${model.modelHash.slice(0, hashShown)}`,
    ]),
    ['Run', record.runId ?? notKnown],
    ['Seed of the run', record.seed === null ? notKnown : String(record.seed)],
    ['Seed of the intervals', String(seed)],
    ['Hash of the data', record.dataHash ?? notKnown],
  ]
  return element('div', { class: 'wrap' }, table({ caption: 'What it was made from', heads: ['What', 'Value'], rows }))
}

const hashShown = 12
const mostRows = 500

export function tradeList({ record: { trades, quoteAsset } }: Report): string {
  if (trades.length === 0) return ''
  const shown = trades.slice(-mostRows)
  const rows = shown.map((trade): Cell[] => [
    minuteText(trade.entryAtMs),
    trade.symbol,
    priceText(trade.entryPriceQuote),
    priceText(trade.exitPriceQuote),
    moneyText(trade.costQuote),
    signed(Number(trade.realizedQuote), moneyText(trade.realizedQuote)),
    signed(Number(trade.realizedQuote), percentText(tradeResult(trade).return)),
    spanText(trade.exitAtMs - trade.entryAtMs),
    trade.exitReason.replaceAll('_', ' '),
    shareText(trade.confidence, 0),
    moneyText(trade.feesQuote),
  ])
  const heads = [
    'Entry (UTC)',
    'Symbol',
    'In',
    'Out',
    `Cost, ${quoteAsset}`,
    'Profit',
    'Return',
    'Held',
    'Exit',
    'Sure',
    'Fees',
  ]
  const which =
    shown.length < trades.length
      ? `The last ${shown.length} of ${trades.length} trades; all are in the JSON report`
      : `All ${trades.length} trades`
  return section('Trades', table({ caption: which, heads, rows }))
}
