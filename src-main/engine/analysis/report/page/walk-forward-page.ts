import type { Report } from '../report'
import { dayText, percentText, ratioText, shareText } from '../report-words'
import { type WalkForwardWindow, walkForwardSummary } from '../walk-forward'
import { htmlDocument } from './document'
import { heading } from './headline'
import { reportSections } from './report-page'
import { type Cell, list, section, signed, table } from './tables'

/** A walk-forward run: its windows, and the report of nothing but their out-of-sample parts, one after the other. */
export function walkForwardPage(windows: readonly WalkForwardWindow[], outOfSample: Report): string {
  const summary = walkForwardSummary(windows)
  const { title, fromMs, toMs } = outOfSample.record
  return htmlDocument(
    `${title}: walk-forward`,
    heading(`${title}: walk-forward`, `${windows.length} windows, ${dayText(fromMs)} to ${dayText(toMs)} UTC`),
    section(
      'Windows',
      list([
        'Parameters were chosen in sample and traded out of sample, on days that had no part in the choice. Every figure further down is out of sample.',
        `${summary.profitable} of ${summary.windows} windows made a profit out of sample; together they made ${percentText(summary.outOfSampleReturn)}.`,
        `A year in sample grew by ${percentText(summary.inSampleGrowth)}, out of sample by ${percentText(summary.outOfSampleGrowth)}: efficiency ${ratioText(summary.efficiency)} (near 1 the choice carried over, near 0 it was fitted to the past).`,
      ]),
      table({
        caption: 'One row per window',
        heads: ['Out of sample from', 'To', 'Parameters', 'In sample', 'Out of sample', 'Drawdown', 'Trades'],
        rows: windows.map(windowRow),
      }),
    ),
    reportSections(outOfSample),
  )
}

function windowRow({ parameters, inSample, outOfSample }: WalkForwardWindow): Cell[] {
  return [
    dayText(outOfSample.fromMs),
    dayText(outOfSample.toMs),
    parameters,
    signed(inSample.netReturn, percentText(inSample.netReturn)),
    signed(outOfSample.netReturn, percentText(outOfSample.netReturn)),
    shareText(outOfSample.drawdown),
    String(outOfSample.trades),
  ]
}
