import { type TradeResult, tradeStatistics } from '@shared/rules/trade-statistics'
import { expect, test } from 'vitest'

const trade = (profit: number, cost = 1000, holdingMs = 60_000): TradeResult => ({
  profit,
  return: profit / cost,
  holdingMs,
})

/**
 * Six trades of 1,000 each. Wins 30, 10, 20: mean 20. Losses -10, -20: mean -15. Win rate 3 / 6. Mean profit 30 / 6 = 5.
 * Squares around 5: 625 + 25 + 225 + 625 + 225 + 25 = 1750; deviation (n - 1) = sqrt(350).
 */
const six = [trade(30), trade(10), trade(-10), trade(-20), trade(20), trade(0)]

test('six trades, worked out by hand', () => {
  expect(tradeStatistics(six)).toEqual({
    wins: 3,
    losses: 2,
    winRate: 0.5,
    averageWin: 20,
    averageLoss: -15,
    largestWin: 30,
    largestLoss: -20,
    longestWinStreak: 2,
    longestLossStreak: 2,
    averageHoldingMs: 60_000,
    medianHoldingMs: 60_000,
    longestHoldingMs: 60_000,
    profitFactor: 2,
    expectancy: 5,
    averageReturn: 0.005,
    sqn: expect.closeTo((Math.sqrt(6) * 5) / Math.sqrt(350), 12),
    // 0.5 - 0.5 / (0.02 / 0.015)
    kelly: expect.closeTo(0.125, 12),
  })
})

test('what cannot be divided is not known: no trade, and no loss', () => {
  expect(tradeStatistics([])).toMatchObject({ winRate: null, expectancy: null, profitFactor: null, sqn: null })
  expect(tradeStatistics([trade(1), trade(2)])).toMatchObject({ profitFactor: null, kelly: null, averageLoss: null })
})
