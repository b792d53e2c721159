import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bookDepth, changedLevels, type Levels, madeBook } from '../../src-main/practice/made-book'

const places = fc
  .record({
    priceDecimals: fc.constantFrom(2, 8),
    ticks: fc.integer({ min: 200, max: 9_999_999 }),
    volumePerMinute: fc.double({ min: 0, max: 1e6, noNaN: true }),
    seed: fc.integer({ min: 0 }),
  })
  .map(({ priceDecimals, ticks, volumePerMinute, seed }) => ({
    pair: 'BTCUSDT',
    seed,
    lastPrice: ticks / 10 ** priceDecimals,
    volumePerMinute,
    priceDecimals,
    qtyDecimals: 5,
  }))

describe('The book made around the last trade', () => {
  it('has its best prices on either side of the last trade and every level once, best first, none empty', () => {
    fc.assert(
      fc.property(places, fc.integer({ min: 0, max: 2e12 }), (place, atMs) => {
        const { bids, asks } = madeBook(place, atMs)
        const bidPrices = bids.map(([price]) => price)
        const askPrices = asks.map(([price]) => price)
        expect(Number(bidPrices[0])).toBeLessThan(place.lastPrice)
        expect(Number(askPrices[0])).toBeGreaterThan(place.lastPrice)
        expect(bidPrices).toEqual([...new Set(bidPrices)].sort((a, b) => b - a))
        expect(askPrices).toEqual([...new Set(askPrices)].sort((a, b) => a - b))
        expect(asks).toHaveLength(bookDepth)
        expect([...bids, ...asks].every(([price, qty]) => price > 0 && qty > 0)).toBe(true)
      }),
    )
  })

  it('has a spread of one basis point: 3.00 around 30000.00', () => {
    const place = { pair: 'BTCUSDT', seed: 1, lastPrice: 30_000, volumePerMinute: 20, priceDecimals: 2, qtyDecimals: 5 }
    const { bids, asks } = madeBook(place, 1_700_000_000_000)
    expect([bids[0]?.[0], asks[0]?.[0]]).toEqual([29_998.5, 30_001.5])
  })

  it('becomes the later book when the changes between the two are applied', () => {
    fc.assert(
      fc.property(places, places, fc.integer({ min: 1, max: 60_000 }), (before, after, laterMs) => {
        const first = madeBook(before, 1_700_000_000_000)
        const second = madeBook(after, 1_700_000_000_000 + laterMs)
        expect(applied(first.asks, changedLevels(first.asks, second.asks))).toEqual([...second.asks])
      }),
    )
  })
})

function applied(levels: Levels, changes: Levels): Levels {
  const book = new Map(levels)
  for (const [price, qty] of changes) {
    if (qty === 0) book.delete(price)
    else book.set(price, qty)
  }
  return [...book].sort(([a], [b]) => a - b)
}
