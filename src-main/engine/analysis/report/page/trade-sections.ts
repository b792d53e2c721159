import { element } from '../../plot/svg'
import { tradeResult } from '../figures'
import type { Report } from '../report'
import { countText, minuteText, moneyText, percentText, priceText, shareText, spanText } from '../report-words'
import type { ClosedTrade } from '../trading-record'
import { decimalsFor } from './axes'
import { histogram, histogramAroundZero } from './histogram'
import { mostMarks, priceChart } from './price-chart'
import { type Cell, note, picture, section, signed, table } from './tables'

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

export function tradeDistribution({ record: { trades }, buyAndHold }: Report): string {
  if (trades.length === 0) return note('No trade was closed.')
  const returns = trades.map((trade) => tradeResult(trade).return)
  const drawn = histogram({
    ...histogramAroundZero(returns),
    told: `Returns of ${trades.length} closed trades, net of costs`,
    label: (value, step) => percentText(value, Math.max(0, decimalsFor(step) - 2)),
    zero: 0,
  })
  const holding = new Map<string, number | null>(buyAndHold.bySymbol.map((one) => [one.symbol, one.netReturn]))
  const heldWords = (symbol: string): string => percentText(holding.get(symbol) ?? null)
  const tables = [
    groupTable('By what ended them', 'Exit', trades, ({ exitReason }) => exitReason.replaceAll('_', ' ')),
    groupTable('By symbol', 'Symbol', trades, ({ symbol }) => symbol, { head: 'Buy and hold', words: heldWords }),
    groupTable('By the seat that was asked', 'Seat', trades, ({ routedTo }) => routedTo ?? 'no model'),
  ]
  return `${picture('Returns of closed trades', drawn)}${tables.join('')}`
}

/** Trades by a word about them, the most frequent first. */
function groupTable(
  caption: string,
  head: string,
  trades: readonly ClosedTrade[],
  wordOf: (trade: ClosedTrade) => string,
  further?: { readonly head: string; readonly words: (group: string) => string },
): string {
  const groups = new Map<string, ClosedTrade[]>()
  for (const trade of trades) {
    const group = groups.get(wordOf(trade))
    if (group === undefined) groups.set(wordOf(trade), [trade])
    else group.push(trade)
  }
  const ranked = [...groups].toSorted(([, a], [, b]) => b.length - a.length)
  const rows = ranked.map(([group, own]): Cell[] => {
    const profit = own.reduce((sum, trade) => sum + Number(trade.realizedQuote), 0)
    const fees = own.reduce((sum, trade) => sum + Number(trade.feesQuote), 0)
    const won = own.filter((trade) => Number(trade.realizedQuote) > 0).length
    const cells = [
      group,
      countText(own.length),
      shareText(won / own.length),
      signed(profit, moneyText(profit)),
      moneyText(fees),
    ]
    return further === undefined ? cells : [...cells, further.words(group)]
  })
  const heads = [head, 'Trades', 'Won', 'Profit', 'Fees', ...(further === undefined ? [] : [further.head])]
  return table({ caption, heads, rows })
}

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
