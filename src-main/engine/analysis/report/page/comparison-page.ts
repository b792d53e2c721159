import type { Report } from '../report'
import { dayText } from '../report-words'
import { comparisonSentences, runFigures, runHeads, runRow } from '../run-table'
import { htmlDocument } from './document'
import { equityLines } from './equity-charts'
import { heading } from './headline'
import { type Cell, list, note, picture, section, signed, table } from './tables'

const looks = ['mark', 'other', 'third', 'fourth', 'fifth', 'sixth'] as const
const startPercent = 100

/** Several runs side by side: their curves over each other, their figures in one table. */
export function comparisonPage(reports: readonly Report[]): string {
  const shown = reports.slice(0, looks.length)
  const first = reports[0]
  const lines = shown.map(({ record }, place) => ({
    name: record.title,
    look: looks[place] ?? 'faintline',
    at: record.curve.atMs,
    values: record.curve.equity.map((value) => (value / Number(record.equityStart)) * startPercent),
  }))
  const holding =
    first === undefined
      ? []
      : [
          {
            name: 'buy and hold',
            look: 'faintline dashed',
            at: first.record.curve.atMs,
            values: first.buyAndHold.equity.map((value) => (value / Number(first.record.equityStart)) * startPercent),
          },
        ]
  const from = reports.reduce((ms, { record }) => Math.min(ms, record.fromMs), first?.record.fromMs ?? 0)
  const to = reports.reduce((ms, { record }) => Math.max(ms, record.toMs), 0)
  const about = `${reports.length} runs between ${dayText(from)} and ${dayText(to)} UTC`
  const titles = reports.map(({ record }) => record.title)
  const cut = reports.length > shown.length ? note(`Only the first ${shown.length} runs are drawn.`) : ''
  return htmlDocument(
    'Runs compared',
    heading('Runs compared', about),
    section('Before you compare', list(comparisonSentences(reports))),
    section(
      'Figures',
      table({ caption: 'One column per run', heads: ['Figure', ...titles], rows: figureRows(reports) }),
    ),
    section(
      'Equity',
      note('Every start is 100. Buy and hold is that of the first run.'),
      picture(
        'Equity of all runs',
        equityLines([...lines, ...holding], `Equity of ${shown.length} runs, each from 100`),
      ),
      cut,
    ),
  )
}

/** One row per figure; the two returns by their sign. */
function figureRows(reports: readonly Report[]): Cell[][] {
  const runs = reports.map(runFigures)
  return runHeads.slice(1).map((head, place): Cell[] => [
    head,
    ...runs.map((run): Cell => {
      const words = runRow(run)[place + 1] ?? ''
      if (head === 'Net return') return signed(run.netReturn, words)
      return head === 'Beyond holding' ? signed(run.beyondHolding, words) : words
    }),
  ])
}
