import type { Candle } from '@shared/contract/candle'
import { outcomeLabel, returnOf } from '@shared/rules/outcome-labels'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const hourMs = 3_600_000
const costs = { takerFeeBps: 10, halfSpreadBps: 1, slippageBps: 1 }

/** Hourly candles that open at these prices, from time 0 on; null leaves one out. */
function market(opens: readonly (number | null)[], volume = 5): (openTimeMs: number) => Candle | undefined {
  return (openTimeMs) => {
    const open = opens[openTimeMs / hourMs]
    return open === undefined || open === null
      ? undefined
      : { openTimeMs, open, high: open, low: open, close: open, volume }
  }
}

const oneHourAfter = (entry: number, exit: number, paid = costs) =>
  outcomeLabel(market([entry, exit]), 0, '1h', '1h', paid)

describe('the outcome of a decision', () => {
  test('counts the fee of both trades, half the spread and the slippage', () => {
    // By hand: 10,000 buys 10,000 / (100 * 1.0002) * 0.999 = 99.88002 coins, which sell at 110 * 0.9998 for
    // 10,984.6053..., of which the fee leaves 10,973.62...
    const outcome = oneHourAfter(100, 110)
    expect(outcome?.longReturn).toBeCloseTo((0.999 * 0.999 * 110 * 0.9998) / (100 * 1.0002) - 1, 12)
    expect(outcome?.longReturn).toBeCloseTo(0.0973621, 6)
  })

  test('is right for a buy when the price rose by more than the costs', () => {
    expect(oneHourAfter(100, 100.25)?.right).toBe('buy')
    expect(oneHourAfter(100, 100.23)?.right).toBe('hold')
  })

  test('is right for a sell when whoever sold and bought back has more coins than before', () => {
    expect(oneHourAfter(100.25, 100)?.right).toBe('sell')
    expect(oneHourAfter(100.23, 100)?.right).toBe('hold')
    // By hand: 1 coin sells for 200 * 0.9998 * 0.999, which buys at 100 * 1.0002 and leaves the fee's share.
    expect(oneHourAfter(200, 100)?.outReturn).toBeCloseTo((2 * 0.9998 * 0.999 * 0.999) / 1.0002 - 1, 12)
  })

  test('pays what was decided: the trade for a buy, being out for a sell, nothing for a hold', () => {
    const outcome = oneHourAfter(100, 110)
    if (outcome === null) throw new Error('both candles are there')
    expect(returnOf('buy', outcome)).toBe(outcome.longReturn)
    expect(returnOf('sell', outcome)).toBe(outcome.outReturn)
    expect(returnOf('hold', outcome)).toBe(0)
  })

  test('looks at the open of exactly the horizon, and at nothing between', () => {
    const opens = [100, 1, 1, 1, 120, 1]
    expect(outcomeLabel(market(opens), 0, '4h', '1h', costs)?.right).toBe('buy')
    expect(outcomeLabel(market(opens), hourMs, '4h', '1h', costs)?.right).toBe('hold')
  })

  test('is unknown rather than wrong across a gap, at the end, without trades, or below the length of a candle', () => {
    expect(outcomeLabel(market([null, 100]), 0, '1h', '1h', costs)).toBeNull()
    expect(outcomeLabel(market([100, null, 100]), 0, '1h', '1h', costs)).toBeNull()
    expect(outcomeLabel(market([100]), 0, '1h', '1h', costs)).toBeNull()
    expect(outcomeLabel(market([100, 110], 0), 0, '1h', '1h', costs)).toBeNull()
    expect(outcomeLabel(market([100, 110]), 0, '1h', '4h', costs)).toBeNull()
  })

  test('makes exactly one action right, whatever it costs', () => {
    const price = fc.double({ min: 0.01, max: 1e5, noNaN: true })
    const bps = fc.double({ min: 0, max: 500, noNaN: true })
    fc.assert(
      fc.property(price, price, bps, bps, (entry, exit, takerFeeBps, slippageBps) => {
        const outcome = oneHourAfter(entry, exit, { takerFeeBps, halfSpreadBps: 1, slippageBps })
        if (outcome === null) throw new Error('both candles are there')
        const paid = [outcome.longReturn > 0 ? 'buy' : null, outcome.outReturn > 0 ? 'sell' : null].filter(Boolean)
        expect(paid.length).toBeLessThanOrEqual(1)
        expect(outcome.right).toBe(paid[0] ?? 'hold')
      }),
    )
  })
})
