import { diagramSize, reliabilityDiagram } from '../../plot/reliability-diagram'
import { element } from '../../plot/svg'
import type { Report } from '../report'
import { countText, dayText, moneyText, percentText, ratioText, shareText } from '../report-words'
import { type Cell, note, picture, signed, table } from './tables'

const diagramsPerRow = 3

export function calibrationDiagrams({ calibration }: Report): string {
  if (calibration.length === 0) return note('No decision to buy or to sell has an outcome yet.')
  const diagrams = calibration.map((one, place) => {
    const told = {
      title: `${one.name}, ${one.confidence}, after ${one.horizon}`,
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
    "Decisions to buy and to sell, by their confidence: how often they paid after this time, net of costs. Raw is the model's own probability, calibrated what a map fitted on earlier outcomes made of it. On the diagonal confidence is what it says; hollow dots stand for fewer than ten decisions.",
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
  const told = `${countText(total)} decisions: ${countText(byAction.buy)} to buy, ${countText(byAction.sell)} to sell, ${countText(byAction.hold)} to hold${unanswered === 0 ? '' : `; ${unanswered} without an answer`}.`
  const acts =
    record.protections.length === 0
      ? note('No protection acted.')
      : table({
          caption: 'Protections that held entries back',
          heads: ['Protection', 'Times'],
          rows: record.protections.map(({ code, count }): Cell[] => [code, countText(count)]),
        })
  if (record.refusals.length === 0) return `${note(told)}${note('No order was refused.')}${acts}`
  const rows = record.refusals.map(({ by, code, count }): Cell[] => [
    code,
    by === 'risk' ? 'risk limits' : 'exchange filter',
    countText(count),
  ])
  return `${note(told)}${table({ caption: 'Refused orders by code', heads: ['Code', 'By', 'Orders'], rows })}${acts}`
}
