import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecentList } from '../../../src-main/engine/risk/recent-list'

test('keeps the newest values, oldest first, and forgets the others', () => {
  let list = RecentList.atMost<number>(3)
  for (let value = 1; value <= 20; value++) list = list.with(value)
  expect(list.values()).toEqual([18, 19, 20])
  expect([list.fromNewest(0), list.fromNewest(2), list.fromNewest(3)]).toEqual([20, 18, undefined])
  expect([list.length, list.includes(18), list.includes(17)]).toEqual([3, true, false])
})

test('lists that grow from one list never see what the others took', () => {
  const most = 4
  const steps = fc.array(fc.record({ from: fc.nat(), value: fc.nat(9) }), { maxLength: 60 })
  fc.assert(
    fc.property(steps, (taken) => {
      const lists = [{ list: RecentList.atMost<number>(most), values: [] as number[] }]
      for (const { from, value } of taken) {
        const grown = lists[from % lists.length]
        if (grown === undefined) continue
        lists.push({ list: grown.list.with(value), values: [...grown.values, value].slice(-most) })
      }
      for (const { list, values } of lists) {
        expect(list.values()).toEqual(values)
        expect(list.length).toBe(values.length)
        for (let value = 0; value < 10; value++) expect(list.includes(value)).toBe(values.includes(value))
      }
    }),
  )
})
