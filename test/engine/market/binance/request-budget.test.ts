import { expect, test } from 'vitest'
import { createRequestBudget } from '../../../../src-main/engine/market/binance/request-budget'
import { handClock } from '../../../helpers/hand-clock'

const never = new AbortController().signal

test('requests pass while the used weight stays below four fifths of what the exchange allows', () => {
  const budget = createRequestBudget(handClock(0))
  budget.setLimit(1000)
  budget.answered(200, { 'x-mbx-used-weight-1m': '799' })
  expect(budget.waitMs()).toBe(0)
  budget.answered(200, { 'x-mbx-used-weight-1m': '800' })
  expect(budget.waitMs()).toBe(60_000)
})

test('a minute later the count is over', async () => {
  const clock = handClock(0)
  const budget = createRequestBudget(clock)
  budget.answered(200, { 'x-mbx-used-weight-1m': '6000' })
  await clock.sleepMs(59_000, never)
  expect(budget.waitMs()).toBe(1000)
  await clock.sleepMs(1000, never)
  expect(budget.waitMs()).toBe(0)
})

test.each([
  [429, { 'retry-after': '7' }, 7000],
  [418, { 'retry-after': '180' }, 180_000],
  [429, {}, 60_000],
  [418, { 'retry-after': 'soon' }, 60_000],
  [503, { 'retry-after': '7' }, 0],
])('after a %i with %o nothing is sent for %i ms', (status, headers, waitMs) => {
  const budget = createRequestBudget(handClock(0))
  budget.answered(status, headers)
  expect(budget.waitMs()).toBe(waitMs)
  expect(budget.isBanned()).toBe(waitMs > 0)
})

test('a ban is not shortened by a later, shorter one', () => {
  const budget = createRequestBudget(handClock(0))
  budget.answered(418, { 'retry-after': '180' })
  budget.answered(429, { 'retry-after': '1' })
  expect(budget.waitMs()).toBe(180_000)
})
