import { percentText, ratioText, shareText } from '../report-words'
import { type SweepResult, sweepSummary } from '../sweep'
import { decimalsFor } from './axes'
import { htmlDocument } from './document'
import { heading } from './headline'
import { histogram, histogramAroundZero } from './histogram'
import { type Cell, list, note, picture, section, signed, table } from './tables'

const mostRows = 500

/** A sweep over parameters: every set, the best first, and how much of the best is luck. */
export function sweepPage(title: string, results: readonly SweepResult[]): string {
  const { sets, profitable, bestSharpe, luckySharpe } = sweepSummary(results)
  const names = [...new Set(results.flatMap(({ parameters }) => Object.keys(parameters)))]
  const ranked = results.toSorted((a, b) => b.netReturn - a.netReturn)
  const cut = ranked.length > mostRows ? note(`The best ${mostRows} of ${sets} sets; all are in the JSON report.`) : ''
  const returns = histogram({
    ...histogramAroundZero(results.map(({ netReturn }) => netReturn)),
    told: `Net returns of ${sets} sets of parameters`,
    label: (value, step) => percentText(value, Math.max(0, decimalsFor(step) - 2)),
    zero: 0,
  })
  return htmlDocument(
    `${title}: sweep`,
    heading(`${title}: sweep`, `${sets} sets of parameters over the same candles`),
    section(
      'Before you take the best',
      list([
        `${profitable} of ${sets} sets made a profit. A set that stands alone among losing neighbours was fitted to the past.`,
        `The highest Sharpe is ${ratioText(bestSharpe)}. Of as many tries without any skill, as far apart as these, the best would show about ${ratioText(luckySharpe)}: only what is above that says something.`,
        'Judge the chosen set on days that had no part in the choice (walk-forward). Every trade here is on paper.',
      ]),
    ),
    section('Returns', picture('Net returns of all sets', returns)),
    section(
      'Sets',
      table({
        caption: 'The highest net return first',
        heads: ['Place', ...names, 'Net return', 'Sharpe', 'Drawdown', 'Profit factor', 'Trades'],
        rows: ranked
          .slice(0, mostRows)
          .map((result, place): Cell[] => [
            String(place + 1),
            ...names.map((name) => String(result.parameters[name] ?? '')),
            signed(result.netReturn, percentText(result.netReturn)),
            ratioText(result.sharpe),
            shareText(result.drawdown),
            ratioText(result.profitFactor),
            String(result.trades),
          ]),
      }),
      cut,
    ),
  )
}
