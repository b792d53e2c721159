import { element, escaped } from '../../plot/svg'

/** Pieces of a page. Every word goes through `escaped`, whoever wrote it. */

export type Cell = string | { readonly words: string; readonly look: 'gain' | 'loss' | 'none' }

export interface Table {
  /** What the table is, for those who cannot see it; shown above it. */
  readonly caption: string
  readonly heads: readonly string[]
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly Cell[])[]
}

/** A table that scrolls by itself where the screen is narrow. */
export function table({ caption, heads, rows }: Table): string {
  const headCells = heads.map((head) => element('th', { scope: 'col' }, escaped(head)))
  const bodyRows = rows.map((cells) => element('tr', {}, ...cells.map(cellElement)))
  return element(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    element(
      'table',
      {},
      element('caption', {}, escaped(caption)),
      element('thead', {}, element('tr', {}, ...headCells)),
      element('tbody', {}, ...bodyRows),
    ),
  )
}

function cellElement(cell: Cell, place: number): string {
  const { words, look } = typeof cell === 'string' ? { words: cell, look: 'none' } : cell
  if (place === 0) return element('th', { scope: 'row' }, escaped(words))
  return element('td', look === 'none' ? {} : { class: look }, escaped(words))
}

/** Coloured by the sign of the value; the words say it too. */
export function signed(value: number | null, words: string): Cell {
  return { words, look: value === null || value === 0 ? 'none' : value > 0 ? 'gain' : 'loss' }
}

export function section(heading: string, ...children: readonly string[]): string {
  return element('section', {}, element('h2', {}, escaped(heading)), ...children)
}

export function paragraph(words: string): string {
  return element('p', {}, escaped(words))
}

export function note(words: string): string {
  return element('p', { class: 'note' }, escaped(words))
}

export function list(items: readonly string[]): string {
  return element('ul', {}, ...items.map((item) => element('li', {}, escaped(item))))
}

/** A picture that scrolls by itself where the screen is narrow. */
export function picture(name: string, drawn: string): string {
  return element('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': name }, drawn)
}
