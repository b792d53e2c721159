import { expect, test } from 'vitest'
import { happened, type Row, tablesOf, tell } from './story'

const rows = tablesOf('fills.md').map(({ heading, row }) => ({ heading, row }))

test('the page on fills has its stories', () => {
  expect(rows.length).toBeGreaterThan(60)
})

function part(row: Row, name: string): string {
  const text = row[name]
  if (text === undefined) throw new Error(`The table has no column ${name}`)
  return text
}

for (const { heading, row } of rows) {
  const [has, order, market] = [part(row, 'has'), part(row, 'order'), part(row, 'market')]
  test(`${heading}: with ${has}, ${order}, then ${market}: ${part(row, 'why')}`, () => {
    expect(happened(tell({ has, order, market }))).toBe(part(row, 'happens'))
  })
}
