import { expect, test } from 'vitest'
import { tablesOf, tell, triggersOf } from './story'

for (const { row } of tablesOf('trailing-stops.md')) {
  const { scenario = '', order = '', trades = '', triggers = '' } = row
  test(`scenario ${scenario}: ${order} is triggered at ${triggers} and not before`, () => {
    const prices = trades.split(' ')
    const market = (until: number) =>
      prices
        .slice(0, until)
        .map((price) => `${price} x 1 sell`)
        .join(', ')
    const has = order.startsWith('sell') ? '1' : 'none'
    const at = prices.indexOf(triggers)
    expect(triggersOf(tell({ has, order, market: market(at) }, { lastPrice: 40000 }))).toEqual([])
    expect(triggersOf(tell({ has, order, market: market(at + 1) }, { lastPrice: 40000 }))).toEqual([triggers])
  })
}
