import { describe, expect, test } from 'vitest'
import { limitName, limitUseName, limitUseText, usedShare } from '../../../src-renderer/format/risk-words'

describe('a limit is written', () => {
  test.each([
    [{ unit: 'share', used: 0.0121, limit: 0.05 }, '1.21% of 5.00%', 0.242],
    [{ unit: 'count', used: 3, limit: 4 }, '3 of 4', 0.75],
    [{ unit: 'count', used: 9, limit: 4 }, '9 of 4', 1],
    [{ unit: 'count', used: 2, limit: null }, '2, no limit', null],
    [{ unit: 'share', used: 0, limit: 0 }, '0.00% of 0.00%', 1],
  ] as const)('%o as %s', (use, text, share) => {
    expect(limitUseText(use)).toBe(text)
    if (share === null) expect(usedShare(use)).toBeNull()
    else expect(usedShare(use)).toBeCloseTo(share, 12)
  })

  test('by its name and its window, and by its code where it has no name yet', () => {
    expect(limitUseName({ code: 'order_rate', symbol: null, windowMs: 60_000 })).toBe('Orders in 1 min')
    expect(limitUseName({ code: 'max_position', symbol: null, windowMs: null })).toBe('Largest position')
    const guard = { code: 'stop_loss_guard', symbol: 'BTC/USDT', windowMs: 86_400_000 }
    expect(limitUseName(guard)).toBe('Lost stops of BTC/USDT in 24 h')
    expect(limitName('a_later_code')).toBe('a_later_code')
  })
})
