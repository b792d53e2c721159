import { expect, test } from 'vitest'
import { costs, happened, tablesOf, tell } from './story'

const rows = tablesOf('volume.md').map(({ heading, row }) => ({ heading, row }))
const settings = { ...costs, maxCandleVolumePct: 0.1 }

test('the page on volume has its stories', () => {
  expect(rows.length).toBeGreaterThan(15)
})

for (const { heading, row } of rows) {
  const { has = '', order = '', market = '', happens = '', why = '' } = row
  test(`${heading}: with ${has}, ${order}, then ${market}: ${why}`, () => {
    expect(happened(tell({ has, order, market }, { settings }))).toBe(happens)
  })
}

test('without the setting, a candle has room for every order', () => {
  expect(costs.maxCandleVolumePct).toBeNull()
  expect(happened(tell({ has: 'none', order: 'buy 5', market: '100/101/99/100v20' }))).toBe('buy 5 @ 100.15 taker')
})
