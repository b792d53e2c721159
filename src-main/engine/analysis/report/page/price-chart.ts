import { element, escaped } from '../../plot/svg'
import { dayText, moneyText, priceText } from '../report-words'
import type { ClosedTrade, OpenPositionRecord, PriceBars } from '../trading-record'
import { airy, decimalsFor, extentOf, type Scale } from './axes'
import { lineChart } from './line-chart'
import { thinned } from './thinned'

const height = 280
const mostPoints = 900
/** More marks than this would hide the price. */
export const mostMarks = 400

/** A symbol's price with what was bought and sold: entries point up, exits down, won or lost by colour and by form. */
export function priceChart(
  bars: PriceBars,
  trades: readonly ClosedTrade[],
  open: readonly OpenPositionRecord[],
): string {
  const few = thinned(bars.openMs, bars.close, bars.low, bars.high, mostPoints)
  const shown = trades.slice(-mostMarks)
  return lineChart({
    told: `Price of ${bars.symbol} with ${shown.length} of ${trades.length} trades`,
    height,
    x: extentOf(
      [few.at],
      shown.flatMap(({ entryAtMs, exitAtMs }) => [entryAtMs, exitAtMs]),
    ),
    y: airy(extentOf([few.low, few.high])),
    lines: [{ name: bars.symbol, look: 'faintline', at: few.at, values: few.last }],
    bands: [{ look: 'range', at: few.at, low: few.low, high: few.high }],
    marks: (x, y) => [...shown.map((trade) => tradeMarks(trade, x, y)), ...open.map((one) => openMark(one, x, y))],
    yLabel: (value, step) => (value >= 1 ? moneyText(value, Math.min(2, decimalsFor(step))) : priceText(value)),
  })
}

function tradeMarks(trade: ClosedTrade, x: Scale, y: Scale): string {
  const [x1, y1] = [x(trade.entryAtMs), y(Number(trade.entryPriceQuote))]
  const [x2, y2] = [x(trade.exitAtMs), y(Number(trade.exitPriceQuote))]
  const profit = Number(trade.realizedQuote)
  const look = profit > 0 ? 'gain' : 'loss'
  const told = `${dayText(trade.entryAtMs)} ${priceText(trade.entryPriceQuote)} to ${dayText(trade.exitAtMs)} ${priceText(trade.exitPriceQuote)}: ${moneyText(profit)} (${trade.exitReason.replaceAll('_', ' ')})`
  return element(
    'g',
    { class: look },
    element('title', {}, escaped(told)),
    element('line', { class: 'tie', x1, y1, x2, y2 }),
    element('path', { class: 'entry', d: triangle(x1, y1, 1) }),
    element('path', { class: 'exit', d: profit > 0 ? triangle(x2, y2, -1) : cross(x2, y2) }),
  )
}

function openMark({ openedAtMs, costQuote, qtyBase }: OpenPositionRecord, x: Scale, y: Scale): string {
  return element('path', { class: 'entry', d: triangle(x(openedAtMs), y(Number(costQuote) / Number(qtyBase)), 1) })
}

const markSize = 4

/** Its tip at (x, y), pointing up for 1 and down for -1. */
function triangle(x: number, y: number, direction: 1 | -1): string {
  const base = round(y + direction * 2 * markSize)
  return `M${round(x)} ${round(y)}L${round(x - markSize)} ${base}L${round(x + markSize)} ${base}Z`
}

function cross(x: number, y: number): string {
  const [left, right, top, bottom] = [x - markSize, x + markSize, y - markSize, y + markSize].map(round)
  return `M${left} ${top}L${right} ${bottom}M${left} ${bottom}L${right} ${top}`
}

const round = (value: number): number => Math.round(value * 10) / 10
