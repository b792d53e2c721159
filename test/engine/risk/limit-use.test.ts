import { expect, test } from 'vitest'
import { amount } from '../../../src-main/engine/risk/amounts'
import { limitUses } from '../../../src-main/engine/risk/limit-use'
import { rememberEquity } from '../../../src-main/engine/risk/protection-memory'
import { dayStartMs, hourMs, idle, memoryOf, placed, risk, sale, stopOut, told } from './risk-story'

const noon = dayStartMs + 12 * hourMs
const settings = {
  stopLossGuard: { stops: 3 },
  consecutiveLosses: { losses: 4 },
  orderRate: { perMinute: 5, perDay: 50 },
} as const
const events = [
  placed(noon - 30 * hourMs),
  stopOut(noon - 3 * hourMs),
  placed(noon - 2 * hourMs),
  stopOut(noon - 2 * hourMs, '-5', 'ETH/USDT'),
  placed(noon - 30_000),
]

function usesOf(given: Parameters<typeof risk>[0], happened = events) {
  const account = {
    ...idle,
    equity: amount(9000),
    reservedCash: amount(100),
    positions: new Map([
      ['BTC/USDT', { qtyBase: amount('0.01'), valueQuote: amount(450) }],
      ['ETH/USDT', { qtyBase: amount(1), valueQuote: amount(900) }],
    ]),
    day: { first: amount(10_000), lowest: amount(8800) },
    memory: rememberEquity(memoryOf(happened), amount(12_000)),
  }
  return limitUses(account, risk(given), noon).map(({ code, symbol, used, limit }) => [code, symbol, used, limit])
}

test('every limit says how much of it is used', () => {
  expect(usesOf(settings)).toEqual([
    // 900 of 9000; 450 + 900 + 100 of 9000; 1200 of 10000; 3000 of 12000.
    ['max_position', null, 0.1, 0.02],
    ['max_total_exposure', null, 0.161111, 1],
    ['max_open_positions', null, 2, 5],
    ['daily_loss', null, 0.12, 0.05],
    ['max_drawdown', null, 0.25, 0.5],
    ['stop_loss_guard', null, 2, 3],
    ['consecutive_losses', null, 2, 4],
    ['order_rate', null, 1, 5],
    ['order_rate', null, 2, 50],
  ])
})

test('a guard of single symbols names the one that is nearest to it, and what is off has no limit', () => {
  const more = [...events, stopOut(noon - hourMs, '-1', 'ETH/USDT')]
  const uses = usesOf({ stopLossGuard: { stops: 5, scope: 'symbol' }, orderRate: { perDay: null } }, more)
  expect(uses).toContainEqual(['stop_loss_guard', 'ETH/USDT', 2, 5])
  expect(uses).toContainEqual(['order_rate', null, 2, null])
})

test('what a protection has acted on is used no more', () => {
  const losses = [sale(1, '-1'), sale(2, '-1'), sale(3, '-1'), sale(4, '-1')]
  const acted = told({ atMs: noon - hourMs, settings, events: losses })
  expect(usesOf(settings, [...losses, ...acted])).toContainEqual(['consecutive_losses', null, 0, 4])
  expect(usesOf(settings, [...losses, ...acted, sale(noon, '-1')])).toContainEqual(['consecutive_losses', null, 1, 4])
})
