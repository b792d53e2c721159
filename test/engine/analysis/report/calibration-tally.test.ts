import { expect, test } from 'vitest'
import { tallyCalibration } from '../../../../src-main/engine/analysis/report/calibration-tally'

const hourMs = 3_600_000
/** One percent of costs for a round trip would hide the moves below; these are the product's own. */
const costs = { takerFeeBps: 10, halfSpreadBps: 1, slippageBps: 1 }
const symbol = 'BTC/USDT'

test('a buy is right where the price rose further than the costs, a sale where it fell further, after the horizon', () => {
  const tally = tallyCalibration('1h', costs)
  const at = (hour: number, price: number, action?: 'buy' | 'sell' | 'hold', confidence = 0.75): void => {
    tally.close(symbol, hour * hourMs, price)
    if (action !== undefined) tally.decision({ symbol, atMs: hour * hourMs, price, action, confidence, model: 0 })
  }
  at(1, 100, 'buy')
  at(2, 101, 'sell') // the buy gained 1 %
  at(3, 101.1, 'buy') // the sale lost 0.1 %: holding was right
  at(4, 101.2, 'hold') // the buy gained less than the costs of 0.24 %
  at(5, 95)
  const [hourly, fourHours, ...none] = tally.end()
  expect(none).toEqual([])
  expect(hourly).toMatchObject({ model: 0, horizon: '1h', brier: expect.closeTo((0.25 ** 2 + 2 * 0.75 ** 2) / 3, 12) })
  expect(hourly?.bins[7]).toEqual({ from: 0.7, to: 0.8, n: 3, confidence: 0.75, accuracy: expect.closeTo(1 / 3, 12) })
  // Only the first decision is four hours old: bought at 100, and the price stands at 95.
  expect(fourHours).toMatchObject({ horizon: '4h', brier: 0.75 ** 2 })
})

test('an outcome that falls into a gap is not made up', () => {
  const tally = tallyCalibration('1h', costs)
  tally.decision({ symbol, atMs: hourMs, price: 100, action: 'buy', confidence: 0.9, model: 0 })
  tally.close(symbol, 40 * hourMs, 200)
  expect(tally.end()).toEqual([])
})

test('a horizon shorter than the candles is not looked at', () => {
  const tally = tallyCalibration('4h', costs)
  tally.decision({ symbol, atMs: 4 * hourMs, price: 100, action: 'buy', confidence: 0.9, model: 2 })
  tally.close(symbol, 8 * hourMs, 110)
  expect(tally.end().map(({ model, horizon }) => [model, horizon])).toEqual([[2, '4h']])
})

test('a decision that carries a calibrated confidence is counted by that too, and every decision by its own', () => {
  const tally = tallyCalibration('1h', costs)
  const decide = (hour: number, calibratedConfidence: number | null): void => {
    tally.close(symbol, hour * hourMs, 100)
    tally.decision({
      ...{ symbol, atMs: hour * hourMs, price: 100, action: 'buy', model: 1 },
      ...{ confidence: 0.95, calibratedConfidence },
    })
  }
  decide(1, null)
  decide(2, 0.55)
  tally.close(symbol, 3 * hourMs, 110)
  const found = tally.end().map(({ confidence, horizon, bins, brier }) => {
    return { confidence, horizon, brier, filled: bins.filter(({ n }) => n > 0).map(({ from, n }) => [from, n]) }
  })
  // The first buy came to nothing (100 to 100), the second gained a tenth.
  expect(found).toEqual([
    { confidence: 'raw', horizon: '1h', filled: [[0.9, 2]], brier: expect.closeTo((0.95 ** 2 + 0.05 ** 2) / 2, 12) },
    { confidence: 'calibrated', horizon: '1h', filled: [[0.5, 1]], brier: expect.closeTo(0.45 ** 2, 12) },
  ])
})
