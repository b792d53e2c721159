import { element, text } from '../../plot/svg'
import { type Extent, linearScale, logScale, logTicks, type Scale, type Tick, timeTicks, valueTicks } from './axes'

export interface Line {
  readonly name: string
  /** Class of the stylesheet: `mark`, `other`, `faintline`... */
  readonly look: string
  readonly at: readonly number[]
  readonly values: readonly number[]
}

/** The room between two lines. */
export interface Band {
  readonly look: string
  readonly at: readonly number[]
  readonly low: readonly number[]
  readonly high: readonly number[]
}

export interface LineChart {
  /** What the picture shows, for those who cannot see it. */
  readonly told: string
  readonly x: Extent
  readonly y: Extent
  readonly height: number
  readonly lines: readonly Line[]
  readonly bands?: readonly Band[]
  /** Anything else, drawn last. */
  readonly marks?: (x: Scale, y: Scale) => readonly string[]
  readonly xTicks?: readonly Tick[]
  readonly yLabel: (value: number, step: number) => string
  readonly hasLegend?: boolean
  /** Equal ratios are equally far apart; every value must be above zero. */
  readonly isLogarithmic?: boolean
}

/** All pictures are as wide as the page; the page's style makes them fit narrower screens. */
export const chartWidth = 960
const room = { left: 78, right: 14, top: 10, bottom: 24, legend: 20 } as const

export function lineChart(chart: LineChart): string {
  const { told, height, lines, bands = [], marks, yLabel, hasLegend = lines.length > 1, isLogarithmic = false } = chart
  const top = room.top + (hasLegend ? room.legend : 0)
  const x = linearScale(chart.x, room.left, chartWidth - room.right)
  const y = (isLogarithmic ? logScale : linearScale)(chart.y, height - room.bottom, top)
  const yTicks = (isLogarithmic ? logTicks : valueTicks)(chart.y, yLabel)
  return svg(
    told,
    height,
    ...grid(x, y, chart.xTicks ?? timeTicks(chart.x), yTicks, { top, height }),
    ...bands.map(({ look, at, low, high }) =>
      element('path', { class: look, d: `${path(at, high, x, y)}${path(at, low, x, y, true)}Z` }),
    ),
    ...lines.map(({ look, at, values }) => element('path', { class: `line ${look}`, d: path(at, values, x, y) })),
    ...(marks?.(x, y) ?? []),
    ...(hasLegend ? legend(lines) : []),
    ...(isLogarithmic ? [text(chartWidth - room.right, 17, 'logarithmic scale', { look: 'axis', anchor: 'end' })] : []),
  )
}

/** A picture of the page's width; `told` is its name for those who cannot see it. */
export function svg(told: string, height: number, ...children: readonly string[]): string {
  const attributes = { viewBox: `0 0 ${chartWidth} ${height}`, role: 'img', 'aria-label': told, class: 'chart' }
  return element('svg', attributes, ...children)
}

export function grid(
  x: Scale,
  y: Scale,
  xTicks: readonly Tick[],
  yTicks: readonly Tick[],
  { top, height }: { readonly top: number; readonly height: number },
): string[] {
  const bottom = height - room.bottom
  const right = chartWidth - room.right
  return [
    ...yTicks.flatMap(({ at, label }) => [
      element('line', { class: 'rule', x1: room.left, y1: y(at), x2: right, y2: y(at) }),
      text(room.left - 8, y(at) + 4, label, { look: 'axis', anchor: 'end' }),
    ]),
    ...xTicks.flatMap(({ at, label }) => [
      element('line', { class: 'rule', x1: x(at), y1: top, x2: x(at), y2: bottom }),
      text(Math.min(x(at), right - 14), height - 7, label, { look: 'axis', anchor: 'middle' }),
    ]),
    element('line', { class: 'base', x1: room.left, y1: bottom, x2: right, y2: bottom }),
  ]
}

export const plotRoom = room

function legend(lines: readonly Line[]): string[] {
  const letterWidth = 7
  let left: number = room.left
  return lines.flatMap(({ name, look }) => {
    const start = left
    left += 34 + name.length * letterWidth
    return [
      element('line', { class: `line ${look}`, x1: start, y1: 13, x2: start + 18, y2: 13 }),
      text(start + 24, 17, name, { look: 'axis' }),
    ]
  })
}

/** `backwards` continues a path from its end to its start, to close a band. */
function path(at: readonly number[], values: readonly number[], x: Scale, y: Scale, backwards = false): string {
  const points = at.map((time, place) => `${short(x(time))} ${short(y(values[place] ?? 0))}`)
  if (points.length === 0) return ''
  return backwards ? `L${points.toReversed().join('L')}` : `M${points.join('L')}`
}

function short(value: number): string {
  return String(Math.round(value * 10) / 10)
}
