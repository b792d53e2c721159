import type { Report } from '../report'
import { chanceSections } from './chance'
import { calibrationDiagrams, cutoffTable, refusalTable } from './decision-sections'
import { htmlDocument } from './document'
import { drawdownChart, equityChart } from './equity-charts'
import { figureTables } from './figure-tables'
import { headline, headlineFigures } from './headline'
import { monthlyTable } from './monthly-table'
import { originTable } from './origin-table'
import { picture, section } from './tables'
import { priceCharts, tradeDistribution, tradeList } from './trade-sections'

/** A report as one self-contained HTML page, the same for the same report. */
export function reportPage(report: Report): string {
  return htmlDocument(`${report.record.title}: report`, headline(report), reportDetails(report))
}

/** A report without its head, to stand below something else. */
export function reportSections(report: Report): string {
  return headlineFigures(report) + reportDetails(report)
}

function reportDetails(report: Report): string {
  return [
    section('Equity', picture('Equity', equityChart(report)), picture('Drawdown', drawdownChart(report))),
    section('Months', monthlyTable(report)),
    section('Figures', figureTables(report)),
    section('Trades on the price', priceCharts(report)),
    section('Distribution of trades', tradeDistribution(report)),
    section('Calibration', calibrationDiagrams(report)),
    chanceSections(report),
    section('Knowledge cutoff', cutoffTable(report)),
    section('Decisions and refused orders', refusalTable(report)),
    section('Assumptions and origin', originTable(report)),
    tradeList(report),
  ].join('')
}
