import type { BootstrapIntervals, Interval } from '../bootstrap-intervals'
import type { RandomEntries } from '../random-entries'
import type { Part, Report } from '../report'
import { moneyText, percentText, ratioText, shareText } from '../report-words'
import type { TradeOrder } from '../trade-order'
import { airy, decimalsFor, extentOf } from './axes'
import { histogram } from './histogram'
import { lineChart } from './line-chart'
import { note, picture, section, table } from './tables'

/** What chance could have made of it: bootstrap of days, other orders of the trades, entries at random moments. */
export function chanceSections({ bootstrap, tradeOrder, randomEntries, record }: Report): string {
  return [
    section('Intervals: days drawn again', shown(bootstrap, bootstrapTable)),
    section('Monte Carlo: the trades in another order', shown(tradeOrder, orderParts)),
    section(
      'Significance: entries at random moments',
      shown(randomEntries, (known) => randomParts(known, record.quoteAsset)),
    ),
  ].join('')
}

function shown<Value>(part: Part<Value>, show: (known: Value) => string): string {
  return 'known' in part ? show(part.known) : note(part.missing)
}

const intervalHeads = ['Figure', 'low', 'middle', 'high'] as const

function intervalRow(name: string, interval: Interval | null, words: (value: number) => string): string[] {
  if (interval === null) return [name, 'n/a', 'n/a', 'n/a']
  return [name, words(interval.low), words(interval.middle), words(interval.high)]
}

function bootstrapTable(known: BootstrapIntervals): string {
  return [
    table({
      caption: `95 % intervals over ${known.rounds} histories, drawn in blocks of ${known.meanBlockDays} days on average`,
      heads: intervalHeads,
      rows: [
        intervalRow('Net return', known.netReturn, percentText),
        intervalRow('CAGR', known.cagr, percentText),
        intervalRow('Sharpe', known.sharpe, ratioText),
        intervalRow('Sortino', known.sortino, ratioText),
        intervalRow('Drawdown of daily closes', known.drawdown, (value) => shareText(value)),
      ],
    }),
    note(`${shareText(known.lossShare)} of these histories ended with a loss.`),
  ].join('')
}

function orderParts(known: TradeOrder): string {
  const { trades, low, middle, high } = known.bands
  const chart = lineChart({
    told: 'What is left of 1 after so many trades drawn at random: the middle and the room of 90 of 100 rounds',
    height: 240,
    x: extentOf([trades]),
    y: airy(extentOf([low, high], [1])),
    lines: [{ name: 'middle of all rounds', look: 'mark', at: trades, values: middle }],
    bands: [{ look: 'markband', at: trades, low, high }],
    xTicks: trades
      .filter((_, place) => place % Math.ceil(trades.length / 8) === 0)
      .map((at) => ({ at, label: String(at) })),
    yLabel: (value, step) => value.toFixed(decimalsFor(step)),
    hasLegend: true,
  })
  return [
    picture('Trades drawn at random', chart),
    table({
      caption: `90 % intervals over ${known.rounds} rounds`,
      heads: intervalHeads,
      rows: [
        intervalRow('Drawdown, each trade once in another order', known.shuffledDrawdown, (value) => shareText(value)),
        intervalRow('Drawdown, trades drawn with replacement', known.resampledDrawdown, (value) => shareText(value)),
        intervalRow('End of 1, trades drawn with replacement', known.resampledEnd, (value) => value.toFixed(3)),
      ],
    }),
    note(
      `In their own order the trades fell by ${shareText(known.ownDrawdown)}; ${shareText(known.deeperShare)} of the other orders fell at least as deep. ${shareText(known.lossShare)} of the rounds drawn with replacement ended with a loss. Trades count at their exits, one after the other.`,
    ),
  ].join('')
}

function randomParts(
  { rounds, profit, low, middle, high, pValue, histogram: counted }: RandomEntries,
  quote: string,
): string {
  const chart = histogram({
    told: `Profit of ${rounds} rounds of random entries; this run made ${moneyText(profit)}`,
    extent: { low: counted.from, high: counted.to },
    counts: counted.counts,
    label: (value, step) => moneyText(value, decimalsFor(step)),
    own: { at: profit, words: `this run ${moneyText(profit)}` },
  })
  return [
    picture('Profit of random entries', chart),
    note(
      `The same symbols, sizes, holding times and costs, entered at random moments: between ${moneyText(low)} and ${moneyText(high)} ${quote} in 90 of 100 rounds, ${moneyText(middle)} in the middle. This run made ${moneyText(profit)} with its closed trades: p = ${pValue.toFixed(3)}, the share of rounds that did at least as well.`,
    ),
  ].join('')
}
