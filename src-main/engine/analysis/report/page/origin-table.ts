import { element } from '../../plot/svg'
import type { Report } from '../report'
import { minuteText, notKnown } from '../report-words'
import { type Cell, table } from './tables'

/** What a reader needs to make the run again. */
export function originTable({ record, seed, days }: Report): string {
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
    ...record.models.map((model): Cell[] =>
      model.servedBy === 'policy'
        ? [`Decided by ${model.name}`, `${model.decisions} decisions`]
        : [
            `Model ${model.name}`,
            `${model.decisions} decisions, prompt ${model.promptVersion}, file ${model.modelHash.slice(0, hashShown)}`,
          ],
    ),
    ['Run', record.runId ?? notKnown],
    ['Seed of the run', record.seed === null ? notKnown : String(record.seed)],
    ['Seed of the intervals', String(seed)],
    ['Hash of the data', record.dataHash ?? notKnown],
  ]
  return element('div', { class: 'wrap' }, table({ caption: 'What it was made from', heads: ['What', 'Value'], rows }))
}

const hashShown = 12
