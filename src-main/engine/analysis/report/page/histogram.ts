import { element, escaped, text } from '../../plot/svg'
import { airy, type Extent, linearScale, valueTicks } from './axes'
import { chartWidth, grid, plotRoom, svg } from './line-chart'

export interface Histogram {
  readonly told: string
  /** Bounds of the first and last bar. */
  readonly extent: Extent
  readonly counts: readonly number[]
  readonly label: (value: number, step: number) => string
  /** Bars below this value are losses. */
  readonly zero?: number
  /** A line with words at one value. */
  readonly own?: { readonly at: number; readonly words: string }
}

const height = 220

export function histogram({ told, extent, counts, label, zero, own }: Histogram): string {
  const x = linearScale(withRoomFor(extent, own?.at), plotRoom.left, chartWidth - plotRoom.right)
  const most = Math.max(1, ...counts)
  const top = plotRoom.top + 14
  const y = linearScale({ low: 0, high: most }, height - plotRoom.bottom, top)
  const width = (extent.high - extent.low) / counts.length
  const bars = counts.map((count, place) => {
    if (count === 0) return ''
    const from = extent.low + place * width
    const middle = from + width / 2
    const look = zero === undefined ? 'bar' : middle < zero ? 'lossbar' : 'gainbar'
    const box = {
      x: x(from) + 0.5,
      y: y(count),
      width: Math.max(1, x(from + width) - x(from) - 1),
      height: y(0) - y(count),
    }
    return element(
      'rect',
      { class: look, ...box },
      element('title', {}, escaped(`${count} from ${label(from, width)} to ${label(from + width, width)}`)),
    )
  })
  const countTicks = valueTicks({ low: 0, high: most }, (value) => String(value)).filter(({ at }) =>
    Number.isInteger(at),
  )
  return svg(
    told,
    height,
    ...grid(x, y, valueTicks(withRoomFor(extent, own?.at), label), countTicks, { top, height }),
    ...bars,
    ...(own === undefined ? [] : ownLine(x(own.at), own.words, top)),
  )
}

function ownLine(x: number, words: string, top: number): string[] {
  const isRight = x > chartWidth / 2
  return [
    element('line', { class: 'line mark', x1: x, y1: top - 12, x2: x, y2: height - plotRoom.bottom }),
    text(x + (isRight ? -6 : 6), top - 2, words, { look: 'axis', anchor: isRight ? 'end' : 'start' }),
  ]
}

function withRoomFor(extent: Extent, value: number | undefined): Extent {
  if (value === undefined) return extent
  return airy({ low: Math.min(extent.low, value), high: Math.max(extent.high, value) }, 0.03)
}

const wantedBars = 30

/** Sorts values into even bars that have zero as one of their bounds. */
export function histogramAroundZero(values: readonly number[]): {
  readonly extent: Extent
  readonly counts: readonly number[]
} {
  const low = values.reduce((a, b) => Math.min(a, b), 0)
  const high = values.reduce((a, b) => Math.max(a, b), 0)
  const width = (high - low) / wantedBars || 1
  const first = Math.floor(low / width)
  const last = Math.max(first + 1, Math.ceil(high / width))
  const counts = Array.from({ length: last - first }, () => 0)
  for (const value of values) {
    const place = Math.min(counts.length - 1, Math.floor(value / width) - first)
    counts[place] = (counts[place] ?? 0) + 1
  }
  return { extent: { low: first * width, high: last * width }, counts }
}
