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
  const places = hasLegend ? legendPlaces(lines) : []
  const rows = (places.at(-1)?.row ?? -1) + 1 + (isLogarithmic ? 1 : 0)
  const top = room.top + rows * room.legend
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
    ...legend(places),
    ...(isLogarithmic ? [text(room.left, top - 5, 'logarithmic scale', { look: 'axis' })] : []),
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

interface LegendPlace {
  readonly line: Line
  readonly name: string
  readonly left: number
  readonly row: number
}

const letterWidth = 7
const legendKey = { width: 18, gap: 6, after: 16 } as const
const longestName = 48

/** From left to right, and on a further row where one is full. */
function legendPlaces(lines: readonly Line[]): LegendPlace[] {
  let left: number = room.left
  let row = 0
  return lines.map((line) => {
    const name = line.name.length > longestName ? `${line.name.slice(0, longestName - 1)}\u2026` : line.name
    const width = legendKey.width + legendKey.gap + name.length * letterWidth + legendKey.after
    if (left > room.left && left + width > chartWidth - room.right) {
      left = room.left
      row += 1
    }
    const place = { line, name, left, row }
    left += width
    return place
  })
}

function legend(places: readonly LegendPlace[]): string[] {
  return places.flatMap(({ line, name, left, row }) => {
    const middle = 13 + row * room.legend
    const words = left + legendKey.width + legendKey.gap
    return [
      element('line', { class: `line ${line.look}`, x1: left, y1: middle, x2: left + legendKey.width, y2: middle }),
      text(words, middle + 4, name, { look: 'axis' }),
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
