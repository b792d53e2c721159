import type { MarketSymbol } from '@shared/contract/candle'
import type { JournalEvent } from '@shared/contract/journal'
import type { Fill, Position } from '@shared/contract/order'
import type { SeriesMarker, Time, UTCTimestamp } from 'lightweight-charts'
import { price } from '../../format/figures'
import type { DecisionRow } from '../../store/desk-picture'
import { chartColors } from './chart-look'

export type ChartMarker = SeriesMarker<Time>

/** A horizontal line at a price of the open position. */
export interface ChartLevel {
  readonly kind: 'entry' | 'stop' | 'take_profit'
  readonly title: string
  readonly price: number
}

const MS_PER_SECOND = 1_000

/** The chart's own time: whole UTC seconds. */
export function barTime(openTimeMs: number): UTCTimestamp {
  const seconds = Math.floor(openTimeMs / MS_PER_SECOND)
  if (!isChartTime(seconds)) throw new Error(`Not a time: ${openTimeMs}`)
  return seconds
}

function isChartTime(seconds: number): seconds is UTCTimestamp {
  return Number.isInteger(seconds)
}

/** Prices are written beside the latest fill only, where they can be read; the legend tells those of any candle. */
const MOST_LABELS = 1

/** Newest first. */
function fillsOf(symbol: MarketSymbol, activity: readonly JournalEvent[]): readonly Fill[] {
  return activity.flatMap((event) =>
    event.type === 'order.filled' && event.payload.symbol === symbol ? [event.payload] : [],
  )
}

function fillText(fill: Fill): string {
  return `${fill.side === 'buy' ? 'Bought' : 'Sold'} ${price(fill.priceQuote)}`
}

/** What the fills of one candle were, in words. */
export function fillTextsIn(
  symbol: MarketSymbol,
  activity: readonly JournalEvent[],
  fromMs: number,
  toMs: number,
): readonly string[] {
  return fillsOf(symbol, activity)
    .filter((fill) => fill.filledAtMs >= fromMs && fill.filledAtMs < toMs)
    .map(fillText)
}

/**
 * Buys and sells as arrows on the candle that was decided on (grey where no order came of it), fills as dots at
 * their price. Holds are not marked.
 */
export function chartMarkers(
  symbol: MarketSymbol,
  rows: readonly DecisionRow[],
  activity: readonly JournalEvent[],
): readonly ChartMarker[] {
  const markers: ChartMarker[] = []
  for (const { decision, fate } of rows) {
    if (decision.symbol !== symbol || decision.action === 'hold') continue
    const buys = decision.action === 'buy'
    const traded = 'order' in fate
    markers.push({
      id: decision.decisionId,
      time: barTime(decision.candleOpenMs),
      position: buys ? 'belowBar' : 'aboveBar',
      shape: buys ? 'arrowUp' : 'arrowDown',
      color: traded ? (buys ? chartColors.gain : chartColors.loss) : chartColors.still,
      size: traded ? 1.4 : 0.7,
    })
  }
  let labelled = 0
  for (const fill of fillsOf(symbol, activity)) {
    labelled += 1
    markers.push({
      id: fill.fillId,
      time: barTime(fill.filledAtMs),
      position: 'atPriceMiddle',
      price: Number(fill.priceQuote),
      shape: 'circle',
      color: chartColors.entry,
      size: 0.8,
      text: labelled > MOST_LABELS ? '' : fillText(fill),
    })
  }
  return markers.sort((left, right) => Number(left.time) - Number(right.time))
}

/** What the open position of a symbol cost, and where it would be closed. */
export function chartLevels(position: Position | undefined): readonly ChartLevel[] {
  if (position === undefined) return []
  const levels: ChartLevel[] = [{ kind: 'entry', title: 'entry', price: Number(position.averagePriceQuote) }]
  if (position.stopLoss !== null) levels.push({ kind: 'stop', title: 'stop', price: Number(position.stopLoss) })
  if (position.takeProfit !== null) {
    levels.push({ kind: 'take_profit', title: 'take profit', price: Number(position.takeProfit) })
  }
  return levels
}
