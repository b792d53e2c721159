import { failure, success } from '@shared/contract/outcome'
import { expect, test } from 'vitest'
import { createExchangeClock } from '../../../../src-main/engine/market/binance/exchange-clock'
import { handClock } from '../../../helpers/hand-clock'

const noon = Date.UTC(2024, 0, 10, 12)
const never = new AbortController().signal

async function measured(aheadMs: number) {
  const clock = handClock(noon)
  const exchange = createExchangeClock(clock, async () => success(clock.steadyMs() + aheadMs))
  await exchange.measure()
  return { clock, exchange }
}

test("runs with the machine's steady clock from what the exchange said", async () => {
  const { clock, exchange } = await measured(700)
  await clock.sleepMs(5000, never)
  expect(exchange.nowMs()).toBe(noon + 5700)
})

test.each([3_600_000, -3_600_000])(
  "somebody sets the machine's clock by %i ms: the exchange's stays, and the jump is noticed",
  async (byMs) => {
    const { clock, exchange } = await measured(0)
    clock.jumpMs(byMs)
    expect(exchange.nowMs()).toBe(noon)
    expect(exchange.jumpedMs()).toBe(byMs)
    expect(exchange.isDue()).toBe(true)
    await exchange.measure()
    expect(exchange.jumpedMs()).toBe(0)
    expect(exchange.isDue()).toBe(false)
  },
)

test('is measured again after ten minutes', async () => {
  const { clock, exchange } = await measured(0)
  await clock.sleepMs(599_000, never)
  expect(exchange.isDue()).toBe(false)
  await clock.sleepMs(1000, never)
  expect(exchange.isDue()).toBe(true)
})

test('is at least as late as the last message', async () => {
  const { clock, exchange } = await measured(0)
  exchange.heard(noon + 60_000)
  await clock.sleepMs(500, never)
  expect(exchange.nowMs()).toBe(noon + 60_500)
})

test('does not believe a time that its own messages contradict', async () => {
  const { exchange } = await measured(300_000)
  exchange.heard(noon + 100)
  expect(exchange.nowMs()).toBe(noon + 100)
})

test('a measurement that fails leaves the last one in force', async () => {
  const clock = handClock(noon)
  let works = true
  const exchange = createExchangeClock(clock, async () => (works ? success(noon) : failure('gone', 'gone')))
  await exchange.measure()
  works = false
  await clock.sleepMs(1000, never)
  expect(await exchange.measure()).toMatchObject({ ok: false })
  expect(exchange.nowMs()).toBe(noon + 1000)
})
