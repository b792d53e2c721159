import type { ReliabilityBin } from '@shared/rules/reliability'
import { element, text } from './svg'

export interface ReliabilityDiagram {
  readonly title: string
  /** A figure or two under the title. */
  readonly caption: string
  /** Null: too few cases, and the diagram says so. */
  readonly bins: readonly ReliabilityBin[] | null
}

const side = 210
const axisRoom = 34
const titleRoom = 40
const countsRoom = 46
const countsGap = 36

/** What one diagram takes, in pixels, axes and counts included. */
export const diagramSize = {
  width: axisRoom + side + 16,
  height: titleRoom + side + countsGap + countsRoom + 8,
} as const

const axisMarks = [0, 0.25, 0.5, 0.75, 1] as const

/**
 * A reliability diagram: how often answers of each confidence were right. A dot on the diagonal is calibrated, below it
 * overconfident; the larger the dot, the more answers. The counts stand under the diagram, because a dot far away from
 * the diagonal on three answers means nothing.
 */
export function reliabilityDiagram({ title, caption, bins }: ReliabilityDiagram, left: number, top: number): string {
  const x = (share: number): number => left + axisRoom + share * side
  const y = (share: number): number => top + titleRoom + (1 - share) * side
  const heading = [text(x(0), top + 12, title, { look: 'strong' }), text(x(0), top + 28, caption, { look: 'faint' })]
  const frame = element('rect', { x: x(0), y: y(1), width: side, height: side, class: 'frame' })
  const diagonal = element('line', { x1: x(0), y1: y(0), x2: x(1), y2: y(1), class: 'diagonal' })
  const marks = axisMarks.flatMap((mark) => [
    text(x(mark), y(0) + 14, String(mark), { look: 'faint small', anchor: 'middle' }),
    text(x(0) - 6, y(mark) + 3, String(mark), { look: 'faint small', anchor: 'end' }),
  ])
  const names = [
    text(x(1), y(0) + 27, 'confidence', { look: 'faint small', anchor: 'end' }),
    text(x(0) + 5, y(1) + 13, 'share right', { look: 'faint small' }),
  ]
  const content =
    bins === null
      ? [text(x(0.5), y(0.5) + 30, 'too few cases', { look: 'faint', anchor: 'middle' })]
      : [...dots(bins, x, y), ...counts(bins, x, y(0) + countsGap)]
  return [...heading, frame, diagonal, ...marks, ...names, ...content].join('\n')
}

type Scale = (share: number) => number

const smallestDot = 2.5
const largestDot = 8
/** Below this a dot is hollow: its height is mostly chance. */
const fewAnswers = 10

function dots(bins: readonly ReliabilityBin[], x: Scale, y: Scale): string[] {
  const most = Math.max(1, ...bins.map(({ n }) => n))
  return bins.flatMap(({ n, confidence, accuracy }) => {
    if (confidence === null || accuracy === null) return []
    const r = Math.max(smallestDot, largestDot * Math.sqrt(n / most))
    const told = `${n} answers, mean confidence ${confidence.toFixed(3)}, right ${accuracy.toFixed(3)}`
    return [
      element('line', { x1: x(confidence), y1: y(confidence), x2: x(confidence), y2: y(accuracy), class: 'gap' }),
      element(
        'circle',
        { cx: x(confidence), cy: y(accuracy), r, class: n < fewAnswers ? 'few' : 'dot' },
        element('title', {}, told),
      ),
    ]
  })
}

/** A bar with its count for every bin. */
function counts(bins: readonly ReliabilityBin[], x: Scale, top: number): string[] {
  const most = Math.max(1, ...bins.map(({ n }) => n))
  const labelRoom = 11
  return bins.flatMap(({ from, to, n }) => {
    if (n === 0) return []
    const height = Math.max(1, (n / most) * (countsRoom - labelRoom))
    const bottom = top + countsRoom
    return [
      element('rect', { x: x(from) + 1, y: bottom - height, width: x(to) - x(from) - 2, height, class: 'bar' }),
      text((x(from) + x(to)) / 2, bottom - height - 3, shortCount(n), { look: 'faint tiny', anchor: 'middle' }),
    ]
  })
}

/** As much as fits above a bar: 1,500 is "1.5k". */
function shortCount(n: number): string {
  return n < 1000 ? String(n) : `${(n / 1000).toFixed(n < 9950 ? 1 : 0)}k`
}
