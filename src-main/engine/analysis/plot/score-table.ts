import { element, text } from './svg'

/** First row: the heads. First column: the names, left-aligned; everything else is right-aligned. */
export type ScoreRows = readonly (readonly string[])[]

const rowHeight = 20
/** Mean width of a character at the table's size; wide enough for capitals and digits in every usual font. */
const characterWidth = 7
const columnGap = 18

export function tableSize(rows: ScoreRows): { readonly width: number; readonly height: number } {
  return { width: columnEnds(rows).at(-1) ?? 0, height: rows.length * rowHeight }
}

export function scoreTable(rows: ScoreRows, left: number, top: number): string {
  const ends = columnEnds(rows)
  const { width } = tableSize(rows)
  return rows
    .flatMap((cells, row) => {
      const baseline = top + row * rowHeight + 14
      const look = row === 0 ? 'faint' : 'plain'
      const written = cells.map((cell, column) =>
        column === 0
          ? text(left, baseline, cell, { look })
          : text(left + (ends[column] ?? 0), baseline, cell, { look: `${look} figure`, anchor: 'end' }),
      )
      const lineY = top + (row + 1) * rowHeight - 1
      return [...written, element('line', { x1: left, y1: lineY, x2: left + width, y2: lineY, class: 'rule' })]
    })
    .join('\n')
}

/** Where each column ends, from the left edge of the table. */
function columnEnds(rows: ScoreRows): readonly number[] {
  const ends: number[] = []
  const columns = Math.max(0, ...rows.map((cells) => cells.length))
  for (let column = 0; column < columns; column += 1) {
    const widest = Math.max(...rows.map((cells) => [...(cells[column] ?? '')].length))
    ends.push((ends.at(-1) ?? 0) + (column === 0 ? 0 : columnGap) + widest * characterWidth)
  }
  return ends
}
