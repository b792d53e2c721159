import { diagramSize, type ReliabilityDiagram, reliabilityDiagram } from './reliability-diagram'
import { type ScoreRows, scoreTable, tableSize } from './score-table'
import { element, escaped, text } from './svg'

/** One evaluation as a picture: reliability diagrams side by side, tables below, notes at the foot. */
export interface EvaluationFigure {
  readonly title: string
  readonly subtitle: string
  readonly diagrams: readonly ReliabilityDiagram[]
  readonly tables: readonly ScoreRows[]
  /** Paragraphs; long ones are broken into lines. */
  readonly notes: readonly string[]
}

const margin = 24
const gap = 20
const headHeight = 52
const noteHeight = 17
const titleCharacterWidth = 10
const noteCharacterWidth = 6.8
const noteLineLength = 115

/** Broken between words; SVG does not break lines itself. */
function wrapped(paragraph: string): readonly string[] {
  const lines: string[] = []
  for (const word of paragraph.split(' ')) {
    const line = lines.at(-1)
    if (line === undefined || line.length + 1 + word.length > noteLineLength) lines.push(word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines
}

/** A standalone SVG document that follows the reader's light or dark scheme; needs no script, font or network. */
export function evaluationFigure({ title, subtitle, diagrams, tables, notes }: EvaluationFigure): string {
  const tableSizes = tables.map(tableSize)
  const diagramsTop = margin + headHeight
  const tablesTop = diagramsTop + (diagrams.length === 0 ? 0 : diagramSize.height + gap)
  const tableTops = tableSizes.map((_, index) =>
    tableSizes.slice(0, index).reduce((y, { height }) => y + height + gap, tablesTop),
  )
  const noteLines = notes.flatMap(wrapped)
  const notesTop = tableSizes.reduce((y, { height }) => y + height + gap, tablesTop)
  const height = notesTop + noteLines.length * noteHeight + margin
  const longestLine = Math.max(0, ...[subtitle, ...noteLines].map((line) => line.length))
  const width =
    2 * margin +
    Math.max(
      diagrams.length * diagramSize.width,
      ...tableSizes.map((size) => size.width),
      longestLine * noteCharacterWidth,
      title.length * titleCharacterWidth,
    )
  return `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`,
      width,
      height,
      role: 'img',
    },
    element('title', {}, escaped(title)),
    element('style', {}, style),
    element('rect', { x: 0, y: 0, width, height, class: 'paper' }),
    text(margin, margin + 14, title, { look: 'title' }),
    text(margin, margin + 34, subtitle, { look: 'faint' }),
    ...diagrams.map((diagram, index) => reliabilityDiagram(diagram, margin + index * diagramSize.width, diagramsTop)),
    ...tables.map((rows, index) => scoreTable(rows, margin, tableTops[index] ?? tablesTop)),
    ...noteLines.map((note, index) => text(margin, notesTop + 12 + index * noteHeight, note, { look: 'faint' })),
  )}\n`
}

/** Contrast of text on paper is at least 4.5 in both schemes. */
const style = `
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1f2328; --faint: #59636e; --line: #d1d9e0; --mark: #0969da }
@media (prefers-color-scheme: dark) {
  :root { --paper: #0d1117; --ink: #f0f6fc; --faint: #9198a1; --line: #3d444d; --mark: #4493f8 }
}
text { font: 12px system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; fill: var(--ink) }
.title { font-size: 16px; font-weight: 600 }
.strong { font-weight: 600 }
.faint { fill: var(--faint) }
.small { font-size: 10px }
.tiny { font-size: 9px }
.figure { font-variant-numeric: tabular-nums }
.paper { fill: var(--paper) }
.frame { fill: none; stroke: var(--line) }
.rule { stroke: var(--line) }
.diagonal { stroke: var(--faint); stroke-dasharray: 4 4 }
.gap { stroke: var(--mark); stroke-opacity: 0.5 }
.dot { fill: var(--mark) }
.few { fill: var(--paper); stroke: var(--mark) }
.bar { fill: var(--mark); fill-opacity: 0.45 }
`
